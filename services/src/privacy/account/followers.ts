import { timingSafeEqual } from 'node:crypto';
import type { AccountLink, Subject } from '@hearthward/protocol';
import { type Clock, DAY } from '../../clock.ts';
import type { Store } from '../../store/open.ts';
import type { ErasureProgress, Erasures, Vault } from '../seams.ts';

/**
 * Keys and links of whoever is erased are gone, and with them what their code opened. What became of the erasure stays theirs
 * to see: the code goes on to open that alone, until some time after the last confirmation.
 */
export interface Followers {
  /** before an erasure begins, while the links are there */
  readonly keep: (subjects: readonly Subject[]) => Promise<void>;
  /** the same work whether there is one or not */
  readonly verifies: (link: AccountLink) => Promise<boolean>;
  readonly forget: (account: string) => Promise<void>;
  /** forgets those that have nothing to follow any more */
  readonly dropOver: () => Promise<void>;
}

/** after the last confirmation: time to come back for it */
export const FOLLOWED = 90 * DAY;

export function openFollowers(world: {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Pick<Vault, 'originOf'>;
  readonly ofAccount: (account: string) => Promise<readonly ErasureProgress[]>;
}): Followers {
  const { db } = world.store;
  const forget = async (account: string): Promise<void> => {
    await db.deleteFrom('account_followers').where('account', '=', account).execute();
  };
  return {
    async keep(subjects) {
      for (const subject of subjects) {
        const link = world.vault.originOf(subject)?.account;
        if (!link) continue;
        const row = { ...link, since: world.clock.now() };
        await db
          .insertInto('account_followers')
          .values(row)
          .onConflict((conflict) => conflict.column('account').doUpdateSet({ since: row.since }))
          .execute();
      }
    },
    async verifies({ account, verifier }) {
      const row = await db
        .selectFrom('account_followers')
        .select('verifier')
        .where('account', '=', account)
        .executeTakeFirst();
      const same = timingSafeEqual(Buffer.from(row?.verifier ?? NOBODY), Buffer.from(verifier));
      return same && row !== undefined;
    },
    forget,
    async dropOver() {
      const now = world.clock.now();
      const old = await db
        .selectFrom('account_followers')
        .select('account')
        .where('since', '<', now - FOLLOWED)
        .execute();
      for (const { account } of old)
        if ((await world.ofAccount(account)).every((erasure) => isOver(erasure, now))) await forget(account);
    },
  };
}

/** as long as a verifier */
const NOBODY = ''.padEnd(43, 'A');

const isOver = ({ state, confirmations, places }: ErasureProgress, now: number): boolean =>
  state === 'kept' ||
  (state === 'erased' &&
    confirmations.length > 1 &&
    places.every(({ at }) => Number.isNaN(Date.parse(at)) || Date.parse(at) < now - FOLLOWED));

/** Whoever asks for an erasure, on whatever way: the people whom it concerns can follow it. */
export const followed = <All extends Erasures>(erasures: All, followers: Pick<Followers, 'keep'>): All => ({
  ...erasures,
  async ask(order) {
    await followers.keep(order.subjects);
    return erasures.ask(order);
  },
});
