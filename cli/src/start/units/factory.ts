import { randomInt } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFactoryBundle, installFirstRelease, isManufactured, prepareDevice } from '@hearthward/device';
import { loadDeclaration, type Declaration } from '@hearthward/product';
import type { FactoryBundle, Label } from '@hearthward/protocol';
import { labelSvg } from '@hearthward/services';
import { BENCH_BATCH } from '@hearthward/testbed';
import { badInput } from '../../exit.ts';
import { hasLabel, keepLabel } from './label.ts';
import type { DataFolder } from '../data-folder.ts';
import type { Part } from '../processes.ts';
import { firstFolder } from '../releases/first.ts';

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
  keepLabel(data, 'hub', declaration, label);
  writeFileSync(join(data.path, 'secrets', 'label.svg'), labelSvg(label), { mode: 0o600 });
};

/** A second unit, which is never sold: made once, and again where that was interrupted. It reaches the services by itself. */
export const keepSpareUnit = async (
  services: Part,
  data: DataFolder,
  panel: { readonly address: string; readonly port: number },
): Promise<void> => {
  if (isManufactured(data.spare) && hasLabel(data, 'spare')) return;
  const address = `https://${panel.address}:${panel.port}`;
  const { declaration, label } = await manufacture(services, data, data.spare, { panel, address, batch: BENCH_BATCH });
  // read out before it is switched on for the first time
  rmSync(data.spareStorage, { recursive: true, force: true });
  cpSync(data.spare, data.spareStorage, { recursive: true });
  keepLabel(data, 'spare', declaration, label);
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
