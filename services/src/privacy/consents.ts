import type { Subject } from '@hearthward/protocol';
import type { Query, Store } from '../store/open.ts';
import type { ConsentRecord, Consents, News, Vault } from './seams.ts';

/**
 * What people decided, kept as a record of each decision; the last one counts. What is asked for every message is in
 * memory: which items each pseudonym's last decision gives.
 */
// EN 303 645 6-2, 6-3, TS 103 645 4.10-2, G044 7-b, 7-c: nothing on consent without it, and its end is as good as its beginning
export async function openConsents(
  store: Store,
  vault: Pick<Vault, 'originOf' | 'noteWithdrawal' | 'withdrawals'>,
): Promise<Consents> {
  const last = new Map<Subject, Map<string, Last>>();
  const rows = await store.db.selectFrom('consents').select(['subject', 'item', 'n', 'given']).orderBy('n').execute();
  for (const { subject, item, n, given } of rows) note(subject, item, { n: Number(n), given: given === 1 });

  return {
    async decide(deviceId, { subject, item, n, given, by, how, notice, language }, at) {
      if (vault.originOf(subject)?.deviceId !== deviceId) return 'foreign';
      return (await keep({ subject, item, n, given, by, how, notice, language, at })) ? 'stored' : 'older';
    },
    given: (subject, item) => last.get(subject)?.get(item)?.given === true,
    async withdraw(subject, item, at, tell) {
      const known = last.get(subject)?.get(item);
      if (!known?.given) return false;
      const [given] = (await recordsOf([subject])).filter((each) => each.item === item).toReversed();
      if (!given) return false;
      const record = { ...given, given: false, how: 'account-page', n: known.n + 1, at } as const;
      // what begins it comes first: whatever is lost after that, `recall` finds
      await vault.noteWithdrawal(record);
      await tell(record);
      await keep(record);
      return true;
    },
    async recall(tell) {
      for (const record of vault.withdrawals()) {
        if ((last.get(record.subject)?.get(record.item)?.n ?? 0) >= record.n) continue;
        await tell(record);
        await keep(record);
      }
    },
    recordsOf,
    async forget(subjects) {
      for (const subject of subjects) {
        await store.db.deleteFrom('consents').where('subject', '=', subject).execute();
        last.delete(subject);
      }
    },
  };

  /** False where a later decision, or this one, is known. */
  async function keep({ given, at, ...record }: ConsentRecord): Promise<boolean> {
    const isNewest = await store.transaction(async (tx) => {
      const { n } = await tx
        .selectFrom('consents')
        .select(({ fn }) => fn.max<number | string | null>('n').as('n'))
        .where('subject', '=', record.subject)
        .where('item', '=', record.item)
        .executeTakeFirstOrThrow();
      // of an old copy: what the device says again is what holds
      if (n !== null && Number(n) === record.n) return toldAgain(tx, record, given);
      if (n !== null && Number(n) > record.n) return false;
      await tx
        .insertInto('consents')
        .values({ ...record, given: given ? 1 : 0, at })
        .execute();
      return true;
    });
    if (isNewest) note(record.subject, record.item, { n: record.n, given });
    return isNewest;
  }

  function note(subject: Subject, item: string, decision: Last): void {
    const items = last.get(subject) ?? new Map<string, Last>();
    if ((items.get(item)?.n ?? 0) <= decision.n) last.set(subject, items.set(item, decision));
  }

  async function recordsOf(subjects: readonly Subject[]): Promise<readonly ConsentRecord[]> {
    if (subjects.length === 0) return [];
    const found = await store.db
      .selectFrom('consents')
      .selectAll()
      .where('subject', 'in', [...subjects])
      .orderBy('at')
      .orderBy('n')
      .execute();
    return found.map(({ given, n, at, ...record }) => ({
      ...record,
      given: given === 1,
      n: Number(n),
      at: Number(at),
    }));
  }
}

/** The device hears of what was taken back without it, and sends no more of it. */
export const withdrawalTold =
  ({ vault, news }: { readonly vault: Pick<Vault, 'originOf'>; readonly news: Pick<News, 'tell'> }) =>
  async ({ subject, item, n }: ConsentRecord): Promise<void> => {
    const deviceId = vault.originOf(subject)?.deviceId;
    if (deviceId !== undefined) await news.tell(deviceId, { kind: 'consent', subject, item, given: false, n });
  };

/**
 * In a store that comes from an old copy, without the one that it replaces: nobody knows whether what was given then still
 * is. Answers whose devices are to tell it again.
 */
// EN 303 645 6-3, G044 7-c: what was taken back since does not come back with a copy
export async function doubtConsents(query: Query): Promise<readonly Subject[]> {
  const given = await query
    .updateTable('consents')
    .set({ given: DOUBTED })
    .where('given', '=', 1)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('consents as later')
            .select('later.n')
            .whereRef('later.subject', '=', 'consents.subject')
            .whereRef('later.item', '=', 'consents.item')
            .whereRef('later.n', '>', 'consents.n'),
        ),
      ),
    )
    .returning('subject')
    .execute();
  return [...new Set(given.map(({ subject }) => subject))];
}
const DOUBTED = 2;

/** Whether it was in doubt, and is not any more. */
async function toldAgain(
  query: Query,
  { subject, item, n }: Pick<ConsentRecord, 'subject' | 'item' | 'n'>,
  given: boolean,
): Promise<boolean> {
  const { numUpdatedRows } = await query
    .updateTable('consents')
    .set({ given: given ? 1 : 0 })
    .where('subject', '=', subject)
    .where('item', '=', item)
    .where('n', '=', n)
    .where('given', '=', DOUBTED)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

interface Last {
  readonly n: number;
  readonly given: boolean;
}
