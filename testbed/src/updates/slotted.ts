import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  startDeviceInProcess,
  type Board,
  type Clock,
  type DeviceParts,
  type ProductFactory,
} from '@hearthward/device';
import { beginStart, installFirstImage, systemDisk } from '@hearthward/device/updates';
import type { Declaration } from '@hearthward/product';
import type { Bench } from './bench.ts';

/** A unit in this process whose software lies in slots: a restart starts the device that the slot holds, under the same address. */
type Place = { readonly address: string; readonly port: number };
type Device = Awaited<ReturnType<typeof startDeviceInProcess>>;
export interface SlottedUnit {
  readonly listen: Device['listen'];
  readonly press: Device['press'];
  /** resolves when it is up again, or stays off because nothing of it may start; `meanwhile` is done while it is off */
  readonly powerCycle: (meanwhile?: () => void) => Promise<void>;
  /** resolves when its channel to the manufacturer is up, or does not come up */
  readonly connected: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
/** A fleet that gets its power back at once spreads its connections over ten seconds. */
const CONNECTED_WITHIN_MILLIS = 30_000;
const SLOT_BYTES = 1_000_000;
const TRIAL_MILLIS = 100;

/** As the factory does it. */
export const putIntoSlots = async (dataDir: string, { first }: Bench): Promise<void> => {
  const slots = join(dataDir, 'slots');
  mkdirSync(slots);
  const { digest, release, manifest, tree } = first;
  const image = { digest, number: release.number, securityVersion: release.securityVersion };
  const open = () => [tree['main.js'] ?? Buffer.alloc(0)];
  const put = await installFirstImage(
    systemDisk,
    slots,
    { image, product: release.product, manifest, open },
    SLOT_BYTES,
  );
  if (!put.ok) throw new Error('the first image was not installed');
};

export const startSlottedUnit = async (given: {
  readonly declaration: Declaration;
  readonly product: ProductFactory;
  readonly dataDir: string;
  readonly bench: Bench;
  /** resolves when the unit has dialled the manufacturer's site; what it gets there is the bench's */
  readonly dialSite: () => Promise<void>;
  readonly panel: string;
  readonly place: Place;
  readonly parts?: Partial<DeviceParts>;
  /** made anew at each start, instead of the product’s own */
  readonly board?: () => Board;
  readonly clock?: Clock;
}): Promise<SlottedUnit> => {
  const { declaration, dataDir, bench, panel, parts, board, clock } = given;
  /** undefined while it is off */
  let device: Device | undefined;
  let restarting = Promise.resolve();
  let over = false;

  const begin = async (place: Place): Promise<Device | undefined> => {
    const slots = join(dataDir, 'slots');
    const beginning = (parts?.beginStart ?? beginStart)(systemDisk, slots);
    if (!beginning.ok) return undefined;
    const { version, comesUp } = bench.made(beginning.image.digest);
    return startDeviceInProcess({
      declaration: { ...declaration, product: { ...declaration.product, softwareVersion: version } },
      product: comesUp ? given.product : (made) => ({ ...given.product(made), healthy: () => false }),
      dataDir,
      listen: { [panel]: place },
      slot: {
        slotBytes: SLOT_BYTES,
        trialMillis: TRIAL_MILLIS,
        running: beginning.slot,
        restart: () => void (restarting = restarting.then(() => again())),
        repository: async (path, headers) => {
          // each check asks for this once; services give one source only so many handshakes
          if (path.endsWith('/timestamp.json')) await given.dialSite();
          return bench.get(path, headers);
        },
      },
      ...(parts ? { parts } : {}),
      ...(board ? { board: board() } : {}),
      ...(clock ? { clock } : {}),
    });
  };
  const again = async (meanwhile?: () => void): Promise<void> => {
    // whoever asked for it has to come to an end first
    await new Promise((resolve) => setImmediate(resolve));
    if (over) return;
    await device?.stop();
    device = undefined;
    meanwhile?.();
    device = await begin(place);
  };

  device = await begin(given.place);
  if (!device) throw new Error('no slot of the unit can be started');
  const { listen } = device;
  const place = listen[panel] ?? given.place;
  return {
    listen,
    press: (press) => device?.press(press),
    connected: async () => {
      const until = performance.now() + CONNECTED_WITHIN_MILLIS;
      while (device?.isConnected() === false && performance.now() < until) await pause(100);
    },
    powerCycle: (meanwhile) => (restarting = restarting.then(() => again(meanwhile))),
    stop: async () => {
      over = true;
      await restarting;
      await device?.stop();
    },
  };
};
