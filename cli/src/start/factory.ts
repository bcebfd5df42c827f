import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFactoryBundle, installFirstRelease, isManufactured, prepareDevice } from '@hearthward/device';
import { loadDeclaration, type Declaration } from '@hearthward/product';
import type { FactoryBundle, Label } from '@hearthward/protocol';
import { labelSvg } from '@hearthward/services';
import { BENCH_BATCH } from '@hearthward/testbed';
import { badInput } from '../exit.ts';
import type { DataFolder } from './data-folder.ts';
import type { Part } from './processes.ts';
import { firstFolder } from './releases/first.ts';

/**
 * One pass of the production line: the hub makes its keys, the factory signs its identity and prints its label. The
 * label is kept twice: without its password for anyone to read, and the password for the person who plays the owner.
 * A hub that an interruption left half made is scrapped; the next one is another, with a serial of its own.
 */
export const makeHub = async (
  services: Part,
  data: DataFolder,
  panel: { readonly address: string; readonly port: number },
  dialled: Pick<FactoryBundle['services'], 'enrolment' | 'messages'>,
): Promise<void> => {
  const address = `https://${panel.address}:${panel.port}`;
  const { declaration, label } = await manufacture(services, data, data.hub, { panel, address, dialled });
  const { password, ...printed } = label;
  data.keepSecret('label-password', password);
  writeFileSync(
    join(data.public, 'label.json'),
    `${JSON.stringify({ ...printed, productPage: declaration.userInformation.support }, null, 2)}\n`,
  );
  writeFileSync(join(data.path, 'secrets', 'label.svg'), labelSvg(label), { mode: 0o600 });
};

/** The data folder of a second unit, which stays in the factory: made once, and again where that was interrupted. */
export const keepSpareUnit = async (services: Part, data: DataFolder): Promise<void> => {
  if (isManufactured(data.spare) && existsSync(join(data.spare, 'slots', 'record-0'))) return;
  await manufacture(services, data, data.spare, { panel: { address: '127.0.0.1', port: 0 }, batch: BENCH_BATCH });
};

const manufacture = async (
  services: Part,
  data: DataFolder,
  dataDir: string,
  made: {
    readonly panel: { readonly address: string; readonly port: number };
    readonly address?: string;
    readonly batch?: string;
    /** the services as this unit reaches them, where not by their own addresses */
    readonly dialled?: Pick<FactoryBundle['services'], 'enrolment' | 'messages'>;
  },
): Promise<{ readonly declaration: Declaration; readonly label: Label }> => {
  const loaded = await loadDeclaration(fileURLToPath(import.meta.resolve('@hearthward/example-hub')));
  if (!loaded.ok)
    throw badInput(
      'the hub’s declaration cannot be read: `hearthward product check examples/hub/declaration.ts` says why',
    );
  const { declaration } = loaded;
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { mode: 0o700 });
  const request = await prepareDevice({ dataDir, declaration, serial: newSerial(), mac: newMac() });
  const { panel, dialled, ...named } = made;
  const { bundle, label } = (await services.ask({ type: 'make-device', request, ...named })) as unknown as {
    bundle: FactoryBundle;
    label: Label;
  };
  const reached = { ...bundle, services: { ...bundle.services, ...dialled } };
  await installFactoryBundle({ dataDir, bundle: reached, listen: { panel } });
  await installFirstRelease({ dataDir, declaration, release: firstFolder(data) });
  return { declaration, label };
};

/** Serial numbers of this factory: two letters for the line, then ten digits. */
const newSerial = (): string => `HH${Array.from({ length: 10 }, () => randomInt(10)).join('')}`;

/** A locally administered unicast address (IEEE 802): the second-lowest bit of the first octet is set. */
const newMac = (): string =>
  ['02', ...Array.from({ length: 5 }, () => randomInt(256).toString(16).padStart(2, '0'))].join(':');
