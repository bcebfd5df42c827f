import type { Query } from '../store/open.ts';

/**
 * From when to when a device was one household's: each enrolment with the initial identity begins another, and a reset that
 * the device told ends it. What was before or after is another's, and nobody's business of this one.
 */
export interface Span {
  readonly from: number;
  /** absent: it lasts */
  readonly until?: number;
}

/** Of the enrolments with these numbers, of one device. One that ended untold lasts until the next begins. */
export async function spanOf(
  query: Query,
  deviceId: string,
  epochs: { readonly first: number; readonly last: number },
): Promise<Span> {
  const began = await enrolled(query, deviceId).where('epoch', '>=', epochs.first).executeTakeFirst();
  const next = await enrolled(query, deviceId).where('epoch', '>', epochs.last).executeTakeFirst();
  const until = (await partedAt(query, deviceId, epochs.last)) ?? (next && Number(next.at));
  return { from: Number(began?.at ?? 0), ...(until === undefined ? {} : { until }) };
}

/** When the device said that it was reset in this enrolment; undefined where it did not. */
export async function partedAt(query: Query, deviceId: string, epoch: number): Promise<number | undefined> {
  const parted = await observed(query, deviceId, 'device-parted').where('epoch', '=', epoch).executeTakeFirst();
  return parted && Number(parted.at);
}

const enrolled = (query: Query, deviceId: string) => observed(query, deviceId, 'enrolled').orderBy('id');

const observed = (query: Query, deviceId: string, kind: 'enrolled' | 'device-parted') =>
  query
    .selectFrom('events')
    .select('at')
    .where('device_id', '=', deviceId)
    .where('source', '=', 'services')
    .where('kind', '=', kind);
