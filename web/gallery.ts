import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { languages, panelScript, paths, securityTxt, stylesheet } from './src/index.ts';
import { sampleDeclaration } from './gallery/declaration.ts';
import { samplePages } from './gallery/samples.ts';

/** All pages with sample views, for people who work on pages: `node web/gallery.ts [port]`, on loopback only. */

export const STRICT_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface Gallery {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

export async function openGallery(port: number): Promise<Gallery> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://gallery.invalid');
    const [type, body] = answer(url);
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': STRICT_POLICY,
    });
    response.end(body ?? 'no such page');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${bound}`, close: () => closed(server) };
}

function answer(url: URL): readonly [type: string, body: string | undefined] {
  const language = languages.find(({ id }) => id === url.searchParams.get('lang'))?.id ?? 'en';
  const pages = samplePages(language);
  if (url.pathname.endsWith(paths.stylesheet)) return ['text/css', stylesheet()];
  if (url.pathname.endsWith(paths.script)) return ['text/javascript', panelScript()];
  if (url.pathname === '/.well-known/security.txt') {
    return ['text/plain', securityTxt(sampleDeclaration, { expires: '2031-01-01T00:00:00Z', site: url.origin })];
  }
  if (url.pathname === '/all') {
    const items = Object.keys(pages).map(
      (path) => `<li><a href="${path}">${path}</a> <a href="${path}?lang=ms">ms</a>`,
    );
    return ['text/html', `<!doctype html><html lang="en"><title>All pages</title><ul>${items.join('\n')}</ul>`];
  }
  return ['text/html', Object.hasOwn(pages, url.pathname) ? pages[url.pathname]?.() : undefined];
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

if (import.meta.main) {
  const gallery = await openGallery(Number(process.argv[2] ?? 0));
  process.stdout.write(`${gallery.origin}/all\n`);
}
