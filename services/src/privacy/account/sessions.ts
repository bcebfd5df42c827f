import { type Clock, HOUR } from '../../clock.ts';
import { digestOf } from '../../operators/digest.ts';
import { isOver, newSession } from '../../operators/sessions.ts';
import type { Store } from '../../store/open.ts';

/** Sessions of people on their own page. The browser has the token, the store its hash. */
export interface AccountSession {
  readonly account: string;
  readonly csrf: string;
}
export interface AccountSessions {
  /** answers the token */
  readonly begin: (account: string) => Promise<string>;
  /** the session, and it counts as used now; undefined where there is none or its time is over */
  readonly use: (token: string | undefined) => Promise<AccountSession | undefined>;
  readonly end: (token: string | undefined) => Promise<void>;
  /** every session of an account */
  readonly endAll: (account: string) => Promise<void>;
}

// G045 DS-3-1: shorter than an operator's, since nobody works here all day
export const LONGEST = HOUR;

export function openAccountSessions({ db }: Store, clock: Clock): AccountSessions {
  const over = (now: number) => db.deleteFrom('account_sessions').where('created_at', '<', now - LONGEST);
  return {
    async begin(account) {
      const now = clock.now();
      const { token, row } = newSession(now);
      await over(now).execute();
      await db
        .insertInto('account_sessions')
        .values({ ...row, account })
        .execute();
      return token;
    },
    async use(token) {
      if (!token) return undefined;
      const row = await db
        .selectFrom('account_sessions')
        .selectAll()
        .where('token_hash', '=', digestOf(token))
        .executeTakeFirst();
      if (!row) return undefined;
      const now = clock.now();
      if (isOver(row, now, LONGEST)) {
        await db.deleteFrom('account_sessions').where('token_hash', '=', row.token_hash).execute();
        return undefined;
      }
      await db.updateTable('account_sessions').set({ used_at: now }).where('token_hash', '=', row.token_hash).execute();
      return { account: row.account, csrf: row.csrf };
    },
    async end(token) {
      if (token) await db.deleteFrom('account_sessions').where('token_hash', '=', digestOf(token)).execute();
    },
    async endAll(account) {
      await db.deleteFrom('account_sessions').where('account', '=', account).execute();
    },
  };
}
