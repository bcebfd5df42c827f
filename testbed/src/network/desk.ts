import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The desk at the manufacturer where an assessor asks that devices use another algorithm: an address on this machine
 * whose last part nobody else knows, and the command that a target file has for it.
 */
export interface Desk {
  readonly command: (algorithm: string) => string[];
  readonly stop: () => Promise<void>;
}

/** `prefer` says whether it is arranged. */
export const openDesk = async (prefer: (algorithm: string) => Promise<boolean>): Promise<Desk> => {
  const way = `/${randomUUID()}/`;
  const server = createServer((request, answer) => {
    const asked = request.method === 'POST' && request.url?.startsWith(way) ? request.url.slice(way.length) : undefined;
    const arranged = asked === undefined ? Promise.resolve(false) : prefer(asked);
    arranged.then(
      (done) => answer.writeHead(done ? 204 : 404).end(),
      () => answer.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    command: (algorithm) => [process.execPath, '--eval', POST, `http://127.0.0.1:${port}${way}${algorithm}`],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const POST =
  'fetch(process.argv[1], { method: "POST" }).then(({ ok }) => { process.exitCode = ok ? 0 : 1; }, () => { process.exitCode = 1; });';
