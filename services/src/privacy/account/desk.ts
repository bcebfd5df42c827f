import { randomBytes } from 'node:crypto';
import { accountOfCode, type AccountLink } from '@hearthward/protocol';
import { errorPage } from '@hearthward/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../clock.ts';
import { HTML } from '../../front/headers.ts';
import { languageOf } from '../../front/language.ts';
import type { Requests } from '../../operators/requests/requests.ts';
import type { Store } from '../../store/open.ts';
import type { Consents, ErasureProgress, Erasures, News, Vault } from '../seams.ts';
import type { Followers } from './followers.ts';
import { countTry, takeBackTry, type Tried } from './guesses.ts';
import type { HoldingsParts, Kept } from './holdings.ts';
import { lookedAt } from './looked.ts';
import type { AccountSession, AccountSessions } from './sessions.ts';

/** What the routes of a person’s own page share: whom they ask, how a code is tried, and how an answer begins. */

export interface AccountParts extends HoldingsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Pick<Vault, 'subjectsOf' | 'originOf' | 'stateOf' | 'verifies' | 'unlink'>;
  readonly consents: Pick<Consents, 'withdraw' | 'recordsOf'>;
  readonly news: Pick<News, 'tell'>;
  readonly kept: Kept;
  readonly erasures: Pick<Erasures, 'ask' | 'keep'> & {
    readonly ofAccount: (account: string) => Promise<readonly ErasureProgress[]>;
  };
  readonly followers: Followers;
  readonly requests: Pick<Requests, 'create' | 'find' | 'identifyByCode'>;
  /** PEM of the manufacturer's roots, by which confirmations are checked */
  readonly roots: () => string;
}
export const ACCOUNT = '/account';

/** What the routes of a person's page share. */
export interface Desk extends AccountParts {
  readonly sessions: AccountSessions;
  /** the code as it was typed, counted as a guess */
  readonly check: (code: string, source: string) => Promise<CodeChecked>;
  /** a number of a request, counted as a guess */
  readonly tryOnce: (source: string) => Promise<Tried>;
  readonly frame: (request: FastifyRequest, path: string) => ReturnType<typeof frameOf>;
}
export type CodeChecked =
  | { readonly ok: true; readonly account: string }
  | { readonly ok: false; readonly waitSeconds?: number };

declare module 'fastify' {
  interface FastifyRequest {
    person: AccountSession | null;
  }
}

/** The same work and the same answer for a code that is none, an account that is none, and a wrong code. */
// G045 AU-2-3, EN 303 645 5.1-3: nobody learns whether there is somebody
export async function check(
  { store, clock, vault, followers }: AccountParts,
  code: string,
  source: string,
): Promise<CodeChecked> {
  const now = clock.now();
  const tried = await countTry(store, source, now);
  if (tried.kind === 'wait') return { ok: false, waitSeconds: tried.waitSeconds };
  const typed = accountOfCode(code);
  const link: AccountLink = typed ?? NOBODY;
  // both are asked, whatever the first one says
  const opens = [vault.verifies(link), await followers.verifies(link)];
  if (!typed || !opens.includes(true)) {
    await lookedAt(store.db, now, { account: link.account, action: 'account-refused' });
    return { ok: false };
  }
  await takeBackTry(store, source, now);
  return { ok: true, account: typed.account };
}

/** no code leads here: an account is named by letters of base32 */
const NOBODY: AccountLink = { account: '00000000', verifier: ''.padEnd(43, 'A') };

/** as the forms of `web` have it */
export const CSRF_FIELD = '_csrf';
/** `__Host-`: this host alone, over TLS alone (RFC 6265bis 4.1.3.2) */
export const SESSION_COOKIE = '__Host-hearthward-account';
const FORM_COOKIE = '__Host-hearthward-account-form';
export const COOKIE = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

export const leave = (reply: FastifyReply): FastifyReply => reply.clearCookie(SESSION_COOKIE, COOKIE);

export const wordOf = (request: FastifyRequest): string | undefined => request.cookies[FORM_COOKIE];

export const forgetWord = (reply: FastifyReply): FastifyReply => reply.clearCookie(FORM_COOKIE, COOKIE);

/** The word that the forms of a browser without a session carry. */
export function issueWord(request: FastifyRequest, reply: FastifyReply): string {
  // no key: a word that a form carries
  const word = wordOf(request) ?? randomBytes(32).toString('base64url');
  reply.setCookie(FORM_COOKIE, word, COOKIE);
  return word;
}

/** How an answer to a wrong code begins. */
export const statusOf = (reply: FastifyReply, { waitSeconds }: { readonly waitSeconds?: number }): FastifyReply =>
  waitSeconds === undefined ? reply.code(401) : reply.code(429).header('retry-after', String(waitSeconds));

export function frameOf(request: FastifyRequest, path: string, maker: string) {
  const session = request.person;
  const here = ACCOUNT + path;
  return {
    language: languageOf(request.query, request.headers['accept-language']),
    csrf: session?.csrf ?? '',
    base: ACCOUNT,
    maker,
    languageLinks: { en: `${here}?lang=en`, ms: `${here}?lang=ms` },
    ...(session ? { account: { name: session.account.replace(/^(.{4})/, '$1 '), role: 'person' } } : {}),
  };
}

export function refuse(request: FastifyRequest, reply: FastifyReply, status: number, key: string): FastifyReply {
  const language = languageOf(request.query, request.headers['accept-language']);
  return reply
    .code(status)
    .type(HTML)
    .send(errorPage({ language, csrf: '', base: ACCOUNT, status, key }));
}
