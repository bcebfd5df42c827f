import { DAY, iso } from '../../clock.ts';
import type { Query } from '../../store/open.ts';

/** A table of personal telemetry that is no more: what shows that an item was kept as long as is declared, and not longer. */
export interface Dropped {
  readonly product: string;
  readonly item: string;
  /** UTC, as 2026-05-01 */
  readonly day: string;
  readonly retentionDays: number;
  readonly rows: number;
  /** the moment from which nothing of that day may be kept; ISO 8601 */
  readonly dueAt: string;
  readonly droppedAt: string;
}

/** Which of them, by the item's id; all where it is absent. */
export interface DroppedFilter {
  readonly item?: string;
}

/** Newest first. */
export async function droppedTables(
  query: Query,
  filter: DroppedFilter,
  { offset = 0, limit }: { readonly offset?: number; readonly limit: number },
): Promise<readonly Dropped[]> {
  const rows = await wanted(query, filter)
    .selectAll()
    .orderBy('dropped_at', 'desc')
    .orderBy('id', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    product: row.product_id,
    item: row.item,
    day: iso(Number(row.day) * DAY).slice(0, 10),
    retentionDays: row.retention_days,
    rows: Number(row.rows ?? 0),
    dueAt: iso((Number(row.day) + row.retention_days) * DAY),
    droppedAt: iso(Number(row.dropped_at)),
  }));
}

export async function countDropped(query: Query, filter: DroppedFilter): Promise<number> {
  const { n } = await wanted(query, filter)
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** Ids of the items of which something was dropped. */
export async function droppedItems(query: Query): Promise<readonly string[]> {
  const rows = await wanted(query, {}).select('item').distinct().orderBy('item').execute();
  return rows.map(({ item }) => item);
}

function wanted(query: Query, { item }: DroppedFilter) {
  const dropped = query.selectFrom('partitions').where('dropped_at', 'is not', null);
  return item === undefined ? dropped : dropped.where('item', '=', item);
}
