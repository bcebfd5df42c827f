import { createHash, X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Target } from '@hearthward/assessor';
import { makeCertificate } from '../certificate.ts';

/** Another TLS server in the place of an associated service, as weak as asked. */
export const inPlaceOf = async (
  target: Target,
  service: string,
  options: TlsOptions,
  onConnection: (socket: TLSSocket) => void = acceptConnect,
): Promise<{ readonly target: Target; readonly stop: () => Promise<void> }> => {
  const credentials = await makeCertificate();
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...credentials, ...options }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const scheme = target.associatedServices?.[service]?.url.split(':')[0] ?? 'https';
  const fingerprint = createHash('sha256').update(new X509Certificate(credentials.cert).raw).digest('hex');
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    target: { ...target, associatedServices: { ...target.associatedServices, [service]: { url, fingerprint } } },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

/** Answers an MQTT CONNECT with CONNACK 0 (MQTT 3.1.1, 3.2), and reads the rest. */
const acceptConnect = (socket: TLSSocket): void => {
  socket.once('data', () => {
    socket.write(Uint8Array.of(0x20, 0x02, 0x00, 0x00));
    socket.resume();
  });
};
