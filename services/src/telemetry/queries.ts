import type { Declaration } from '@hearthward/product';
import { DAY } from '../clock.ts';
import type { Query } from '../store/open.ts';

/** Reads of telemetry. Values of boolean fields are 0 and 1. */
export interface Series {
  readonly field: string;
  readonly unit?: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}
export interface Latest {
  readonly field: string;
  readonly at: number;
  readonly value: number | string;
}

/** The last value of each field. */
export async function latestOf(query: Query, deviceId: string): Promise<readonly Latest[]> {
  const rows = await query
    .selectFrom('telemetry as t')
    .select(['t.field', 't.at', 't.number', 't.text'])
    .where('t.device_id', '=', deviceId)
    .where('t.at', '=', (eb) =>
      eb
        .selectFrom('telemetry as later')
        .select(({ fn }) => fn.max('later.at').as('at'))
        .whereRef('later.device_id', '=', 't.device_id')
        .whereRef('later.field', '=', 't.field'),
    )
    .orderBy('t.field')
    .orderBy('t.seq', 'desc')
    .execute();
  const newest = new Map<string, Latest>();
  for (const { field, at, number, text } of rows)
    if (!newest.has(field)) newest.set(field, { field, at, value: number ?? text ?? '' });
  return [...newest.values()];
}

/** The newest `most` points of each declared numeric field since `since`, oldest first. */
export async function seriesOf(
  query: Query,
  deviceId: string,
  declaration: Declaration,
  since: number,
  most: number,
): Promise<readonly Series[]> {
  const numeric = declaration.telemetryData.filter(({ type }) => type !== 'choice');
  const all: Series[] = [];
  for (const { id, unit } of numeric) {
    const rows = await query
      .selectFrom('telemetry')
      .select(['at', 'number'])
      .where('device_id', '=', deviceId)
      .where('field', '=', id)
      .where('at', '>=', since)
      .orderBy('at', 'desc')
      .limit(most)
      .execute();
    const points = rows.reverse().flatMap(({ at, number }) => (number === null ? [] : [[at, number] as const]));
    if (points.length > 0) all.push({ field: id, ...(unit === undefined ? {} : { unit }), points });
  }
  return all;
}

/** Deletes what was kept longer than its personal-data item declares; answers how many rows went. */
export async function forgetExpired(query: Query, declaration: Declaration, now: number): Promise<number> {
  let forgotten = 0;
  for (const { id, personalData } of declaration.telemetryData) {
    const item = declaration.personalData.find((data) => data.id === personalData);
    if (!item) continue;
    // EN 303 645 6-1, G045 DS-4-1: kept as long as the notice says, not longer
    const { numDeletedRows } = await query
      .deleteFrom('telemetry')
      .where('field', '=', id)
      .where('received_at', '<', now - item.retentionDays * DAY)
      .where('device_id', 'in', (eb) =>
        eb.selectFrom('devices').select('device_id').where('product_id', '=', declaration.product.id),
      )
      .executeTakeFirst();
    forgotten += Number(numDeletedRows);
  }
  return forgotten;
}
