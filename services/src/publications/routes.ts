import { languages, paths, publicPage, securityTxt, stylesheet } from '@hearthward/web';
import type { FastifyInstance } from 'fastify';
import type { PublishedLists } from '../authority/published.ts';
import { DAY, iso } from '../clock.ts';
import { HTML, JSON_TYPE, sendPublic, TEXT } from '../front/headers.ts';
import { languageOf } from '../front/language.ts';
import { type CheckParts, checkRoute } from './check.ts';
import type { Notices } from './notices/history.ts';
import { noticeRoutes, noticeSchemaRoute } from './notices/routes.ts';
import { ACCOUNT } from '../privacy/account/desk.ts';
import { type Place, placesOf, productPath, SECURITY_TXT } from './site.ts';
import { twinOf } from './twin.ts';

/** Public pages: made of the declarations, so they can say nothing that the device was not built to. */
export async function publicRoutes(
  app: FastifyInstance,
  {
    lists,
    notices,
    site,
    ...parts
  }: CheckParts & {
    readonly lists: PublishedLists;
    readonly notices: Notices;
    readonly site: () => string;
  },
): Promise<void> {
  const { declarations, clock } = parts;
  const [first] = declarations;
  checkRoute(app, parts);
  noticeSchemaRoute(app);
  for (const [path, place] of placesOf(declarations)) {
    if (place.page === 'privacy') {
      const published = notices.of(place.declaration.product.id);
      noticeRoutes(app, path, place, { published, links: (address, json) => linksOf(address, json, place, path) });
      continue;
    }
    app.get(path, (request, reply) => {
      const language = languageOf(request.query, request.headers['accept-language']);
      const view = { language, declaration: place.declaration, links: linksOf(path, `${path}.json`, place, path) };
      reply.header('content-language', language);
      // EN 303 645 5.2-1, 5.3-13, 5.8-3, 6-1, G044 6.2.1, 6.3.13, 6.8.3, 7-a: published, in clear words, without login
      return sendPublic(request, reply, HTML, publicPage(place.page, view));
    });
    app.get(`${path}.json`, (request, reply) =>
      sendPublic(request, reply, JSON_TYPE, `${JSON.stringify(twinOf(place.page, place.declaration), null, 2)}\n`),
    );
  }
  if (first) {
    app.get('/', (_request, reply) => reply.redirect(productPath(first), 302));
    // EN 303 645 5.2-1, G044 6.2.1
    app.get(SECURITY_TXT, (request, reply) =>
      sendPublic(request, reply, TEXT, securityTxt(first, { expires: expiry(clock.now()), site: site() })),
    );
  }
  // RFC 5280 4.2.1.13, RFC 2585: who was taken back is for everybody to know
  app.get<{ Params: { file: string } }>('/crl/:file', async (request, reply) => {
    const label = /^([a-z]+\.\d{1,3}(?:\.[0-9a-f]{2})?)\.crl$/.exec(request.params.file)?.[1];
    const der = label === undefined ? undefined : await lists.list(label);
    if (!der) return reply.callNotFound();
    return reply.type('application/pkix-crl').header('cache-control', 'max-age=300').send(Buffer.from(der));
  });
  app.get(paths.stylesheet, (request, reply) => sendPublic(request, reply, 'text/css; charset=utf-8', stylesheet()));
}

const linksOf = (
  address: string,
  json: string,
  { page, declaration }: Place,
  path: string,
): Record<string, string> => ({
  ...Object.fromEntries(languages.map(({ id }) => [id, `${address}${address.includes('?') ? '&' : '?'}lang=${id}`])),
  json,
  product: productPath(declaration),
  account: ACCOUNT,
  [page]: path,
});

/** RFC 9116 2.5.5: less than a year ahead; the same all day, so that the file is too. */
const expiry = (now: number) => iso(Math.floor(now / DAY) * DAY + 180 * DAY);
