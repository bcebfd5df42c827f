import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import type { Label } from '@hearthward/protocol';
import { badInput } from '../../exit.ts';
import type { DataFolder } from '../data-folder.ts';

/** A unit's label without its password, as the factory left it for anyone to read. */
export interface KeptLabel {
  readonly fingerprint: string;
  readonly serial: string;
  readonly model: string;
  readonly productPage: string;
}
type Labelled = 'hub' | 'spare';
const KEPT = {
  hub: { file: 'label.json', password: 'label-password' },
  spare: { file: 'spare-label.json', password: 'spare-label-password' },
} as const;

/** What anyone may read last: where it is, the unit was made to its end. */
export const keepLabel = (data: DataFolder, of: Labelled, declaration: Declaration, label: Label): void => {
  const { password, ...printed } = label;
  data.keepSecret(KEPT[of].password, password);
  writeFileSync(
    join(data.public, KEPT[of].file),
    `${JSON.stringify({ ...printed, productPage: declaration.userInformation.support }, null, 2)}\n`,
  );
};

export const hasLabel = (data: DataFolder, of: Labelled): boolean => existsSync(join(data.public, KEPT[of].file));

export const labelOf = (data: DataFolder, of: Labelled = 'hub'): KeptLabel => {
  const file = join(data.public, KEPT[of].file);
  if (!existsSync(file)) throw badInput(`${file} is missing: the data folder is not whole, name another with --data`);
  // no boundary: written by our own factory into this data folder
  return JSON.parse(readFileSync(file, 'utf8')) as KeptLabel;
};
