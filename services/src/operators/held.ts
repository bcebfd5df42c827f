import type { Declaration } from '@hearthward/product';
import { type Clock, iso } from '../clock.ts';
import { LONGEST_REASON } from '../management/commands.ts';
import type { Privacy } from '../privacy/privacy.ts';
import type { Store } from '../store/open.ts';
import { audit } from './audit.ts';

/** All that is held of a device and of the people whose data it sent, for whoever answers a person or an assessor. */
export interface HeldValue {
  readonly field: string;
  /** by the device's clock, ISO 8601 */
  readonly at: string;
  readonly value: number | boolean | string;
  /** a personal-data item that this party alone can read: the field is the item, the value what is sealed, base64url */
  readonly sealedTo?: string;
}
export type HeldAnswer =
  | { readonly type: 'held'; readonly values: readonly HeldValue[]; readonly cut: boolean }
  | { readonly type: 'refused'; readonly code: 'device-unknown' | 'reason-missing'; readonly because: string };
/** `named`: id of the device, or the serial number on its label */
export type Held = (named: string, by: { readonly who: string; readonly why: string }) => Promise<HeldAnswer>;

/** values of a kind; what is older stays out, and the answer says that it was cut */
const MOST = 10_000;
const LEAST_REASON = 10;
/** signs of a sealed value: enough to see that nobody can read it */
const LONGEST_SHOWN = 4096;

export const openHeld =
  (world: {
    readonly store: Store;
    readonly clock: Clock;
    readonly privacy: Pick<Privacy, 'vault' | 'data'>;
    readonly declarations: readonly Declaration[];
  }): Held =>
  async (named, { who, why }) => {
    const { store, clock, privacy, declarations } = world;
    const reason = why.trim();
    if (reason.length < LEAST_REASON || reason.length > LONGEST_REASON)
      return refused('reason-missing', `a reason has ${LEAST_REASON} to ${LONGEST_REASON} letters`);
    const device = await store.db
      .selectFrom('devices')
      .select(['device_id as deviceId', 'product_id'])
      .where((eb) => eb.or([eb('device_id', '=', named), eb('serial', '=', named)]))
      .executeTakeFirst();
    const declaration = declarations.find(({ product }) => product.id === device?.product_id);
    if (!device || !declaration)
      return refused('device-unknown', `no device ${named} of a product that these services run for`);
    const { deviceId } = device;
    const items = declaration.personalData.map(({ id }) => id);
    // EN 303 645 6-1, G045 DS-4-1, PL-4-1: who reads and why is on record before anything is read
    await audit(store.db, clock.now(), {
      actor: who,
      action: 'personal-data-read',
      subject: deviceId,
      detail: { reason, items: items.join(' '), since: 0 },
    });
    const plain = await store.db
      .selectFrom('telemetry')
      .select(['field', 'at', 'number', 'text'])
      .where('device_id', '=', deviceId)
      .orderBy('at', 'desc')
      .limit(MOST)
      .execute();
    const values = plain.map(({ field, at, number, text }) => ({ field, at: iso(at), value: number ?? text ?? '' }));
    const own: HeldValue[] = [];
    const wanted = { productId: declaration.product.id, items, since: 0 };
    for await (const { item, at, fields, sealed } of privacy.data.of(privacy.vault.subjectsFrom(deviceId), wanted)) {
      if (own.length >= MOST) break;
      // whoever asks reads of it what the services can: that it is there
      if (sealed)
        own.push({ field: item, at: iso(at), value: sealed.sealed.slice(0, LONGEST_SHOWN), sealedTo: sealed.to });
      for (const [field, value] of Object.entries(fields)) own.push({ field, at: iso(at), value });
    }
    return { type: 'held', values: [...values, ...own], cut: plain.length >= MOST || own.length >= MOST };
  };

const refused = (code: 'device-unknown' | 'reason-missing', because: string): HeldAnswer => ({
  type: 'refused',
  code,
  because,
});
