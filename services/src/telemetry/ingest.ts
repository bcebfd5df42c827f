import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import { type EventMessage, reportLink, type SealMessage, type TelemetryMessage } from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/open.ts';
import type { Tables } from '../store/tables.ts';
import type { Doubt } from './reports/decide.ts';
import { noteReport, noteSeal } from './reports/reports.ts';

/**
 * Writes what devices send. A promise that resolves says that the message is on the disk; one that rejects says that
 * nothing of it is, and the device will send it again.
 */
export interface Ingest {
  readonly telemetry: (deviceId: string, message: TelemetryMessage, at: number) => Promise<Stored>;
  readonly event: (deviceId: string, message: EventMessage, at: number) => Promise<Stored>;
  readonly seal: (deviceId: string, message: SealMessage) => Promise<Stored>;
  /** resolves when everything that was handed in is written or rejected */
  readonly drain: () => Promise<void>;
}
export type Stored = 'stored' | 'seen-before';

interface Written {
  readonly stored: Stored;
  readonly doubts?: readonly Doubt[];
}
type Write = (tx: Transaction<Tables>, now: number) => Promise<Written>;
interface Pending {
  readonly deviceId: string;
  readonly write: Write;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (error: unknown) => void;
}

/** What follows from an event within its transaction: done once, however often the device sends the event. */
export type AlsoFor = (tx: Transaction<Tables>, deviceId: string, message: EventMessage, now: number) => Promise<void>;

/** Hears, once it is on the disk, what speaks against the log of a device. */
export type Doubted = (deviceId: string, doubt: Doubt) => void;

export function openIngest(store: Store, clock: Clock, also?: AlsoFor, doubted?: Doubted): Ingest {
  const pending: Pending[] = [];
  let working: Promise<void> | undefined;

  const submit = (deviceId: string, write: Write) =>
    new Promise<Stored>((resolve, reject) => {
      pending.push({ deviceId, write, resolve, reject });
      working ??= work().finally(() => (working = undefined));
    });

  // Messages that arrive while a commit waits for the disk share the next one.
  async function work(): Promise<void> {
    while (pending.length > 0) await writeBatch(store, clock.now(), pending.splice(0, BATCH_MOST), doubted);
  }

  return {
    telemetry: (deviceId, message, at) =>
      submit(deviceId, async (tx, now) => ({ stored: await writeTelemetry(tx, deviceId, message, at, now) })),
    event: (deviceId, message, at) =>
      submit(deviceId, async (tx, now) => {
        const written = await writeEvent(tx, deviceId, message, at, now);
        if (written.stored === 'stored') await also?.(tx, deviceId, message, now);
        return written;
      }),
    seal: (deviceId, message) =>
      submit(deviceId, async (tx, now) => ({
        stored: 'stored',
        doubts: (await noteSeal(tx, deviceId, message, now)).doubts,
      })),
    drain: async () => working,
  };
}

/** bounds how long the first message of a batch waits for the others */
const BATCH_MOST = 500;

async function writeBatch(
  store: Store,
  now: number,
  batch: readonly Pending[],
  doubted: Doubted | undefined,
): Promise<void> {
  try {
    const outcomes = await store.transaction(async (tx) => {
      const written: Written[] = [];
      for (const { write } of batch) written.push(await write(tx, now));
      const seen = [...new Set(batch.map(({ deviceId }) => deviceId))];
      await tx.updateTable('device_state').set({ last_seen: now }).where('device_id', 'in', seen).execute();
      return written;
    });
    batch.forEach(({ resolve, deviceId }, index) => {
      const { stored = 'stored', doubts = [] } = outcomes[index] ?? {};
      for (const doubt of doubts) doubted?.(deviceId, doubt);
      resolve(stored);
    });
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

async function writeTelemetry(
  tx: Transaction<Tables>,
  deviceId: string,
  message: TelemetryMessage,
  at: number,
  now: number,
): Promise<Stored> {
  const rows = Object.entries(message.fields).map(([field, value]) => ({
    device_id: deviceId,
    epoch: epochOf(deviceId),
    seq: message.seq,
    field,
    at,
    received_at: now,
    number: typeof value === 'string' ? null : Number(value),
    text: typeof value === 'string' ? value : null,
  }));
  if (rows.length === 0) return 'stored';
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('telemetry')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows ? 'stored' : 'seen-before';
}

async function writeEvent(
  tx: Transaction<Tables>,
  deviceId: string,
  message: EventMessage,
  at: number,
  now: number,
): Promise<Written> {
  const { place } = message;
  const { again, doubts } = await noteReport(tx, deviceId, message, now);
  if (again) return { stored: 'seen-before', doubts };
  const insert = async (seq: number | null) => {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('events')
      .values({
        device_id: deviceId,
        epoch: epochOf(deviceId),
        source: 'device',
        seq,
        at,
        received_at: now,
        kind: message.kind,
        detail: JSON.stringify(message.detail),
        ...(place ? { chain: place.chain, n: place.n, link: reportLink(message, place) } : {}),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return Boolean(numInsertedOrUpdatedRows);
  };
  if (await insert(message.seq)) return { stored: 'stored', doubts };
  if (!place) return { stored: 'seen-before' };
  // G045 PL-4-2: another report under a number that was used is from a device that was put back: what it tells is kept too
  await insert(null);
  return { stored: 'stored', doubts };
}

/** A device that was reset counts from nought again; its counters belong to its enrolment. */
const epochOf = (deviceId: string) => sql<number>`(select epoch from devices where device_id = ${deviceId})`;
