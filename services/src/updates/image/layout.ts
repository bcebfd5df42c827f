import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asFault, ServicesFault } from '../../faults.ts';

/** Folders and files of an image on the disk: the same modes whoever builds it, whole or absent. */
export const newFolder = (beside: string): string => {
  try {
    mkdirSync(beside, { recursive: true });
    return mkdtempSync(join(beside, '.image-'));
  } catch (error) {
    throw asFault(error, beside);
  }
};

export function write(image: string, path: string, bytes: Buffer): void {
  const file = join(image, path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes, { flag: 'wx' });
    chmodSync(file, 0o644);
  } catch (error) {
    throw asFault(error, file);
  }
}

export function move(from: string, to: string): void {
  try {
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  } catch (error) {
    throw asFault(error, to);
  }
}

/** Whatever the mask of the person who builds. */
export function openFolders(image: string): void {
  const below = readdirSync(image, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const folder of [image, ...below.map((entry) => join(entry.parentPath, entry.name))]) chmodSync(folder, 0o755);
}

export function moveTo(image: string, out: string): void {
  try {
    renameSync(image, out);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as { code?: string }).code ?? ''))
      throw new ServicesFault('already-there', `${out} is there already`, error);
    throw asFault(error, out);
  }
}
