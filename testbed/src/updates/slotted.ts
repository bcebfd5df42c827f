import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDeviceInProcess, type Clock, type DeviceParts, type ProductFactory } from '@hearthward/device';
import { beginStart, installFirstImage, systemDisk } from '@hearthward/device/updates';
import type { Declaration } from '@hearthward/product';
import type { Bench } from './bench.ts';

/** A unit in this process whose software lies in slots: a restart starts the device that the slot holds, under the same address. */
type Place = { readonly address: string; readonly port: number };
type Device = Awaited<ReturnType<typeof startDeviceInProcess>>;
export interface SlottedUnit {
  readonly listen: Device['listen'];
  readonly press: Device['press'];
  /** resolves when it is up again */
  readonly powerCycle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
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
  readonly panel: string;
  readonly place: Place;
  readonly parts?: Partial<DeviceParts>;
  readonly clock?: Clock;
}): Promise<SlottedUnit> => {
  const { declaration, dataDir, bench, panel, parts, clock } = given;
  let device: Device;
  let restarting = Promise.resolve();
  let over = false;

  const begin = async (place: Place): Promise<Device> => {
    const slots = join(dataDir, 'slots');
    const beginning = beginStart(systemDisk, slots);
    if (!beginning.ok) throw new Error('no slot of the unit can be started');
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
        restart: () => void (restarting = restarting.then(again)),
        repository: bench.get,
      },
      ...(parts ? { parts } : {}),
      ...(clock ? { clock } : {}),
    });
  };
  const again = async (): Promise<void> => {
    // whoever asked for it has to come to an end first
    await new Promise((resolve) => setImmediate(resolve));
    if (over) return;
    const { address, port } = device.listen[panel] ?? given.place;
    await device.stop();
    device = await begin({ address, port });
  };

  device = await begin(given.place);
  return {
    listen: device.listen,
    press: (press) => device.press(press),
    powerCycle: () => (restarting = restarting.then(again)),
    stop: async () => {
      over = true;
      await restarting;
      await device.stop();
    },
  };
};
