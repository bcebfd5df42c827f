import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A site that passes every request on and alters the answer: the manufacturer’s pages with one thing wrong. */
export interface AlteredPage {
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const startAlteringSite = async (
  origin: string,
  credentials: { readonly key: string | Buffer; readonly cert: string },
  alter: (page: AlteredPage) => AlteredPage,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const server = createServer(credentials, (asked, answer) => {
    const passed = httpsRequest(
      new URL(asked.url ?? '/', origin),
      // The origin is the test bed's own, on loopback.
      {
        method: asked.method,
        rejectUnauthorized: false,
        headers: { accept: asked.headers.accept ?? '*/*', 'accept-language': asked.headers['accept-language'] ?? 'en' },
      },
      (got) => {
        const parts: Buffer[] = [];
        got.on('data', (part: Buffer) => parts.push(part));
        got.on('end', () => {
          const headers = Object.fromEntries(
            Object.entries(got.headers).flatMap(([name, value]) =>
              typeof value === 'string' && !HOP_BY_HOP.has(name) ? [[name, value]] : [],
            ),
          );
          const page = alter({
            path: new URL(asked.url ?? '/', origin).pathname,
            status: got.statusCode ?? 502,
            headers,
            body: Buffer.concat(parts).toString('utf8'),
          });
          answer.writeHead(page.status, page.headers).end(page.body);
        });
      },
    );
    passed.on('error', () => answer.writeHead(502).end());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

const HOP_BY_HOP = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'content-encoding']);
