import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asFault } from '../../faults.ts';
import type { Placed } from './closure.ts';

/**
 * What people agreed that a product ships: a file beside its `package.json` (`hearthward.ships`), reviewed like source. A line
 * for each package, of others in its version and with how many files of it. Which files of ours ship, `files` of their
 * manifests lists; each is reviewed where it is written, and those of others are pinned by the lockfile.
 */
export type Shipped = readonly (readonly [path: string, owner: Placed])[];

export function listOf(shipped: Shipped): readonly string[] {
  const files = new Map<Placed, number>();
  for (const [, owner] of shipped) files.set(owner, (files.get(owner) ?? 0) + 1);
  const packages = [...files].map(([{ manifest, own }, count]) =>
    own ? `package ${manifest.name}` : `package ${manifest.name} ${manifest.version}, ${count} files`,
  );
  return packages.sort();
}

/** Lines that are new (`+`) and that are gone (`-`); empty where the image is what was agreed, or nothing was. */
// EN 303 645 5.6-6, G044 6.6.6: nothing comes onto the device that nobody decided on
export function notAsListed({ folder, manifest }: Placed, list: readonly string[]): readonly string[] {
  const { ships } = manifest.hearthward ?? {};
  if (ships === undefined) return [];
  const agreed = readList(join(folder, ships));
  return [
    ...list.filter((line) => !agreed.includes(line)).map((line) => `+ ${line}`),
    ...agreed.filter((line) => !list.includes(line)).map((line) => `- ${line}`),
  ];
}

/** @returns the file; undefined where the product names none */
export function renewList({ folder, manifest }: Placed, list: readonly string[]): string | undefined {
  const { ships } = manifest.hearthward ?? {};
  if (ships === undefined) return undefined;
  const file = join(folder, ships);
  try {
    writeFileSync(file, `${HEAD}${list.join('\n')}\n`);
  } catch (error) {
    throw asFault(error, file);
  }
  return file;
}

/** One that is not there yet agrees to nothing. */
const readList = (file: string): readonly string[] => {
  if (!existsSync(file)) return [];
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw asFault(error, file);
  }
};
const HEAD =
  '# What this product ships. Renewed by `hearthward release image PACKAGE --out FOLDER --renew-list`, and read before it is agreed to.\n';
