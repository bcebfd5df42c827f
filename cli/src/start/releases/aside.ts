import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Kept } from '../data-folder.ts';

/**
 * A file of the published repository that is replaced for a while, as whoever stands between it and a device would. What was
 * there lies aside until it is put back, so that an interruption leaves nothing spoiled for good.
 */
const asideOf = ({ releases }: Kept): string => join(releases, 'aside');

export const replace = (kept: Kept, repository: string, path: string, bytes: Uint8Array): void => {
  copy(join(repository, path), join(asideOf(kept), path));
  writeFileSync(join(repository, path), bytes);
};

/** Everything as it was; nothing where nothing was replaced. */
export const putBack = (kept: Kept, repository: string): void => {
  const aside = asideOf(kept);
  if (!existsSync(aside)) return;
  for (const entry of readdirSync(aside, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !file.endsWith('.new')) copy(file, join(repository, relative(aside, file)));
  }
  rmSync(aside, { recursive: true });
};

/** Whole or not at all: a copy that was cut off is taken for none. */
const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
};
