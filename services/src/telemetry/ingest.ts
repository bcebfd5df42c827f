import type { Transaction } from 'kysely';
import { type EventMessage, reportLink, type SealMessage, type Subject } from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import type { PersonalData } from '../privacy/kept/kept.ts';
import type { SortedMessage } from '../privacy/kept/sort.ts';
import type { Store } from '../store/open.ts';
import type { Tables } from '../store/tables.ts';
import type { Doubt } from './reports/decide.ts';
import { noteReport, noteSeal } from './reports/reports.ts';
import { epochOf, openTelemetryWriter } from './telemetry.ts';

/**
 * Writes what devices send. A promise that resolves says that the message is on the disk; one that rejects says that
 * nothing of it is, and the device will send it again.
 */
export interface Ingest {
  readonly telemetry: (deviceId: string, message: SortedMessage, at: number) => Promise<Stored>;
  readonly event: (deviceId: string, message: EventMessage, at: number) => Promise<Stored>;
  readonly seal: (deviceId: string, message: SealMessage) => Promise<Stored>;
  /** resolves when everything that was handed in is written or rejected */
  readonly drain: () => Promise<void>;
}
export type Stored = 'stored' | 'seen-before';

interface Written {
  readonly stored: Stored;
  readonly doubts?: readonly Doubt[];
  readonly untaken?: readonly Subject[];
  /** of telemetry, that were not known */
  readonly messages?: number;
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

/** What the services keep of people, and who hears that data under a pseudonym came of which nothing is kept any more. */
export interface OfPeople {
  readonly data: PersonalData;
  readonly untaken?: (deviceId: string, subject: Subject) => void;
}

export function openIngest(store: Store, clock: Clock, also?: AlsoFor, doubted?: Doubted, people?: OfPeople): Ingest {
  const pending: Pending[] = [];
  const writer = openTelemetryWriter(people?.data);
  let working: Promise<void> | undefined;

  const submit = (deviceId: string, write: Write) =>
    new Promise<Stored>((resolve, reject) => {
      pending.push({ deviceId, write, resolve, reject });
      working ??= work();
    });

  // Messages that arrive while a commit waits for the disk share the next one.
  async function work(): Promise<void> {
    while (pending.length > 0) await writeBatch(pending.splice(0, BATCH_MOST));
    // in the same breath as the last look: what is handed in after it begins the next one
    working = undefined;
  }

  return {
    telemetry: (deviceId, message, at) =>
      submit(deviceId, async (tx, now) => {
        const { stored, untaken } = await writer.write(tx, deviceId, message, at, now);
        return { stored, untaken, messages: stored === 'stored' ? 1 : 0 };
      }),
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

  async function writeBatch(batch: readonly Pending[]): Promise<void> {
    const now = clock.now();
    try {
      const outcomes = await store.transaction(async (tx) => {
        const written: Written[] = [];
        for (const { write } of batch) written.push(await write(tx, now));
        const messages = new Map<string, number>();
        for (const [index, { deviceId }] of batch.entries())
          messages.set(deviceId, (messages.get(deviceId) ?? 0) + (written[index]?.messages ?? 0));
        for (const [count, seen] of Map.groupBy(messages.keys(), (deviceId) => messages.get(deviceId) ?? 0))
          await tx
            .updateTable('device_state')
            .set((eb) => ({ last_seen: now, messages: eb('messages', '+', count) }))
            .where('device_id', 'in', seen)
            .execute();
        return written;
      });
      writer.settled(true);
      batch.forEach(({ resolve, deviceId }, index) => {
        const { stored = 'stored', doubts = [], untaken = [] } = outcomes[index] ?? {};
        for (const doubt of doubts) doubted?.(deviceId, doubt);
        for (const subject of untaken) people?.untaken?.(deviceId, subject);
        resolve(stored);
      });
    } catch (error) {
      writer.settled(false);
      for (const { reject } of batch) reject(error);
    }
  }
}

/** bounds how long the first message of a batch waits for the others */
const BATCH_MOST = 500;

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
