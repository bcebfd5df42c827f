import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { HttpAnswer, Probe, Reached, Seen } from '../../model.ts';
import { unescapeHtml } from '../../observe/login/forms.ts';
import type { Target } from '../../target.ts';
import { fail, idsOf, of, open, readEvidence, type Part, type Reading } from '../access/evidence.ts';
import { madeUp } from '../access/signing-in.ts';

/**
 * Public pages as a reader without an account meets them: what stands on them, and that the same site does not say it
 * of every address. Pages are hostile input: sizes are capped, markup is removed, never trusted.
 */
export const Page = Type.Object(
  {
    address: Type.String(),
    reached: Type.Boolean(),
    status: Type.Integer(),
    type: Type.String(),
    /** what a reader sees */
    text: Type.String(),
    whole: Type.Boolean(),
    links: Type.Array(Type.String()),
    /** items of its longest list */
    items: Type.Integer(),
    detail: Type.String(),
  },
  { additionalProperties: false },
);
export type Page = Static<typeof Page>;
/** What a page says of itself as data, as it came; empty where it did not. */
const DataPage = Type.Object(
  { address: Type.String(), text: Type.String(), whole: Type.Boolean() },
  { additionalProperties: false },
);
/** `translated`: the same page, asked for in another language */
export const PAGE_KINDS = { page: Page, unknown: Page, translated: Page, data: DataPage };
export type PageName = keyof Declaration['userInformation'];

const LARGEST_TEXT = 64 * 1024;
const MOST_LINKS = 200;
const MOST_REDIRECTS = 3;

/** Reads one declared page, and an address that no site has. */
export async function observePage(
  probe: Probe,
  name: PageName,
  address = probe.declaration.userInformation[name],
): Promise<void> {
  if (address === undefined) return;
  const path = pathOn(probe.target, probe.declaration, address);
  if (path === undefined) {
    probe.record('blocked', name, { because: `${address} is not on the site that the target file gives` });
    return;
  }
  const page = await follow(probe, path);
  probe.record('page', name, { ...pageOf(address, page) }, page.ok ? [page.answer.blob] : []);
  const nowhere = `/${madeUp(20)}`;
  const unknown = await follow(probe, nowhere);
  probe.record('unknown', name, { ...pageOf(nowhere, unknown) }, unknown.ok ? [unknown.answer.blob] : []);
}

/** The same page as a reader gets it whose browser asks for this language. */
export async function observeIn(probe: Probe, name: PageName, language: 'ms'): Promise<void> {
  const address = probe.declaration.userInformation[name];
  const path = address === undefined ? undefined : pathOn(probe.target, probe.declaration, address);
  if (address === undefined || path === undefined) return;
  const page = await follow(probe, path, language);
  probe.record('translated', name, { ...pageOf(address, page) }, page.ok ? [page.answer.blob] : []);
}

/** The path of a page on the given site. A full address counts where its host is the site’s or the maker’s own. */
export function pathOn(target: Target, declaration: Declaration, address: string): string | undefined {
  if (target.site === undefined) return undefined;
  if (address.startsWith('/')) return address;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const own = [target.site.url, declaration.manufacturer.site]
    .filter((each) => URL.canParse(each))
    .map((each) => new URL(each).host);
  return own.includes(url.host) ? `${url.pathname}${url.search}` : undefined;
}

async function follow(probe: Probe, path: string, language = 'en'): Promise<Reached<HttpAnswer>> {
  let at = path;
  for (let hop = 0; ; hop += 1) {
    const reached = await probe.http.request('site', {
      method: 'GET',
      path: at,
      headers: { accept: 'text/html, text/plain;q=0.9', 'accept-language': language },
    });
    if (!reached.ok || hop === MOST_REDIRECTS || reached.answer.status < 300 || reached.answer.status >= 400)
      return reached;
    const base = new URL(at, probe.target.site?.url);
    const location = reached.answer.headers['location'] ?? '';
    if (!URL.canParse(location, base.href)) return reached;
    const next = new URL(location, base.href);
    if (next.origin !== base.origin) return reached;
    at = `${next.pathname}${next.search}`;
  }
}

export function pageOf(address: string, reached: Reached<HttpAnswer>): Page {
  if (!reached.ok) {
    return {
      address,
      reached: false,
      status: 0,
      type: '',
      text: '',
      whole: true,
      links: [],
      items: 0,
      detail: `${reached.because}: ${reached.detail}`,
    };
  }
  const { status, headers, body } = reached.answer;
  const type = headers['content-type'] ?? '';
  const text = /html/i.test(type) ? visibleText(body) : body;
  return {
    address,
    reached: true,
    status,
    type,
    text: text.slice(0, LARGEST_TEXT),
    whole: text.length <= LARGEST_TEXT,
    links: [...linksOf(body)],
    items: longestList(body),
    detail: '',
  };
}

export function visibleText(html: string): string {
  const bare = html
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<(script|style|template|noscript)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*\shidden(?:[\s=>][^>]*)?>[^<]*/gi, ' ')
    // words joined only by inline marks stay one word
    .replace(/<\/?(?:a|abbr|b|bdi|code|em|i|mark|small|span|strong|sub|sup|time|wbr)\b[^>]*>/gi, '')
    .replace(/<[^>]*>/g, ' ');
  return unescapeHtml(bare).replace(/\s+/g, ' ').trim();
}

const linksOf = (html: string): readonly string[] =>
  [...html.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)]
    .slice(0, MOST_LINKS)
    .map((found) => unescapeHtml(found[1] ?? found[2] ?? '').slice(0, 500));

function longestList(html: string): number {
  const lists = [...html.matchAll(/<(ol|ul)\b[^>]*>([\s\S]*?)<\/\1\s*>/gi)].map(
    (found) => (found[2]?.match(/<li\b/gi) ?? []).length,
  );
  return Math.max(0, ...lists);
}

/**
 * Reads the observations of a case about one page and gives the page that counts, or the part that stands instead:
 * a page that is not there fails, a site that does not answer leaves open, a site that answers everything proves nothing.
 */
export function publicPage(
  seen: Seen,
  name: PageName,
):
  | { readonly page: Reading<Page>; readonly control: Reading<Page>; readonly parts: readonly Part[] }
  | { readonly parts: readonly Part[] } {
  const { rows, parts } = readEvidence(seen, PAGE_KINDS);
  if (parts.length > 0) return { parts };
  const page = of(rows.page, name)[0];
  const control = of(rows.unknown, name)[0];
  if (page === undefined) return { parts: [open(`the page (${name}) was not read`)] };
  if (!page.data.reached)
    return { parts: [open(`${page.data.address} did not answer (${page.data.detail})`, [page.id])] };
  if (page.data.status === 401 || page.data.status === 403)
    return { parts: [fail(`${page.data.address} asks for a login; it must be public`, [page.id])] };
  if (page.data.status >= 500)
    return { parts: [open(`${page.data.address} could not be served (${page.data.status})`, [page.id])] };
  if (page.data.status !== 200)
    return { parts: [fail(`${page.data.address} is not there (${page.data.status})`, [page.id])] };
  if (control === undefined || !control.data.reached || (control.data.status !== 404 && control.data.status !== 410)) {
    return {
      parts: [
        open(
          'that the site tells a page that is there from one that is not',
          idsOf([page, ...(control === undefined ? [] : [control])]),
        ),
      ],
    };
  }
  return {
    page,
    control,
    parts: page.data.whole ? [] : [open(`the end of a long page (${page.data.address})`, [page.id])],
  };
}

/** A page can be read at all only where the target file gives the site and the declaration names the page. */
export const pageReady =
  (name: PageName) =>
  (
    declaration: Declaration,
    target: Target,
  ): { readonly ok: true } | { readonly ok: false; readonly because: string } => {
    if (declaration.userInformation[name] === undefined)
      return { ok: false, because: `no page is declared for it (userInformation.${name})` };
    return target.site === undefined ? { ok: false, because: 'the target file gives no site' } : { ok: true };
  };
