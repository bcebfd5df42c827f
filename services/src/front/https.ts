import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { keepCrowd, tlsParameters } from '@hearthward/protocol';
import fastify, { type FastifyInstance } from 'fastify';
import type { ServerCredentials } from '../authority/server-certificate.ts';
import type { Clock } from '../clock.ts';
import { useStrictHeaders } from './headers.ts';
import type { Log } from './log.ts';

/** Connections of which nothing is known yet, at a listener: a handshake takes milliseconds, so that many are never honest at once. */
export const UNKNOWN_MOST = 1024;

/**
 * An HTTPS listener. Whom it is for is decided in the handshake: with `clients` only holders of a certificate of these
 * authorities get through it, without them nobody is asked for a certificate.
 */
export interface Front {
  readonly app: FastifyInstance;
  readonly server: Server;
  readonly setCredentials: (credentials: ServerCredentials) => void;
  readonly close: () => Promise<void>;
}
export interface FrontOptions {
  readonly credentials: ServerCredentials;
  readonly clock: Clock;
  readonly log: Log;
  /** trust anchors of clients, PEM, whenever credentials are set */
  readonly clients?: () => readonly string[];
  /** is asked before everything else, and says whether it has answered */
  readonly first?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export function openFront({ credentials, clock, log, clients, first }: FrontOptions): Front {
  let server: Server | undefined;
  const app = fastify({
    logger: false,
    bodyLimit: 16_384,
    requestTimeout: 15_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 64, ignoreTrailingSlash: true },
    serverFactory: (handler) => {
      server = createServer(
        {
          ...secureContext(credentials, clients),
          ...(clients ? forDevices : forEveryone)(clock.now()),
          handshakeTimeout: 10_000,
        },
        (request, response) => {
          if (!first?.(request, response)) return handler(request, response);
          // its question came whole, and has its answer: what comes next may be slow again
          crowd.leave(request.socket);
          return crowd.rejoin(request.socket);
        },
      );
      server.headersTimeout = 10_000;
      server.keepAliveTimeout = 5_000;
      return server;
    },
  }) as unknown as FastifyInstance;
  if (!server) throw new Error('the server was not made');
  const made = server;
  made.on('tlsClientError', (error) =>
    log({ level: 'info', event: 'handshake-refused', detail: { because: (error as { code?: string }).code ?? '' } }),
  );
  const crowd = keepCrowd(made, UNKNOWN_MOST);
  // a question that has come whole is answered, however many others stand before the door
  app.addHook('preValidation', (request, _reply, done) => {
    crowd.leave(request.socket);
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    crowd.rejoin(request.socket);
    done();
  });
  useStrictHeaders(app);

  return {
    app,
    server: made,
    setCredentials: (renewed) => made.setSecureContext(secureContext(renewed, clients)),
    async close() {
      // the framework closes only a server that it opened itself
      const closed = new Promise<void>((resolve) => (made.listening ? made.close(() => resolve()) : resolve()));
      made.closeIdleConnections();
      const patience = setTimeout(() => made.closeAllConnections(), REQUEST_PATIENCE);
      await closed;
      clearTimeout(patience);
      await app.close();
    },
  };
}

/** how long a request that is under way may still take when we stop */
const REQUEST_PATIENCE = 1000;

// EN 303 645 5.5-1, G045 DS-1-2: TLS 1.2 with forward secrecy and authenticated encryption, or 1.3
const forEveryone = (now: number) => ({ ...tlsParameters('TLSv1_2', now), requestCert: false });

// EN 303 645 5.5-7, G045 AU-3-2, DS-1-2: TLS 1.3, and the handshake ends without a certificate of ours
const forDevices = (now: number) => ({
  ...tlsParameters('TLSv1_3', now),
  requestCert: true,
  rejectUnauthorized: true,
});

const secureContext = ({ keyPem, chainPem }: ServerCredentials, clients: FrontOptions['clients']) => ({
  key: keyPem,
  cert: chainPem,
  ...(clients ? { ca: [...clients()] } : {}),
});
