import { sql } from 'kysely';
import { DAY } from '../../clock.ts';
import type { Dialect } from '../../store/migrations.ts';
import type { Query, Store } from '../../store/open.ts';

/**
 * Where sealed telemetry lies: a table for each personal-data item and day (UTC), made when the first row of that day comes
 * and dropped whole when its time is over. The register keeps what was dropped, when and how much: that is what shows that
 * the declared time is kept.
 */
export interface Partitions {
  /** a table for this item and day, within a transaction that may still fail */
  readonly of: (tx: Query, day: Day, now: number) => Promise<string>;
  /** those made in a transaction that is on the disk now */
  readonly made: () => void;
  readonly unmade: () => void;
  /** those that are there, newest first */
  readonly live: (of?: {
    readonly productId: string;
    readonly item: string;
    readonly since: number;
  }) => Promise<readonly Partition[]>;
  /** Drops whatever was kept as long as is declared; answers how many rows went. */
  readonly dropExpired: (
    daysOf: (productId: string, item: string) => number | undefined,
    now: number,
  ) => Promise<number>;
}
export interface Day {
  readonly productId: string;
  readonly item: string;
  /** days since the epoch, UTC */
  readonly day: number;
  readonly retentionDays: number;
}
export interface Partition extends Day {
  readonly name: string;
}

export function openPartitions(store: Store): Partitions {
  const known = new Map<string, string>();
  let fresh = new Map<string, string>();
  const keyOf = ({ productId, item, day }: Day) => `${productId}\n${item}\n${day}`;

  const partitions: Partitions = {
    async of(tx, day, now) {
      const key = keyOf(day);
      const name =
        known.get(key) ?? fresh.get(key) ?? (await find(tx, day)) ?? (await make(tx, store.dialect, day, now));
      if (!known.has(key)) fresh.set(key, name);
      return name;
    },
    made() {
      for (const [key, name] of fresh) known.set(key, name);
      fresh = new Map();
    },
    unmade: () => void (fresh = new Map()),
    async live(of) {
      let query = store.db.selectFrom('partitions').selectAll().where('dropped_at', 'is', null);
      if (of)
        query = query
          .where('product_id', '=', of.productId)
          .where('item', '=', of.item)
          .where('day', '>=', Math.floor(of.since / DAY));
      return (await query.orderBy('day', 'desc').orderBy('id', 'desc').execute()).map((row) => ({
        name: nameOf(Number(row.id)),
        productId: row.product_id,
        item: row.item,
        day: Number(row.day),
        retentionDays: row.retention_days,
      }));
    },
    // EN 303 645 6-1, 5.11-1, G044 7-a, G045 DS-4-1: kept as long as the notice says, not longer, and that it was so can be shown
    async dropExpired(daysOf, now) {
      let gone = 0;
      let dropped = 0;
      if (store.isCopying()) return gone;
      for (const partition of await partitions.live()) {
        const retentionDays = daysOf(partition.productId, partition.item) ?? partition.retentionDays;
        if (!isOver({ ...partition, retentionDays }, now)) continue;
        gone += await store.transaction(async (tx) => {
          const table = sql.table(partition.name);
          const { rows } = await sql<{ n: number | string }>`select count(*) as n from ${table}`.execute(tx);
          const n = Number(rows[0]?.n ?? 0);
          await sql`drop table ${table}`.execute(tx);
          await tx
            .updateTable('partitions')
            .set({ dropped_at: now, rows: n, because: 'retention' })
            .where('id', '=', idOf(partition.name))
            .execute();
          return n;
        });
        known.delete(keyOf(partition));
        dropped += 1;
      }
      if (dropped > 0) await store.scrub();
      return gone;
    },
  };
  return partitions;
}

/** Of a day nothing may be left when its first moment was kept long enough. */
export const isOver = ({ day, retentionDays }: Day, now: number): boolean => (day + retentionDays) * DAY <= now;

const nameOf = (id: number) => `personal_${id}`;
const idOf = (name: string) => Number(name.slice('personal_'.length));

async function find(tx: Query, { productId, item, day }: Day): Promise<string | undefined> {
  const row = await tx
    .selectFrom('partitions')
    .select('id')
    .where('product_id', '=', productId)
    .where('item', '=', item)
    .where('day', '=', day)
    .where('dropped_at', 'is', null)
    .executeTakeFirst();
  return row && nameOf(Number(row.id));
}

async function make(
  tx: Query,
  dialect: Dialect,
  { productId, item, day, retentionDays }: Day,
  now: number,
): Promise<string> {
  const row = await tx
    .insertInto('partitions')
    .values({
      product_id: productId,
      item,
      day,
      retention_days: retentionDays,
      made_at: now,
      dropped_at: null,
      rows: null,
      because: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const name = nameOf(Number(row.id));
  // without a number for each row, whose order would tell which message of the store beside it a row came with
  const without = dialect === 'sqlite' ? sql`without rowid` : sql``;
  await sql`create table ${sql.table(name)} (subject text not null, once text not null, sealed text not null,
    primary key (subject, once)) ${without}`.execute(tx);
  return name;
}
