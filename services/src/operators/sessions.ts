import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { digestOf } from './digest.ts';
import { type Clock, HOUR, MINUTE } from '../clock.ts';
import type { Store } from '../store/open.ts';

/** Sessions of operators. The browser has the token, the store its hash. */
export interface Session {
  readonly operator: string;
  readonly csrf: string;
}
export interface Sessions {
  /** answers the token */
  readonly begin: (operator: string) => Promise<string>;
  /** the session, and it counts as used now; undefined where there is none or its time is over */
  readonly use: (token: string | undefined) => Promise<Session | undefined>;
  readonly end: (token: string | undefined) => Promise<void>;
}

// G045 DS-3-1: a session ends when it is left alone, and after a working day in any case
export const IDLE = 15 * MINUTE;
export const ABSOLUTE = 8 * HOUR;
/** G045 DS-3-2, and ASVS: 128 bits would do */
const TOKEN_BYTES = 32;

export function openSessions({ db }: Store, clock: Clock): Sessions {
  return {
    async begin(operator) {
      const now = clock.now();
      const { token, row } = newSession(now);
      await db
        .deleteFrom('operator_sessions')
        .where('created_at', '<', now - ABSOLUTE)
        .execute();
      await db
        .insertInto('operator_sessions')
        .values({ ...row, operator })
        .execute();
      return token;
    },
    async use(token) {
      if (!token) return undefined;
      const token_hash = digestOf(token);
      const row = await db
        .selectFrom('operator_sessions')
        .selectAll()
        .where('token_hash', '=', token_hash)
        .executeTakeFirst();
      if (!row) return undefined;
      const now = clock.now();
      if (isOver(row, now, ABSOLUTE)) {
        await db.deleteFrom('operator_sessions').where('token_hash', '=', token_hash).execute();
        return undefined;
      }
      await db.updateTable('operator_sessions').set({ used_at: now }).where('token_hash', '=', token_hash).execute();
      return { operator: row.operator, csrf: row.csrf };
    },
    async end(token) {
      if (token) await db.deleteFrom('operator_sessions').where('token_hash', '=', digestOf(token)).execute();
    },
  };
}

/** What a session begins with, whoever's it is: the token for the browser, the row for the store. */
export function newSession(now: number) {
  // key operator-session, account-session
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  // no key: a word that the forms of a session carry
  const csrf = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, row: { token_hash: digestOf(token), csrf, created_at: now, used_at: now } };
}

/** Left alone too long, or longer than `longest` in any case. PostgreSQL gives its bigints as text. */
export const isOver = (
  { used_at, created_at }: { readonly used_at: number | string; readonly created_at: number | string },
  now: number,
  longest: number,
): boolean => now - Number(used_at) > IDLE || now - Number(created_at) > longest;

/** In constant time, whatever the lengths. */
export const sameToken = (one: string, other: string) =>
  timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
