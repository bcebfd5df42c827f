import { createServer, type Server } from 'node:https';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { errorPage } from '@hearthward/web';
import type { Authority, ServerCredentials } from '../enrolment/authority.ts';
import { HTML, useStrictHeaders } from './headers.ts';
import { languageOf } from './language.ts';
import type { Log } from './log.ts';

/**
 * The HTTPS front-end: public pages, console and enrolment on one port. A client certificate is asked for and not
 * needed; the routes that need one check it themselves.
 */
export interface Front {
  readonly app: FastifyInstance;
  readonly server: Server;
  readonly setCredentials: (credentials: ServerCredentials) => void;
  readonly close: () => Promise<void>;
}

export function openFront(authority: Authority, credentials: ServerCredentials, log: Log): Front {
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
          ...secureContext(authority, credentials),
          // EN 303 645 5.5-1, G045 DS-1-2: TLS 1.2 with forward secrecy and authenticated encryption, or 1.3
          minVersion: 'TLSv1.2',
          ciphers: CIPHERS,
          requestCert: true,
          rejectUnauthorized: false,
          handshakeTimeout: 10_000,
        },
        handler,
      );
      server.headersTimeout = 10_000;
      server.keepAliveTimeout = 5_000;
      return server;
    },
  }) as unknown as FastifyInstance;
  if (!server) throw new Error('the server was not made');
  const made = server;

  useStrictHeaders(app);
  app.setNotFoundHandler((request, reply) => {
    const language = languageOf(request.query, request.headers['accept-language']);
    return reply
      .code(404)
      .type(HTML)
      .send(errorPage({ language, csrf: '', status: 404, key: 'error.not-found' }));
  });
  // G045 AU-2-3: every error is one of a few sentences, whatever caused it
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) log({ level: 'error', event: 'request-failed', detail: { method: request.method }, error });
    const language = languageOf(request.query, request.headers['accept-language']);
    return reply
      .code(status)
      .type(HTML)
      .send(errorPage({ language, csrf: '', status, key: keyOf(status) }));
  });

  return {
    app,
    server: made,
    setCredentials: (renewed) => made.setSecureContext(secureContext(authority, renewed)),
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

/** Mozilla, intermediate configuration, ECDSA certificates */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
].join(':');

const secureContext = (authority: Authority, { keyPem, chainPem }: ServerCredentials) => ({
  key: keyPem,
  cert: chainPem,
  // names for the client to choose by; the routes verify
  ca: [authority.initial.toString('pem'), authority.operational.toString('pem')],
});

function keyOf(status: number): string {
  switch (status) {
    case 403:
      return 'error.forbidden';
    case 404:
      return 'error.not-found';
    case 413:
      return 'error.too-large';
    case 429:
      return 'error.too-many';
    case 500:
      return 'error.internal';
    default:
      return 'error.bad-request';
  }
}
