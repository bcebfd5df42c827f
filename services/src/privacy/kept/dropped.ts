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

/** Newest first, of one item where it is named. */
export async function droppedTables(query: Query, item: string | undefined, most: number): Promise<readonly Dropped[]> {
  let found = query.selectFrom('partitions').selectAll().where('dropped_at', 'is not', null);
  if (item !== undefined) found = found.where('item', '=', item);
  const rows = await found.orderBy('dropped_at', 'desc').orderBy('id', 'desc').limit(most).execute();
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
