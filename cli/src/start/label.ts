import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '../exit.ts';
import type { DataFolder } from './data-folder.ts';

/** The hub's label without its password, as the factory left it for anyone to read. */
export interface KeptLabel {
  readonly fingerprint: string;
  readonly serial: string;
  readonly model: string;
  readonly productPage: string;
}
export const labelOf = (data: DataFolder): KeptLabel => {
  const file = join(data.public, 'label.json');
  if (!existsSync(file)) throw badInput(`${file} is missing: the data folder is not whole, name another with --data`);
  // no boundary: written by our own factory into this data folder
  return JSON.parse(readFileSync(file, 'utf8')) as KeptLabel;
};
