import type { ExpressionBuilder } from 'kysely';
import { type Clock } from '../clock.ts';
import { audit } from '../operators/audit.ts';
import type { Query, Store } from '../store/open.ts';
import type { HeldBecause, Tables } from '../store/tables.ts';
import { recordObserved } from '../telemetry/events.ts';
import type { Reason } from '../authority/lists.ts';
import { isHeldFor, SIGNS_COUNT_FOR } from './decide.ts';

/**
 * Which identities are believed no more. The register is the truth; this keeps the refused serial numbers in memory, so
 * that every listener can ask without waiting, and tells listeners at once of one more, so that connections end.
 */
export interface Custody {
  /** why a certificate is refused; undefined where nothing is known against it */
  readonly refused: (serial: string) => Refused | undefined;
  readonly onRefused: (listener: (serial: string) => void) => void;
  /** after the register changed: what is refused of this device now */
  readonly follow: (deviceId: string) => Promise<void>;
  /** takes a device out of service for good; false where it is unknown or out of service already */
  readonly revoke: (deviceId: string, actor: string, reason?: Reason) => Promise<boolean>;
  /**
   * The device said with this certificate that it was reset: the certificate is over for good, and the next owner's set-up
   * enrols anew. `scrap`: nobody is let in with its initial identity either, until a person has looked. Connections end at
   * the next `follow`, so that the device can still be answered.
   */
  readonly part: (device: { readonly deviceId: string; readonly serial: string }, scrap: boolean) => Promise<void>;
  /** nobody with an identity of this device is let in until a person has looked */
  readonly hold: (deviceId: string, because: HeldBecause) => Promise<void>;
  /** believes a held device again; its operational certificate is revoked, so that it enrols anew. False where none is held */
  readonly release: (deviceId: string, actor: string) => Promise<boolean>;
  /** records that an identity was seen in two places; true where the device is held now */
  readonly noteTwoPlaces: (deviceId: string, detail: Readonly<Record<string, string | number>>) => Promise<boolean>;
}
export type Refused = 'superseded' | 'revoked' | 'held';

export async function openCustody(store: Store, clock: Clock): Promise<Custody> {
  const refused = new Map<string, Refused>();
  const listeners: ((serial: string) => void)[] = [];
  for (const { serial, why } of await refusedNow(store.db, clock.now())) refused.set(serial, why);

  async function follow(deviceId: string): Promise<void> {
    const now = clock.now();
    const rows = await certificatesOf(store.db, now, deviceId);
    for (const row of rows) {
      const why = whyOf(row);
      if (!why) {
        refused.delete(row.serial);
        continue;
      }
      const known = refused.has(row.serial);
      refused.set(row.serial, why);
      // G045 AU-1-10: effective on the connections that are open, not only on the next
      if (!known) for (const listener of listeners) listener(row.serial);
    }
  }

  async function hold(deviceId: string, because: HeldBecause): Promise<void> {
    await store.transaction((tx) => holdIn(tx, deviceId, because, clock.now()));
    await follow(deviceId);
  }

  return {
    refused: (serial) => refused.get(serial),
    onRefused: (listener) => void listeners.push(listener),
    follow,
    hold,
    // EN 303 645 5.11-1, TS 103 645 4.11-1, G045 AU-1-10, DS-1-5: who has it next is not taken for who had it
    part: ({ deviceId, serial }, scrap) =>
      store.transaction(async (tx) => {
        const now = clock.now();
        const { numUpdatedRows } = await tx
          .updateTable('certificates')
          .set({ status: 'revoked', ended_at: now, reason: 'out-of-service' satisfies Reason })
          .where('serial', '=', serial)
          .where('device_id', '=', deviceId)
          .where('status', '=', 'live')
          .executeTakeFirst();
        // said again
        if (numUpdatedRows === 0n) return;
        await recordObserved(tx, deviceId, now, 'device-parted', { serial, scrapped: scrap ? 'yes' : 'no' });
        if (scrap) await holdIn(tx, deviceId, 'scrapped', now);
      }),
    async revoke(deviceId, actor, reason = 'out-of-service') {
      const revoked = await store.transaction(async (tx) => {
        const now = clock.now();
        const { numUpdatedRows } = await tx
          .updateTable('devices')
          .set({ revoked_at: now })
          .where('device_id', '=', deviceId)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await tx
          .updateTable('certificates')
          .set({ status: 'revoked', ended_at: now, reason })
          .where('device_id', '=', deviceId)
          .where('status', '=', 'live')
          .execute();
        await audit(tx, now, { actor, action: 'device-revoked', subject: deviceId, detail: { reason } });
        return true;
      });
      if (revoked) await follow(deviceId);
      return revoked;
    },
    async release(deviceId, actor) {
      const released = await store.transaction(async (tx) => {
        const now = clock.now();
        const { numUpdatedRows } = await tx
          .updateTable('devices')
          .set({ held_at: null, held_because: null, cleared_at: now })
          .where('device_id', '=', deviceId)
          .where('held_at', 'is not', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await tx
          .updateTable('certificates')
          .set({ status: 'revoked', ended_at: now, reason: 'key-compromise' })
          .where('device_id', '=', deviceId)
          .where('kind', '=', 'operational')
          .where('status', '=', 'live')
          .execute();
        await audit(tx, now, { actor, action: 'device-released', subject: deviceId });
        await recordObserved(tx, deviceId, now, 'device-released');
        return true;
      });
      if (released) await follow(deviceId);
      return released;
    },
    // EN 303 645 5.4-2, G045 AU-3-1: an identity is one device's; where it seems to be two, a person decides
    async noteTwoPlaces(deviceId, detail) {
      const now = clock.now();
      await recordObserved(store.db, deviceId, now, TWO_PLACES, detail);
      if (!isHeldFor(await signsOf(store.db, deviceId, now), now)) return false;
      await hold(deviceId, 'two-places');
      return true;
    },
  };
}

async function holdIn(query: Query, deviceId: string, because: HeldBecause, now: number): Promise<void> {
  const { numUpdatedRows } = await query
    .updateTable('devices')
    .set({ held_at: now, held_because: because })
    .where('device_id', '=', deviceId)
    .where('held_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await recordObserved(query, deviceId, now, 'device-held', { because });
}

const TWO_PLACES = 'identity-in-two-places';

/** Times of the signs since a person last looked. */
async function signsOf(query: Query, deviceId: string, now: number): Promise<readonly number[]> {
  const device = await query
    .selectFrom('devices')
    .select('cleared_at')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  const rows = await query
    .selectFrom('events')
    .select('at')
    .where('device_id', '=', deviceId)
    .where('source', '=', 'services')
    .where('kind', '=', TWO_PLACES)
    .where('at', '>', Math.max(device?.cleared_at ?? 0, now - SIGNS_COUNT_FOR))
    .execute();
  return rows.map(({ at }) => at);
}

type Row = Awaited<ReturnType<typeof certificatesOf>>[number];

/** One that ended by its time needs no refusal of its own. */
const certificatesOf = (query: Query, now: number, deviceId?: string) => {
  const all = query
    .selectFrom('certificates')
    .innerJoin('devices', 'devices.device_id', 'certificates.device_id')
    .select(['certificates.serial', 'certificates.status', 'devices.revoked_at', 'devices.held_at'])
    .where('certificates.not_after', '>=', now);
  return (
    deviceId === undefined ? all.where(endedOrHeld) : all.where('certificates.device_id', '=', deviceId)
  ).execute();
};

async function refusedNow(query: Query, now: number): Promise<readonly { serial: string; why: Refused }[]> {
  return (await certificatesOf(query, now)).flatMap((row) => {
    const why = whyOf(row);
    return why ? [{ serial: row.serial, why }] : [];
  });
}

const whyOf = ({ status, revoked_at, held_at }: Row): Refused | undefined => {
  if (status === 'revoked' || revoked_at !== null) return 'revoked';
  if (status === 'superseded') return 'superseded';
  return held_at === null ? undefined : 'held';
};

function endedOrHeld(eb: ExpressionBuilder<Pick<Tables, 'certificates' | 'devices'>, 'certificates' | 'devices'>) {
  return eb.or([
    eb('certificates.status', '<>', 'live'),
    eb('devices.revoked_at', 'is not', null),
    eb('devices.held_at', 'is not', null),
  ]);
}
