import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
 * A hub that an interruption left half made is scrapped; the next one is another, with a serial of its own.
 */
export const makeHub = async (
  services: Part,
  data: DataFolder,
  panel: { readonly address: string; readonly port: number },
): Promise<void> => {
  const declaration = await loadDeclaration(fileURLToPath(import.meta.resolve('@hearthward/example-hub')));
  if (!declaration.ok)
    throw badInput(
      'the hub’s declaration cannot be read: `hearthward product check examples/hub/declaration.ts` says why',
    );
  rmSync(data.hub, { recursive: true, force: true });
  mkdirSync(data.hub, { mode: 0o700 });
  const request = await prepareDevice({
    dataDir: data.hub,
    declaration: declaration.declaration,
    serial: newSerial(),
    mac: newMac(),
  });
  const address = `https://${panel.address}:${panel.port}`;
  const made = (await services.ask({ type: 'make-device', request, address })) as unknown as {
    bundle: FactoryBundle;
    label: Label;
  };
  await installFactoryBundle({ dataDir: data.hub, bundle: made.bundle, listen: { panel } });

  const { password, ...printed } = made.label;
  data.keepSecret('label-password', password);
  writeFileSync(
    join(data.public, 'label.json'),
    `${JSON.stringify({ ...printed, productPage: declaration.declaration.userInformation.support }, null, 2)}\n`,
  );
  writeFileSync(join(data.path, 'secrets', 'label.svg'), labelSvg(made.label), { mode: 0o600 });
};

/** Serial numbers of this factory: two letters for the line, then ten digits. */
const newSerial = (): string => `HH${Array.from({ length: 10 }, () => randomInt(10)).join('')}`;

/** A locally administered unicast address (IEEE 802): the second-lowest bit of the first octet is set. */
const newMac = (): string =>
  ['02', ...Array.from({ length: 5 }, () => randomInt(256).toString(16).padStart(2, '0'))].join(':');
