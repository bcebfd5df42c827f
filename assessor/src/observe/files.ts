import { opendir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FileProbe } from '../model.ts';
import type { Target } from '../target.ts';

/** Folders that the assessor was given: the software as shipped, storage as read out. Links are not followed. */
const MOST_BYTES = 512 * 1024 * 1024;
const LARGEST_FILE = 64 * 1024 * 1024;

/** `resolve` turns a path of the target file into one of this machine. */
export function createFiles(target: Target, resolve: (path: string) => string): FileProbe {
  return {
    read: (which) => readAll((target.artefacts?.[which] ?? []).map(resolve)),
    text: async (which) => {
      const path = target.artefacts?.[which];
      return path === undefined ? undefined : readFile(resolve(path), 'utf8');
    },
    packetFilter: async (state) => {
      const path = target.artefacts?.packetFilter?.[state];
      return path === undefined ? undefined : readFile(resolve(path), 'utf8');
    },
  };
}

async function* readAll(
  folders: readonly string[],
): AsyncGenerator<{ readonly path: string; readonly bytes: Uint8Array }> {
  let left = MOST_BYTES;
  for (const folder of folders) {
    for await (const path of filesBelow(folder)) {
      const size = (await unlessGone(stat(path)))?.size ?? 0;
      if (size > LARGEST_FILE || size > left) throw new FilesTooLarge(path);
      left -= size;
      const bytes = await unlessGone(readFile(path));
      if (bytes !== undefined) yield { path: relative(folder, path).split(sep).join('/'), bytes };
    }
  }
}

/** A product that runs removes files of its own while they are read. */
const unlessGone = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** A case that cannot read everything must not say that it has: the exception makes its finding ERROR. */
class FilesTooLarge extends Error {
  readonly code = 'files-too-large';
  constructor(path: string) {
    super(`the files given are more than can be read (at ${path}); give fewer or smaller files`);
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
