import { dirname, join } from 'node:path';
import type { ImageManifest } from '@hearthward/protocol';
import { systemDisk, type Disk } from '../slots/disk.ts';
import { digestOf } from '../slots/verify.ts';

/**
 * File contents by their digest: those of the running image, and those that a download has brought so far, so that
 * nothing is fetched twice, whatever interrupts it. What is here is looked at again when it is copied into a slot; until
 * then a file that a power cut tore is only a file that has to be fetched again.
 */
export interface Contents {
  readonly has: (sha256: string, length: number) => boolean;
  /** undefined where it is absent, or no longer what it was */
  readonly read: (sha256: string) => Buffer | undefined;
  /** as they lie there, looked at by nobody, each piece valid until the next is taken; undefined where they are absent */
  readonly open: (sha256: string) => Iterable<Uint8Array> | undefined;
  readonly put: (sha256: string, bytes: Uint8Array) => void;
  /** for what is too large to hold: `keep` gives it its name, `drop` removes it */
  readonly writer: (sha256: string) => ContentWriter;
  /** what was found damaged is absent from then on */
  readonly distrust: (sha256: string) => void;
  /** removes everything that was fetched and is neither of this image nor named; all where none is given */
  readonly keepOnly: (image?: ImageManifest, named?: readonly string[]) => void;
}
export interface ContentWriter {
  readonly write: (bytes: Uint8Array) => void;
  readonly keep: () => void;
  /** removes what was written, unless it was kept */
  readonly drop: () => void;
}

export const openContents = (
  folder: string,
  running?: { readonly image: ImageManifest; readonly slot: string },
  disk: Disk = systemDisk,
): Contents => {
  makeFolders(disk, folder);
  const inSlot = new Map(running?.image.files.map(({ sha256, path }) => [sha256, join(running.slot, path)]));
  const fetched = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  const lengthOf = (path: string): number | undefined => {
    const found = disk.look(path);
    return found?.kind === 'file' ? found.bytes : undefined;
  };
  const pathOf = (sha256: string): string | undefined =>
    [inSlot.get(sha256), fetched(sha256)].find((path) => path !== undefined && lengthOf(path) !== undefined);
  const open: Contents['open'] = (sha256) => {
    const path = pathOf(sha256);
    return path === undefined ? undefined : disk.read(path);
  };
  const distrust = (sha256: string): void => {
    inSlot.delete(sha256);
    disk.remove(fetched(sha256));
  };
  const writer = (sha256: string): ContentWriter => {
    // beside its place, as a rename has to be
    const temporary = `${fetched(sha256)}.new`;
    makeFolders(disk, dirname(temporary));
    disk.remove(temporary);
    const writing = disk.create(temporary, { executable: false });
    return {
      write: writing.append,
      keep: () => {
        writing.close();
        disk.rename(temporary, fetched(sha256));
      },
      drop: () => {
        writing.close();
        disk.remove(temporary);
      },
    };
  };
  return {
    has: (sha256, length) => {
      const path = pathOf(sha256);
      return path !== undefined && lengthOf(path) === length;
    },
    read: (sha256) => {
      const pieces = open(sha256);
      if (!pieces) return undefined;
      // copied one by one: a piece is valid until the next is taken
      const bytes = Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece)));
      if (digestOf([bytes]).digest === sha256) return bytes;
      distrust(sha256);
      return undefined;
    },
    open,
    put: (sha256, bytes) => {
      const each = writer(sha256);
      try {
        each.write(bytes);
        each.keep();
      } catch (thrown) {
        each.drop();
        throw thrown;
      }
    },
    writer,
    distrust,
    keepOnly: (image, named = []) => {
      const kept = new Set([...named, ...(image?.files.map(({ sha256 }) => sha256) ?? [])]);
      for (const part of disk.list(folder)) {
        for (const name of disk.list(join(folder, part))) {
          if (!kept.has(name)) disk.remove(join(folder, part, name));
        }
      }
    },
  };
};

const makeFolders = (disk: Disk, path: string): void => {
  if (disk.look(path)) return;
  makeFolders(disk, dirname(path));
  disk.makeFolder(path);
};
