import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '@hearthward/assessor';
import {
  installFactoryBundle,
  prepareDevice,
  type Clock,
  type DeviceParts,
  type ProductFactory,
} from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import { PASSWORD_HASHING, type Label } from '@hearthward/protocol';
import { startServices, type Services } from '@hearthward/services';
import { BENCH_BATCH, makeBenchIdentity } from './bench-identity.ts';
import { accountOf, confirmationOf } from './network/account.ts';
import { BACKUP, restoringOf } from './network/restoring.ts';
import { layTable } from './network/table.ts';
import { openDesk, type Desk } from './network/desk.ts';
import { freePlace, knock, startRedirects, type Redirects } from './network/relay.ts';
import { startRealUnit, type Starting } from './real/unit.ts';
import { stageSoftware } from './shipped.ts';
import { putIntoSlots, startSlottedUnit } from './updates/slotted.ts';
import { openBench } from './updates/bench.ts';
import { takenPorts } from './network/taken-ports.ts';
import { inventPassword, setUpAsAPerson } from './person.ts';

/**
 * The whole line in one process: services, a factory, and one unit that a person has set up. Its data folder is kept
 * as it was after the set-up, so that any number of devices (good ones and faulty twins) start from the same state.
 */
export interface Line {
  readonly declaration: Declaration;
  readonly services: Services;
  readonly label: Label;
  readonly ownerPassword: string;
  readonly dir: string;
  /** folder of the software that runs on the device */
  readonly software: string;
  /** TCP ports of the machine that were taken before */
  readonly taken: readonly number[];
  /** on the way of the units to the services: what they dial, and where an assessor may stand in */
  readonly redirects: NonNullable<Target['redirects']>;
  /** where the manufacturer is asked for another algorithm, or for a release */
  readonly desk: Desk;
  /** a device that starts from the kept state, or as it was delivered; `parts` replaces parts of the good one */
  readonly startUnit: (
    name: string,
    given?: {
      readonly parts?: Partial<DeviceParts>;
      readonly declaration?: Declaration;
      readonly state?: Unit['state'] | 'processes' | 'new-home';
      /** of one that is run as real processes */
      readonly starting?: Starting;
    },
  ) => Promise<Unit>;
  readonly stop: () => Promise<void>;
}
export interface Unit {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** what it was when it started */
  readonly state: 'initialised' | 'factory-default';
  /** number of the first of its processes, where it is not this one */
  readonly first?: number;
  /** as the button of the device does it */
  readonly press: (press: 'short' | 'long') => void;
  /** resolves when its channel to the manufacturer is up, or does not come up; at once for one of processes */
  readonly connected: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
export interface LineOptions {
  readonly dir: string;
  readonly declaration: Declaration;
  readonly product: ProductFactory;
  /** of services and units alike; real time where absent */
  readonly clock?: Clock;
}

/**
 * On Linux all of 127/8 answers: the units of each process get an address of their own, so that a scan sees nothing of
 * the machine and nothing of another test bed that runs beside.
 */
const ownAddress = (network: number): string => `127.${network}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
export const UNIT_ADDRESS = process.platform === 'linux' ? ownAddress(3) : '127.0.0.1';
export const CONTROL_ADDRESS = process.platform === 'linux' ? ownAddress(4) : undefined;
/** What the desk calls the question whether the manufacturer has heard of a change. */
export const ALERTED = 'alerted';
const ANY_PORT = { address: UNIT_ADDRESS, port: 0 };
/** The cheapest login that a device may have: what holds for it against guesses holds for a dearer one. */
export const HASHING = PASSWORD_HASHING.argon2id.device;

export const startLine = async ({ dir, declaration, product, clock }: LineOptions): Promise<Line> => {
  mkdirSync(dir, { recursive: true });
  const loopback = { address: '127.0.0.1', port: 0 };
  const services = await startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: loopback, enrolment: loopback, mqtts: loopback },
    ...(clock ? { clock } : {}),
  });
  let relays: Redirects | undefined;
  try {
    const anywhere = async () => ({
      dialled: { address: '127.0.0.1', port: 0 },
      here: await freePlace('127.0.0.1'),
    });
    relays = await startRedirects(services, anywhere, ['enrolment', 'messages', 'site']);
    return await lineOn(services, relays, { dir, declaration, product, ...(clock ? { clock } : {}) });
  } catch (error) {
    await relays?.stop();
    await services.stop();
    throw error;
  }
};

const lineOn = async (
  services: Services,
  relays: Redirects,
  { dir, declaration, product, clock }: LineOptions,
): Promise<Line> => {
  const kept = join(dir, 'kept');
  const pristine = join(dir, 'pristine');
  const spare = join(dir, 'spare');
  const panel = declaration.userInterfaces.find((one) => one.service !== undefined)?.service ?? 'panel';

  const table = layTable(declaration);
  const bench = openBench(declaration, clock?.now() ?? Date.now());
  const site = join(dir, 'services', 'updates', 'repository');

  /** of the manufacturer, as they are when a unit in this state begins */
  const accounts: { initialised?: () => Promise<void>; 'factory-default'?: () => Promise<void> } = {};
  /** the newest alert of the unit that was told of */
  let told = 0;
  const startUnit: Line['startUnit'] = async (name, given = {}) => {
    const dataDir = join(dir, `unit-${name}`);
    rmSync(dataDir, { recursive: true, force: true });
    const { state = 'initialised' } = given;
    if (state === 'processes') {
      const real = await startRealUnit(kept, given.declaration ?? declaration, panel, bench, given.starting);
      const url = `https://${UNIT_ADDRESS}:${real.port}`;
      return { ...real, url, state: 'initialised', press: () => undefined, connected: async () => undefined };
    }
    cpSync(state === 'initialised' ? kept : pristine, dataDir, { recursive: true });
    await accounts[state === 'initialised' ? state : 'factory-default']?.();
    told = 0;
    bench.clear();
    table.clear();
    const device = await startSlottedUnit({
      declaration: given.declaration ?? declaration,
      product,
      dataDir,
      bench,
      dialSite: () => knock(relays.redirects['site']?.dialled),
      panel,
      place: ANY_PORT,
      parts: { hardware: table.breaking, ...given.parts },
      board: () => table.enclosure.around(product.board?.()),
      ...(clock ? { clock } : {}),
    });
    table.put({ dataDir, powerCycle: device.powerCycle });
    const { port } = device.listen[panel] ?? ANY_PORT;
    const { press, connected, stop } = device;
    const unit = { url: `https://${UNIT_ADDRESS}:${port}`, port, dataDir, press, connected, stop };
    if (state !== 'new-home') return { ...unit, state };
    // somebody whom the services do not know yet: who was erased once stays erased
    try {
      await moveIn(unit.url);
    } catch (error) {
      await stop();
      throw error;
    }
    return { ...unit, state: 'initialised' };
  };

  const request = await prepareDevice({ dataDir: kept, declaration, serial: 'TB0000000001', mac: '02:00:00:00:00:01' });
  const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
  if (!made.ok) throw new Error(`the factory refused: ${made.because}`);
  accounts['factory-default'] = await accountOf(services, made.bundle.deviceId);
  const bundle = {
    ...made.bundle,
    services: { ...made.bundle.services, ...relays.dialled },
    updates: { root: bench.root },
  };
  await installFactoryBundle({ dataDir: kept, bundle, listen: { [panel]: ANY_PORT }, hashing: HASHING });
  await putIntoSlots(kept, bench);
  bench.publishTo(site);
  cpSync(kept, pristine, { recursive: true });
  const ownerPassword = inventPassword();
  const moveIn = (url: string): Promise<unknown> =>
    setUpAsAPerson({
      url,
      fingerprint: made.label.fingerprint,
      labelPassword: made.label.password,
      newPassword: ownerPassword,
      deviceName: 'Living room',
    });
  const first = await startUnit('set-up', { state: 'factory-default' });
  try {
    await moveIn(first.url);
  } finally {
    await first.stop();
  }
  rmSync(kept, { recursive: true });
  cpSync(first.dataDir, kept, { recursive: true });
  accounts.initialised = await accountOf(services, made.bundle.deviceId);
  const another = await prepareDevice({
    dataDir: spare,
    declaration,
    serial: 'TB0000000002',
    mac: '02:00:00:00:00:02',
  });
  const unsold = await services.factory.makeDevice(another, { operator: 'testbed', batch: BENCH_BATCH });
  if (!unsold.ok) throw new Error(`the factory refused the second unit: ${unsold.because}`);
  await installFactoryBundle({
    dataDir: spare,
    bundle: unsold.bundle,
    listen: { [panel]: ANY_PORT },
    hashing: HASHING,
  });
  writeFileSync(join(dir, 'roots.pem'), services.anchorsPem);
  // what a unit told is told once
  const alerted = async (): Promise<boolean> => {
    const { newest } = await services.store.db
      .selectFrom('events')
      .select(({ fn }) => fn.max('id').as('newest'))
      .where('device_id', '=', made.bundle.deviceId)
      .where('kind', '=', 'quarantine-entered')
      .executeTakeFirstOrThrow();
    const isNew = Number(newest ?? 0) > told;
    told = Number(newest ?? 0);
    return isNew;
  };
  const arrange: Parameters<typeof openDesk>[0] = async (wish) => {
    if ('handling' in wish && wish.handling === BACKUP) return restoring.make();
    if ('handling' in wish) return wish.handling === ALERTED ? alerted() : table.handle(wish.handling);
    if (!('release' in wish))
      return 'algorithm' in wish
        ? (await services.algorithms.prefer(wish.algorithm, 'assessor')).ok
        : (await services.lasting.choose(wish.lasting, 'assessor')).ok;
    const arranged = bench.arrange(wish.release);
    bench.publishTo(site);
    return arranged;
  };
  const restoring = restoringOf(
    services.privacy.command,
    { dataDir: join(dir, 'services'), declarations: [declaration], ...(clock ? { clock } : {}) },
    dir,
  );
  const desk = await openDesk(arrange, {
    held: async () => {
      const answer = await services.held(made.bundle.deviceId, { who: 'assessor', why: 'an assessment of the unit' });
      if (answer.type === 'refused') throw new Error(answer.because);
      return JSON.stringify(answer.values);
    },
    confirmed: () => confirmationOf(services, made.bundle.deviceId),
    copies: restoring.copies,
    restored: () => restoring.restored(made.bundle.deviceId),
  });
  for (const name of ['bench', 'renewal']) {
    const bench = await makeBenchIdentity(declaration.product.id, async (wanted) => {
      const unit = await services.factory.makeDevice(wanted, { operator: 'testbed', batch: BENCH_BATCH });
      if (!unit.ok) throw new Error(`the factory refused the bench unit: ${unit.because}`);
      return unit.bundle;
    });
    writeFileSync(join(dir, `${name}.crt`), bench.certificate);
    writeFileSync(join(dir, `${name}.key`), bench.key, { mode: 0o600 });
  }
  return {
    declaration,
    services,
    label: made.label,
    ownerPassword,
    dir,
    software: stageSoftware(deviceFolder(), join(dir, 'software')),
    taken: takenPorts(),
    redirects: relays.redirects,
    desk,
    startUnit,
    stop: async () => {
      await desk.stop();
      await relays.stop();
      await services.stop();
    },
  };
};

/** The runtime and what it stands on; the product itself is a declaration and a few functions. */
const deviceFolder = (): string => join(fileURLToPath(import.meta.resolve('@hearthward/device')), '..', '..');
