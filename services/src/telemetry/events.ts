import { sql } from 'kysely';
import type { Query } from '../store/open.ts';

/** Security events of a device: what it reports itself, and what the services observe of it. */

/** What the services observe; a closed catalogue beside the device's own. */
export type ObservedKind =
  | 'enrolled'
  | 'certificate-renewed'
  | 'certificate-used-twice'
  /** it came back after its certificate had ended, and was believed */
  | 'returned'
  | 'identity-in-two-places'
  | 'device-held'
  | 'device-released'
  /** superseded or revoked, and yet presented with its key: a copy of the device, or one that was put back in time */
  | 'ended-certificate-used'
  /** it was reset by its owner: what comes after is another household's */
  | 'device-parted'
  /** an operator asked something of the device */
  | 'command-given'
  /** what it reports is not one history: something is missing, was changed, or was told before */
  | 'log-doubted'
  | 'log-looked-at'
  /** its owner had it checked; with what came of it */
  | 'setup-checked'
  | 'topic-refused'
  | 'message-refused'
  /** without consent, of somebody erased, or later than it may be kept; the rest of its message was kept */
  | 'personal-data-dropped'
  | 'rate-exceeded';

// G045 PL-4-1, PL-4-3
export async function recordObserved(
  query: Query,
  deviceId: string,
  now: number,
  kind: ObservedKind,
  detail: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  await query
    .insertInto('events')
    .values({
      device_id: deviceId,
      epoch: sql<number>`(select epoch from devices where device_id = ${deviceId})`,
      source: 'services',
      seq: null,
      at: now,
      received_at: now,
      kind,
      detail: JSON.stringify(detail),
    })
    .execute();
}

/** Newest first. */
export const eventsOf = (query: Query, deviceId: string, limit: number) =>
  query
    .selectFrom('events')
    .select(['at', 'kind', 'detail', 'source'])
    .where('device_id', '=', deviceId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** How often the services observed it. */
/** The newest of what the services observed of this kind. */
export const lastOf = (query: Query, deviceId: string, kind: ObservedKind) =>
  query
    .selectFrom('events')
    .select(['at', 'detail'])
    .where('device_id', '=', deviceId)
    .where('source', '=', 'services')
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

export async function countOf(query: Query, deviceId: string, kind: ObservedKind): Promise<number> {
  const row = await query
    .selectFrom('events')
    .select(({ fn }) => fn.countAll<number | string>().as('n'))
    .where('device_id', '=', deviceId)
    .where('source', '=', 'services')
    .where('kind', '=', kind)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}
