import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installFactoryBundle, prepareDevice } from '@hearthward/device';
import { loadDeclaration } from '@hearthward/product';
import type { FactoryBundle, Label } from '@hearthward/protocol';
import { labelSvg } from '@hearthward/services';
import { badInput } from '../exit.ts';
import type { DataFolder } from './data-folder.ts';
import type { Part } from './processes.ts';

/**
 * One pass of the production line: the hub makes its keys, the factory signs its identity and prints its label. The
 * label is kept twice: without its password for anyone to read, and the password for the person who plays the owner.
 */
export const makeHub = async (
  services: Part,
  data: DataFolder,
  panel: { readonly address: string; readonly port: number },
): Promise<void> => {
  const declaration = await loadDeclaration(new URL(import.meta.resolve('@hearthward/example-hub')).pathname);
  if (!declaration.ok)
    throw badInput(
      'the hub’s declaration cannot be read: `hearthward product check examples/hub/declaration.ts` says why',
    );
  const request = await prepareDevice({
    dataDir: data.hub,
    declaration: declaration.declaration,
    serial: newSerial(),
    mac: newMac(),
  });
  const made = (await services.ask(
    { type: 'make-device', request, address: `https://${panel.address}:${panel.port}` },
    'device-made',
  )) as unknown as { bundle: FactoryBundle; label: Label };
  await installFactoryBundle({ dataDir: data.hub, bundle: made.bundle, listen: { panel } });

  const { password, ...printed } = made.label;
  data.keepSecret('label-password', password);
  writeFileSync(
    join(data.public, 'label.json'),
    `${JSON.stringify({ ...printed, productPage: declaration.declaration.userInformation.support }, null, 2)}\n`,
  );
  writeFileSync(join(data.path, 'secrets', 'label.svg'), await labelSvg(made.label), { mode: 0o600 });
};

/** Serial numbers of this factory: two letters for the line, then ten digits. */
const newSerial = (): string => `HH${Array.from({ length: 10 }, () => randomInt(10)).join('')}`;

/** A locally administered unicast address (IEEE 802): the second-lowest bit of the first octet is set. */
const newMac = (): string =>
  ['02', ...Array.from({ length: 5 }, () => randomInt(256).toString(16).padStart(2, '0'))].join(':');
