import { type Offer, type Offers, bucketOf, memberOf, topicsOf, type UpdateHint } from '@hearthward/protocol';
import { SECOND } from '../../clock.ts';
import type { Log } from '../../front/log.ts';
import type { Store } from '../../store/open.ts';

/**
 * Tells connected devices that there is something to look at, a few each second: a fleet that looked at once would be an
 * attack on its own repository. A hint that does not arrive costs nothing: devices look daily by themselves.
 */
export interface Hints {
  /** of these offers; what a product's devices were still to be told before is replaced by it */
  readonly tell: (product: string, offers: Offers['offers']) => void;
  /** one second's worth; answers how many devices were told */
  readonly step: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** 20,000 connections of a front-end in seven minutes, each a few small requests that a cache answers */
export const HINTS_PER_SECOND = 50;
/** rows looked at for each second's worth: a stage of one in a hundred is told in the time of a whole fleet */
const ROWS_PER_SECOND = 5000;

export function openHints(parts: {
  readonly store: Store;
  readonly log: Log;
  readonly send: (deviceId: string, topic: string, payload: string) => boolean;
}): Hints {
  const { store, log, send } = parts;
  const open = new Map<string, { readonly offers: Offers['offers']; after: string }>();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<unknown> = Promise.resolve();

  const payload = JSON.stringify({ v: 1 } satisfies UpdateHint);

  async function step(): Promise<number> {
    const next = [...open].at(0);
    if (!next) return 0;
    const [product, telling] = next;
    const rows = await store.db
      .selectFrom('devices')
      .innerJoin('device_state', 'device_state.device_id', 'devices.device_id')
      .select('devices.device_id')
      .where('devices.product_id', '=', product)
      .where('device_state.connected', '=', 1)
      .where('devices.device_id', '>', telling.after)
      .orderBy('devices.device_id')
      .limit(ROWS_PER_SECOND)
      .execute();
    let told = 0;
    for (const { device_id: deviceId } of rows) {
      if (told >= HINTS_PER_SECOND) return told;
      telling.after = deviceId;
      if (!telling.offers.some((offer) => isInShare(offer, deviceId))) continue;
      if (send(deviceId, topicsOf(deviceId).updates, payload)) told++;
    }
    if (rows.length < ROWS_PER_SECOND && open.get(product) === telling) open.delete(product);
    return told;
  }

  async function tick(): Promise<void> {
    try {
      await step();
    } catch (error) {
      log({ level: 'error', event: 'devices-not-told', detail: {}, error });
    }
    if (open.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    step,
    tell(product, offers) {
      if (offers.length === 0) return;
      open.set(product, { offers, after: '' });
      timer ??= setInterval(() => (working = working.then(tick)), SECOND).unref();
    },
    async close() {
      stop();
      open.clear();
      await working;
    },
  };
}

/** Of a halted one too: who has begun to fetch it lets go of it. */
const isInShare = ({ salt, below, members }: Offer, deviceId: string): boolean =>
  bucketOf(salt, deviceId) < below || members.includes(memberOf(salt, deviceId));
