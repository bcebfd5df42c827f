import { sql } from 'kysely';
import type { Subject } from '@hearthward/protocol';
import { HOUR } from '../clock.ts';
import type { Dropped, PersonalData } from '../privacy/kept/kept.ts';
import type { SortedMessage } from '../privacy/kept/sort.ts';
import type { Query } from '../store/open.ts';
import { recordObserved } from './events.ts';

/** Writes telemetry: what is nobody's as it is, what is somebody's sealed, and what may not be kept not at all. */
export interface TelemetryWriter {
  readonly write: (tx: Query, deviceId: string, message: SortedMessage, at: number, now: number) => Promise<Kept>;
  /** the transaction of all that was written since the last call is on the disk, or is not */
  readonly settled: (isKept: boolean) => void;
}
export interface Kept {
  readonly stored: 'stored' | 'seen-before';
  /** pseudonyms under which nothing is kept any more, of which data came */
  readonly untaken: readonly Subject[];
}

export function openTelemetryWriter(data: PersonalData | undefined): TelemetryWriter {
  const drops = openDrops();
  return {
    async write(tx, deviceId, message, at, now) {
      const isNew = await writePlain(tx, deviceId, message, at, now);
      const parts = message.personal ?? [];
      if (parts.length === 0) return { stored: isNew === false ? 'seen-before' : 'stored', untaken: [] };
      if (!data) throw new Error('personal data came where none is kept');
      const row = tx.selectFrom('devices').select('epoch').where('device_id', '=', deviceId);
      const place = { deviceId, epoch: Number((await row.executeTakeFirstOrThrow()).epoch), seq: message.seq, at };
      const seen: boolean[] = isNew === undefined ? [] : [!isNew];
      const untaken: Subject[] = [];
      for (const part of parts) {
        const written = await data.write(tx, part, place, now);
        seen.push(written.kind === 'seen-before');
        if (written.kind !== 'dropped') continue;
        await drops.note(tx, deviceId, part.item, written.because, now);
        if (written.because === 'ended' || written.because === 'unknown') untaken.push(written.subject);
      }
      return { stored: seen.every(Boolean) ? 'seen-before' : 'stored', untaken };
    },
    settled: (isKept) => (isKept ? data?.partitions.made() : data?.partitions.unmade()),
  };
}

/** False where it was there before, undefined where there was nothing to write. */
async function writePlain(
  tx: Query,
  deviceId: string,
  { seq, fields }: SortedMessage,
  at: number,
  now: number,
): Promise<boolean | undefined> {
  const rows = Object.entries(fields).map(([field, value]) => ({
    device_id: deviceId,
    epoch: epochOf(deviceId),
    seq,
    field,
    at,
    received_at: now,
    number: typeof value === 'string' ? null : Number(value),
    text: typeof value === 'string' ? value : null,
  }));
  if (rows.length === 0) return undefined;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('telemetry')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Boolean(numInsertedOrUpdatedRows);
}

/** A device that was reset counts from nought again; its counters belong to its enrolment. */
export const epochOf = (deviceId: string) => sql<number>`(select epoch from devices where device_id = ${deviceId})`;

/** Counts what was not kept; on record once an hour for each device and reason, with how much it was since the last time. */
function openDrops() {
  const counts = new Map<string, { since: number; n: number }>();
  return {
    async note(tx: Query, deviceId: string, item: string, because: Dropped, now: number): Promise<void> {
      const key = `${deviceId}\n${because}`;
      const known = counts.get(key);
      const n = (known?.n ?? 0) + 1;
      if (known && now - known.since < HOUR) return void counts.set(key, { ...known, n });
      counts.set(key, { since: now, n: 0 });
      await recordObserved(tx, deviceId, now, 'personal-data-dropped', { because, item, since: n });
    },
  };
}
