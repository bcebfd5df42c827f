/** What `check.ts` measures, as a process of its own: the services' front-end with its static files, or Node's bare HTTPS. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tlsParameters } from '@hearthward/protocol';
import { openFront } from '../../services/src/front/https.ts';
import { metadataFromMemory } from '../../services/src/updates/static/memory.ts';
import { staticRoutes } from '../../services/src/updates/static/routes.ts';

export interface Asked {
  readonly kind: 'ours' | 'bare';
  readonly folder: string;
  readonly key: string;
  readonly cert: string;
  /** the bytes that the bare one answers every question with */
  readonly bytes: string;
}

process.once('message', (message: Asked) => {
  const { kind, folder, key, cert, bytes } = message;
  const listening = (server: { readonly address: () => unknown }): void =>
    void process.send?.({ port: (server.address() as AddressInfo).port });
  if (kind === 'bare') {
    const server = createServer({ key, cert, ...tlsParameters('TLSv1_2', Date.now()) }, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
    });
    server.listen(0, '127.0.0.1', () => listening(server));
  } else {
    const front = openFront({
      credentials: { keyPem: key, chainPem: cert },
      clock: { now: Date.now },
      log: () => undefined,
      first: metadataFromMemory(folder, { now: Date.now }),
    });
    void front.app
      .register(staticRoutes, { folder })
      .ready()
      .then(() => front.server.listen(0, '127.0.0.1', () => listening(front.server)));
  }
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ seconds: (user + system) / 1e6 });
  });
});
process.once('disconnect', () => process.exit());
