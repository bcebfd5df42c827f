import { NoticeDocument, noticeChanges } from '@hearthward/product';
import { noticeHistoryPage, publicPage, type NoticeShown, type PublicView } from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { iso } from '../../clock.ts';
import { HTML, JSON_TYPE, sendPublic } from '../../front/headers.ts';
import { languageOf } from '../../front/language.ts';
import { NOTICE_SCHEMA, type Place } from '../site.ts';
import { twinOf } from '../twin.ts';
import { type Held, held, heldAs, heldOn, type Published } from './decide.ts';

/**
 * The privacy notice of a product at its path: what holds, what held on a day (`?on=2026-05-01`) or under a name
 * (`?version=HEX`); below it at `/history` all that there were and what changed (`?before=1&after=3`). Each with `.json`.
 */
export function noticeRoutes(
  app: FastifyInstance,
  path: string,
  { declaration }: Place,
  {
    published,
    links,
  }: {
    readonly published: readonly Published[];
    /** of the page at an address: other languages, its twin */
    readonly links: (address: string, json: string) => Readonly<Record<string, string>>;
  },
): void {
  const history = `${path}/history`;
  const pages = { today: path, history };
  const viewOf = (request: FastifyRequest, reply: FastifyReply, own: Readonly<Record<string, string>>): PublicView => {
    const language = languageOf(request.query, request.headers['accept-language']);
    reply.header('content-language', language);
    return { language, declaration, links: { ...own, ...pages } };
  };

  app.get(path, (request, reply) => {
    const { asked, shown } = chosen(published, request.query);
    if (!shown) {
      const view = viewOf(request, reply.code(404), links(history, `${history}.json`));
      return sendPublic(request, reply, HTML, noticeHistoryPage({ ...view, published: all(published), none: true }));
    }
    const view = viewOf(request, reply, links(`${path}${asked}`, `${path}.json${asked}`));
    // EN 303 645 6-1, G044 7-a: the same words on the page, in its twin and in what is kept
    return sendPublic(request, reply, HTML, publicPage('privacy', { ...view, notice: shownAs(shown) }));
  });
  app.get(`${path}.json`, (request, reply) => {
    const { shown } = chosen(published, request.query);
    if (!shown) return reply.callNotFound();
    const { document, ...when } = shownAs(shown);
    // the rows of the declaration are those of today
    const rows = shown.until === undefined ? twinOf('privacy', declaration) : { page: 'privacy' };
    return sendJson(request, reply, {
      ...rows,
      schema: 'hearthward/publication/1',
      ...when,
      history,
      notice: document,
    });
  });

  app.get(history, (request, reply) => {
    const view = viewOf(request, reply, links(history, `${history}.json`));
    const compared = comparedIn(request.query, published.length);
    const page = noticeHistoryPage({ ...view, published: all(published), ...(compared && { compared }) });
    return sendPublic(request, reply, HTML, page);
  });
  app.get(`${history}.json`, (request, reply) =>
    sendJson(request, reply, {
      schema: 'hearthward/notice-history/1',
      product: declaration.product.id,
      published: all(published).map(({ document, ...when }, n) => ({
        ...when,
        address: `${path}.json?version=${when.version}`,
        changes: n === 0 ? [] : noticeChanges(published[n - 1]?.document ?? document, document),
      })),
    }),
  );
}

/** The JSON Schema of a notice, so that a program can hold a twin against it. */
export function noticeSchemaRoute(app: FastifyInstance): void {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: NOTICE_SCHEMA, ...NoticeDocument };
  app.get(NOTICE_SCHEMA, (request, reply) =>
    sendPublic(request, reply, 'application/schema+json; charset=utf-8', `${JSON.stringify(schema, null, 2)}\n`),
  );
}

/** Hostile query: a day, a version, or neither. */
function chosen(
  published: readonly Published[],
  query: unknown,
): { readonly asked: string; readonly shown: Held | undefined } {
  const { on, version } = query as { on?: unknown; version?: unknown };
  if (typeof version === 'string')
    return { asked: `?version=${encodeURIComponent(version)}`, shown: heldAs(published, version) };
  if (typeof on === 'string') return { asked: `?on=${encodeURIComponent(on)}`, shown: heldOn(published, on) };
  return { asked: '', shown: held(published).at(-1) };
}

/** Two places in the list, as people count them, the earlier one first; undefined for anything else. */
function comparedIn(query: unknown, length: number): { readonly before: number; readonly after: number } | undefined {
  const { before, after } = query as { before?: unknown; after?: unknown };
  const [old, young] = [before, after].map((place) =>
    typeof place === 'string' && /^\d{1,6}$/.test(place) ? Number(place) - 1 : -1,
  );
  if (old === undefined || young === undefined || Math.min(old, young) < 0 || Math.max(old, young) >= length)
    return undefined;
  return { before: Math.min(old, young), after: Math.max(old, young) };
}

const shownAs = ({ document, version, from, until }: Held): NoticeShown & { readonly from: string } => ({
  document,
  version,
  from: iso(from),
  ...(until !== undefined && { until: iso(until) }),
});
const all = (published: readonly Published[]) => held(published).map(shownAs);

/** RFC 8288, 3: what the body is described by. */
const sendJson = (request: FastifyRequest, reply: FastifyReply, body: object): FastifyReply =>
  sendPublic(
    request,
    reply.header('link', `<${NOTICE_SCHEMA}>; rel="describedby"; type="application/schema+json"`),
    JSON_TYPE,
    `${JSON.stringify(body, null, 2)}\n`,
  );
