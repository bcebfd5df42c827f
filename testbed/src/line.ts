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
import type { Label } from '@hearthward/protocol';
import { startServices, type Services } from '@hearthward/services';
import { BENCH_BATCH, makeBenchIdentity } from './bench-identity.ts';
import { layTable, POWER_CYCLE } from './network/table.ts';
import { openDesk, type Desk } from './network/desk.ts';
import { freePlace, startRedirects, type Redirects } from './network/relay.ts';
import { startRealUnit, type Starting } from './real/unit.ts';
import { stageSoftware, storageAlone } from './shipped.ts';
import { putIntoSlots, startSlottedUnit } from './updates/slotted.ts';
import { openBench, RELEASES_ON_BENCH } from './updates/bench.ts';
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
      readonly state?: Unit['state'] | 'processes';
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
const ANY_PORT = { address: UNIT_ADDRESS, port: 0 };

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
    relays = await startRedirects(services, async () => ({
      dialled: { address: '127.0.0.1', port: 0 },
      here: await freePlace('127.0.0.1'),
    }));
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

  const startUnit: Line['startUnit'] = async (name, given = {}) => {
    const dataDir = join(dir, `unit-${name}`);
    rmSync(dataDir, { recursive: true, force: true });
    const { state = 'initialised' } = given;
    if (state === 'processes') {
      const real = await startRealUnit(kept, given.declaration ?? declaration, panel, bench, given.starting);
      const url = `https://${UNIT_ADDRESS}:${real.port}`;
      return { ...real, url, state: 'initialised', press: () => undefined };
    }
    cpSync(state === 'initialised' ? kept : pristine, dataDir, { recursive: true });
    bench.clear();
    const device = await startSlottedUnit({
      declaration: given.declaration ?? declaration,
      product,
      dataDir,
      bench,
      panel,
      place: ANY_PORT,
      parts: { hardware: table.breaking, ...given.parts },
      ...(clock ? { clock } : {}),
    });
    table.put(device);
    const { port } = device.listen[panel] ?? ANY_PORT;
    return { url: `https://${UNIT_ADDRESS}:${port}`, port, dataDir, state, press: device.press, stop: device.stop };
  };

  const request = await prepareDevice({ dataDir: kept, declaration, serial: 'TB0000000001', mac: '02:00:00:00:00:01' });
  const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
  if (!made.ok) throw new Error(`the factory refused: ${made.because}`);
  const bundle = {
    ...made.bundle,
    services: { ...made.bundle.services, ...relays.dialled },
    updates: { root: bench.root },
  };
  await installFactoryBundle({ dataDir: kept, bundle, listen: { [panel]: ANY_PORT } });
  await putIntoSlots(kept, bench);
  bench.publishTo(site);
  cpSync(kept, pristine, { recursive: true });
  const ownerPassword = inventPassword();
  const first = await startUnit('set-up', { state: 'factory-default' });
  try {
    await setUpAsAPerson({
      url: first.url,
      fingerprint: made.label.fingerprint,
      labelPassword: made.label.password,
      newPassword: ownerPassword,
      deviceName: 'Living room',
    });
  } finally {
    await first.stop();
  }
  rmSync(kept, { recursive: true });
  cpSync(first.dataDir, kept, { recursive: true });
  const another = await prepareDevice({
    dataDir: spare,
    declaration,
    serial: 'TB0000000002',
    mac: '02:00:00:00:00:02',
  });
  const unsold = await services.factory.makeDevice(another, { operator: 'testbed', batch: BENCH_BATCH });
  if (!unsold.ok) throw new Error(`the factory refused the second unit: ${unsold.because}`);
  await installFactoryBundle({ dataDir: spare, bundle: unsold.bundle, listen: { [panel]: ANY_PORT } });
  writeFileSync(join(dir, 'roots.pem'), services.anchorsPem);
  const desk = await openDesk(async (wish) => {
    if ('handling' in wish) return table.handle(wish.handling);
    if (!('release' in wish))
      return 'algorithm' in wish
        ? (await services.algorithms.prefer(wish.algorithm, 'assessor')).ok
        : (await services.lasting.choose(wish.lasting, 'assessor')).ok;
    const arranged = bench.arrange(wish.release);
    bench.publishTo(site);
    return arranged;
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

/** What a target file says of a unit of this line. */
export const targetOf = async (line: Line, unit: Unit, name: string): Promise<Target> => {
  const batch = join(line.dir, `batch-${name}.csv`);
  writeFileSync(batch, await line.services.factory.samplePasswords(BATCH));
  const trust = join(line.dir, 'roots.pem');
  const mechanism = line.declaration.authenticationMechanisms.find((one) => one.login)?.id ?? 'panel-password';
  const panel = line.declaration.userInterfaces.find((one) => one.service !== undefined)?.service ?? 'panel';
  const delivered = unit.state === 'factory-default';
  return {
    schema: 'hearthward/target/1',
    declaration: '',
    authorisation: {
      by: 'the test bed that made it',
      statement: 'Made to be assessed.',
      until: '2999-12-31',
      changes: true,
      // every unit is a copy that is thrown away
      destructive: true,
    },
    services: { [panel]: { url: unit.url, fingerprint: line.label.fingerprint } },
    associatedServices: {
      enrolment: { url: line.services.enrolment, trust },
      messages: { url: line.services.messages, trust },
    },
    redirects: line.redirects,
    otherAlgorithms: {
      'local-identity': {
        ask: line.desk.command({ algorithm: 'ecdsa-p384-sha384' }),
        takeBack: line.desk.command({ algorithm: 'ecdsa-p256-sha256' }),
      },
    },
    shortLives: {
      'local-identity': {
        seconds: SHORT_LIFE,
        ask: line.desk.command({ lasting: SHORT_LIFE }),
        takeBack: line.desk.command({ lasting: 'usual' }),
      },
    },
    releases: Object.fromEntries(
      RELEASES_ON_BENCH.map((release) => [
        release,
        {
          ask: line.desk.command({ release: `${release}-ask` }),
          takeBack: line.desk.command({ release: `${release}-takeBack` }),
        },
      ]),
    ),
    handling: {
      powerCycle: line.desk.command({ handling: POWER_CYCLE }),
      failPart: Object.fromEntries(
        (line.declaration.selfTests ?? []).map(({ id }) => [
          id,
          {
            ask: line.desk.command({ handling: `${id}-ask` }),
            takeBack: line.desk.command({ handling: `${id}-takeBack` }),
          },
        ]),
      ),
    },
    site: { url: line.services.site, trust },
    accounts: {
      [mechanism]: {
        user: 'owner',
        ...(delivered ? {} : { password: line.ownerPassword }),
        initialPassword: line.label.password,
      },
    },
    clientIdentity: {
      certificate: join(line.dir, 'bench.crt'),
      key: join(line.dir, 'bench.key'),
      forRenewal: { certificate: join(line.dir, 'renewal.crt'), key: join(line.dir, 'renewal.key') },
    },
    host: {
      address: UNIT_ADDRESS,
      ...(CONTROL_ADDRESS ? { control: CONTROL_ADDRESS } : {}),
      before: [...line.taken],
    },
    artefacts: {
      software: [line.software],
      storage: [storageAlone(unit.dataDir, join(line.dir, `storage-${name}`))],
      runningStorage: [unit.dataDir],
      ...(unit.first === undefined ? {} : { runningSystem: ['/'], processes: [unit.first] }),
      otherStorage: [storageAlone(join(line.dir, 'spare'), join(line.dir, 'storage-spare'))],
      initialPasswords: batch,
    },
    limits: { patienceSeconds: 12 },
  };
};

const BATCH = 600;
/** Seconds: a device of ours comes for the next certificate after a third of them, and has the rest to get it. */
const SHORT_LIFE = 15;

/** The runtime and what it stands on; the product itself is a declaration and a few functions. */
const deviceFolder = (): string => join(fileURLToPath(import.meta.resolve('@hearthward/device')), '..', '..');
