import { type EventMessage, openReportSeal, type SealMessage } from '@hearthward/protocol';
import type { Transaction } from 'kysely';
import type { Query } from '../../store/open.ts';
import type { Tables } from '../../store/tables.ts';
import { recordObserved } from '../events.ts';
import { type Doubt, type DoubtKind, judgeReport, judgeSeal, type Judged, type KnownLog } from './decide.ts';

/** The chain of each device's reports, kept as one row: what is known of it, and what spoke against it. */

/** By kind: how often, when first and last, and what the last one was about. */
export type Doubts = Partial<Record<DoubtKind, Counted>>;
interface Counted {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** place of the last, where it has one */
  readonly n?: number;
}

export interface Noted {
  /** the report is kept already */
  readonly again: boolean;
  readonly doubts: readonly Doubt[];
}

type Tx = Transaction<Tables>;

/** Within the transaction that stores the event. An event without place is judged by what came before of its kind. */
export async function noteReport(tx: Tx, deviceId: string, message: EventMessage, now: number): Promise<Noted> {
  const { place, kind } = message;
  if (!place) {
    if (!(await hasPlaced(tx, deviceId, kind))) return NOTHING;
    return keep(
      tx,
      deviceId,
      { state: (await known(tx, deviceId))?.state, doubts: [{ what: 'place-withheld' }], again: false },
      now,
    );
  }
  const { epoch } = await tx
    .selectFrom('devices')
    .select('epoch')
    .where('device_id', '=', deviceId)
    .executeTakeFirstOrThrow();
  const judged = judgeReport((await known(tx, deviceId))?.state, {
    epoch,
    report: message,
    place,
    since: message.since ?? place.n,
    known: await linksAt(tx, deviceId, place.chain, place.n),
  });
  return keep(tx, deviceId, judged, now);
}

export async function noteSeal(tx: Tx, deviceId: string, { seal }: SealMessage, now: number): Promise<Noted> {
  const reports = openReportSeal(seal);
  const links = reports ? await linksAt(tx, deviceId, reports.chain, reports.next - 1) : [];
  const judged = judgeSeal((await known(tx, deviceId))?.state, { deviceId, key: seal.key, reports, known: links });
  return keep(tx, deviceId, judged, now);
}

/** Everything of a log, for the page of its device; undefined where none was heard. */
export async function logOf(query: Query, deviceId: string): Promise<DeviceLog | undefined> {
  const found = await known(query, deviceId);
  return found && { ...found.state, doubts: found.doubts, doubtedAt: found.doubtedAt };
}
export type DeviceLog = KnownLog & { readonly doubts: Doubts; readonly doubtedAt: number | undefined };

/** A person has looked: what spoke against the log stays on record, and the device is not pointed at any more. */
export async function lookedAt(query: Query, deviceId: string): Promise<boolean> {
  const { numUpdatedRows } = await query
    .updateTable('device_logs')
    .set({ doubted_at: null })
    .where('device_id', '=', deviceId)
    .where('doubted_at', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

const NOTHING: Noted = { again: false, doubts: [] };

async function keep(tx: Tx, deviceId: string, { state, doubts, again }: Judged, now: number): Promise<Noted> {
  if (state) {
    const before = await known(tx, deviceId);
    const counted = doubts.reduce((sum, doubt) => withDoubt(sum, doubt, now), before?.doubts ?? {});
    const row = {
      state: JSON.stringify(state),
      doubts: JSON.stringify(counted),
      doubted_at: doubts.length > 0 ? (before?.doubtedAt ?? now) : (before?.doubtedAt ?? null),
    };
    await tx
      .insertInto('device_logs')
      .values({ device_id: deviceId, ...row })
      .onConflict((conflict) => conflict.column('device_id').doUpdateSet(row))
      .execute();
    for (const doubt of doubts) {
      const { what, ...detail } = doubt;
      const count = counted[what]?.count ?? 1;
      // A device that does it again and again fills no table: the first, the second, the fourth time is on record.
      if (Math.log2(count) % 1 === 0) {
        await recordObserved(tx, deviceId, now, 'log-doubted', { what, ...detail, times: count });
      }
    }
  }
  return { again, doubts };
}

const withDoubt = (doubts: Doubts, doubt: Doubt, now: number): Doubts => {
  const before = doubts[doubt.what];
  return {
    ...doubts,
    [doubt.what]: {
      count: (before?.count ?? 0) + 1,
      first: before?.first ?? now,
      last: now,
      ...('n' in doubt ? { n: doubt.n } : {}),
    },
  };
};

async function known(query: Query, deviceId: string) {
  const row = await query
    .selectFrom('device_logs')
    .select(['state', 'doubts', 'doubted_at'])
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return (
    row && {
      // no boundary: a row of our own store, written by `keep`
      state: JSON.parse(row.state) as KnownLog,
      // no boundary: a row of our own store, written by `keep`
      doubts: JSON.parse(row.doubts) as Doubts,
      doubtedAt: row.doubted_at === null ? undefined : Number(row.doubted_at),
    }
  );
}

async function linksAt(query: Query, deviceId: string, chain: number, n: number): Promise<readonly string[]> {
  const rows = await query
    .selectFrom('events')
    .select('link')
    .where('device_id', '=', deviceId)
    .where('chain', '=', chain)
    .where('n', '=', n)
    .limit(MOST_AT_A_PLACE)
    .execute();
  return rows.flatMap(({ link }) => (link === null ? [] : [link]));
}
const MOST_AT_A_PLACE = 16;

async function hasPlaced(query: Query, deviceId: string, kind: string): Promise<boolean> {
  const row = await query
    .selectFrom('events')
    .select('id')
    .where('device_id', '=', deviceId)
    .where('kind', '=', kind)
    .where('source', '=', 'device')
    .where('chain', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
