import { sql } from 'kysely';
import type { Declaration } from '@hearthward/product';
import type { SealedParcel, Subject, TelemetryMessage } from '@hearthward/protocol';
import { type Clock, DAY } from '../../clock.ts';
import type { Query, Store } from '../../store/open.ts';
import type { Consents, Vault } from '../seams.ts';
import { isOver, openPartitions, type Partitions } from './partitions.ts';
import type { PersonalPart } from './sort.ts';

/**
 * Personal telemetry in the store: a sealed value for each message and item, under the key of whose it is. A row names the
 * pseudonym and nothing else: no device, no time, no number by which it could be laid beside what the store says of devices.
 */
export interface PersonalData {
  /** for one transaction of the store; `made` or `unmade` say how it ended */
  readonly write: (tx: Query, part: PersonalPart, of: Place, now: number) => Promise<Written>;
  readonly partitions: Partitions;
  /** how much is kept of these people and of which days (UTC, since the epoch), without opening any of it */
  readonly held: (
    subjects: readonly Subject[],
    of: { readonly productId: string; readonly item: string },
  ) => Promise<{ readonly count: number; readonly firstDay: number; readonly lastDay: number } | undefined>;
  /** what can be read of these people since a time, newest day first */
  readonly of: (subjects: readonly Subject[], wanted: Wanted) => AsyncGenerator<PersonalRow>;
  /** what can be read of everybody since a time, oldest day first */
  readonly everybody: (of: {
    readonly productId: string;
    readonly item: string;
    readonly since: number;
  }) => AsyncGenerator<PersonalRow>;
  /** Deletes every row of these people; answers how many. Without their keys they are unreadable before it. */
  readonly remove: (subjects: readonly Subject[]) => Promise<number>;
  /** Drops what was kept as long as is declared. */
  readonly dropExpired: () => Promise<number>;
}
/** Where a part comes from. */
export interface Place {
  readonly deviceId: string;
  readonly epoch: number;
  readonly seq: number;
  /** the device's clock */
  readonly at: number;
}
export type Written =
  | { readonly kind: 'stored' | 'seen-before' }
  | { readonly kind: 'dropped'; readonly because: Dropped; readonly subject: Subject };
/** `unknown`: never named by this device, or by another; nothing here tells that apart from `ended` to the device */
export type Dropped = 'no-consent' | 'unknown' | 'ended' | 'blocked' | 'expired';
export interface Wanted {
  readonly productId: string;
  readonly items: readonly string[];
  readonly since: number;
}
export interface PersonalRow {
  readonly subject: Subject;
  readonly item: string;
  readonly at: number;
  readonly seq: number;
  readonly fields: TelemetryMessage['fields'];
  /** what its party alone can read, as the device sealed it */
  readonly sealed?: SealedParcel;
}

export function openPersonalData(world: {
  readonly store: Store;
  readonly vault: Vault;
  readonly consents: Pick<Consents, 'given'>;
  readonly clock: Clock;
  readonly declarations: readonly Declaration[];
}): PersonalData {
  const { store, vault, consents, clock, declarations } = world;
  const partitions = openPartitions(store);
  const daysOf = (productId: string, item: string) =>
    declarations.find(({ product }) => product.id === productId)?.personalData.find(({ id }) => id === item)
      ?.retentionDays;

  return {
    partitions,
    async write(tx, part, { deviceId, epoch, seq, at }, now) {
      const subject = part.subject ?? (await vault.unnamed(deviceId, epoch));
      const dropped = (because: Dropped): Written => ({ kind: 'dropped', because, subject });
      const day = { ...part, day: dayOf(at, now) };
      if (isOver(day, now)) return dropped('expired');
      // EN 303 645 6-2, 6-3, G044 7-b, 7-c: what nobody gave consent to is not kept, whatever the device sends
      if (part.onConsent && !consents.given(subject, part.item)) return dropped('no-consent');
      const mine = part.subject === undefined || isFrom(subject, deviceId, epoch);
      const once = mine ? vault.mark(subject, `${part.item}\n${seq}`) : undefined;
      const { fields, sealed: parcel } = part;
      const plain = Buffer.from(JSON.stringify({ seq, at, fields, sealed: parcel }));
      // G045 DS-1-4, DS-1-5, EN 303 645 5.8-1: it lies in the store under the key of whose it is
      const sealed = once === undefined ? undefined : vault.seal(subject, labelOf(part.item, once), plain);
      if (once === undefined || !sealed) return dropped(whyNot(subject, mine));
      const table = sql.table(await partitions.of(tx, day, now));
      const { numAffectedRows } = await sql`insert into ${table} (subject, once, sealed)
        values (${subject}, ${once}, ${Buffer.from(sealed).toString('base64')}) on conflict do nothing`.execute(tx);
      return { kind: numAffectedRows ? 'stored' : 'seen-before' };
    },
    async held(subjects, { productId, item }) {
      const days: number[] = [];
      let count = 0;
      for (const { name, day } of await partitions.live({ productId, item, since: 0 })) {
        let here = 0;
        for (const subject of subjects) {
          const { rows } = await sql<{
            n: number | string;
          }>`select count(*) as n from ${sql.table(name)} where subject = ${subject}`.execute(store.db);
          here += Number(rows[0]?.n ?? 0);
        }
        if (here > 0) days.push(day);
        count += here;
      }
      return count === 0 ? undefined : { count, firstDay: Math.min(...days), lastDay: Math.max(...days) };
    },
    async *of(subjects, { productId, items, since }) {
      for (const item of items)
        for (const { name } of await partitions.live({ productId, item, since }))
          for (const subject of subjects) yield* rowsIn(name, subject, item, since);
    },
    async *everybody({ productId, item, since }) {
      for (const { name } of (await partitions.live({ productId, item, since })).toReversed()) {
        const { rows } = await sql<{ subject: Subject }>`select distinct subject from ${sql.table(name)}`.execute(
          store.db,
        );
        for (const { subject } of rows) yield* rowsIn(name, subject, item, since);
      }
    },
    async remove(subjects) {
      let gone = 0;
      for (const { name } of await partitions.live())
        for (const subject of subjects) {
          const { numAffectedRows } = await sql`delete from ${sql.table(name)} where subject = ${subject}`.execute(
            store.db,
          );
          gone += Number(numAffectedRows ?? 0);
        }
      return gone;
    },
    dropExpired: () => partitions.dropExpired(daysOf, clock.now()),
  };

  async function* rowsIn(name: string, subject: Subject, item: string, since: number): AsyncGenerator<PersonalRow> {
    if (vault.stateOf(subject) !== 'open') return;
    const { rows } = await sql<{ once: string; sealed: string }>`select once, sealed from ${sql.table(name)}
      where subject = ${subject}`.execute(store.db);
    for (const { once, sealed } of rows) {
      const plain = vault.open(subject, labelOf(item, once), Buffer.from(sealed, 'base64'));
      if (!plain) continue;
      // no boundary: what we sealed ourselves, of what device-message has let in
      const row = JSON.parse(Buffer.from(plain).toString()) as Omit<PersonalRow, 'subject' | 'item'>;
      if (row.at >= since) yield { subject, item, ...row };
    }
  }

  function isFrom(subject: Subject, deviceId: string, epoch: number): boolean {
    const origin = vault.originOf(subject);
    return origin?.deviceId === deviceId && origin.epoch === epoch;
  }

  function whyNot(subject: Subject, mine: boolean): Dropped {
    const state = vault.stateOf(subject);
    if (state === 'ended') return 'ended';
    return mine && state === 'blocked' ? 'blocked' : 'unknown';
  }
}

/** A clock that is ahead does not make a day that nobody drops for years. */
const dayOf = (at: number, now: number): number => Math.floor((at > now + DAY ? now : at) / DAY);

/** Its place: of another item, or beside another mark, it does not open. */
const labelOf = (item: string, once: string) => `hearthward telemetry 1\n${item}\n${once}`;
