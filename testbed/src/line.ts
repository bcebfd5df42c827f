import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import {
  installFactoryBundle,
  prepareDevice,
  startDeviceInProcess,
  type DeviceParts,
  type ProductFactory,
} from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import type { Label } from '@hearthward/protocol';
import { startServices, type Services } from '@hearthward/services';
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
  /** a device that starts from the kept state; `parts` replaces parts of the good one */
  readonly startUnit: (
    name: string,
    given?: { readonly parts?: Partial<DeviceParts>; readonly declaration?: Declaration },
  ) => Promise<Unit>;
  readonly stop: () => Promise<void>;
}
export interface Unit {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly stop: () => Promise<void>;
}
export interface LineOptions {
  readonly dir: string;
  readonly declaration: Declaration;
  readonly product: ProductFactory;
}

/** On Linux all of 127/8 answers: units get an address of their own, and a scan of it sees nothing of the machine. */
export const UNIT_ADDRESS = process.platform === 'linux' ? '127.0.0.4' : '127.0.0.1';
export const CONTROL_ADDRESS = process.platform === 'linux' ? '127.0.0.5' : undefined;
const ANY_PORT = { address: UNIT_ADDRESS, port: 0 };

export const startLine = async ({ dir, declaration, product }: LineOptions): Promise<Line> => {
  mkdirSync(dir, { recursive: true });
  const loopback = { address: '127.0.0.1', port: 0 };
  const services = await startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: loopback, mqtts: loopback },
  });
  try {
    return await lineOn(services, { dir, declaration, product });
  } catch (error) {
    await services.stop();
    throw error;
  }
};

const lineOn = async (services: Services, { dir, declaration, product }: LineOptions): Promise<Line> => {
  const kept = join(dir, 'kept');
  const panel = declaration.userInterfaces.find((one) => one.service !== undefined)?.service ?? 'panel';

  const startUnit: Line['startUnit'] = async (name, given = {}) => {
    const dataDir = join(dir, `unit-${name}`);
    rmSync(dataDir, { recursive: true, force: true });
    cpSync(kept, dataDir, { recursive: true });
    const device = await startDeviceInProcess({
      declaration: given.declaration ?? declaration,
      product,
      dataDir,
      listen: { [panel]: ANY_PORT },
      ...(given.parts ? { parts: given.parts } : {}),
    });
    const { port } = device.listen[panel] ?? ANY_PORT;
    return { url: `https://${UNIT_ADDRESS}:${port}`, port, dataDir, stop: device.stop };
  };

  const request = await prepareDevice({ dataDir: kept, declaration, serial: 'TB0000000001', mac: '02:00:00:00:00:01' });
  const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
  if (!made.ok) throw new Error(`the factory refused: ${made.because}`);
  await installFactoryBundle({ dataDir: kept, bundle: made.bundle, listen: { [panel]: ANY_PORT } });
  const ownerPassword = inventPassword();
  const first = await startUnit('set-up');
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
  writeFileSync(join(dir, 'roots.pem'), services.anchorsPem);
  return { declaration, services, label: made.label, ownerPassword, dir, startUnit, stop: services.stop };
};

/** What a target file says of a unit of this line. */
export const targetOf = async (line: Line, unit: Unit, name: string): Promise<Target> => {
  const batch = join(line.dir, `batch-${name}.csv`);
  writeFileSync(batch, await line.services.factory.samplePasswords(BATCH));
  const trust = join(line.dir, 'roots.pem');
  const mechanism = line.declaration.authenticationMechanisms.find((one) => one.login)?.id ?? 'panel-password';
  const panel = line.declaration.userInterfaces.find((one) => one.service !== undefined)?.service ?? 'panel';
  return {
    schema: 'hearthward/target/1',
    declaration: '',
    authorisation: {
      by: 'the test bed that made it',
      statement: 'Made to be assessed.',
      until: '2999-12-31',
      changes: true,
      destructive: false,
    },
    services: { [panel]: { url: unit.url, fingerprint: line.label.fingerprint } },
    associatedServices: {
      enrolment: { url: line.services.enrolment, trust },
      messages: { url: line.services.messages, trust },
    },
    site: { url: line.services.site, trust },
    accounts: { [mechanism]: { user: 'owner', password: line.ownerPassword, initialPassword: line.label.password } },
    host: { address: UNIT_ADDRESS, ...(CONTROL_ADDRESS ? { control: CONTROL_ADDRESS } : {}) },
    artefacts: { storage: [unit.dataDir], initialPasswords: batch },
    limits: { patienceSeconds: 12 },
  };
};

const BATCH = 600;
