import { dirname, join } from 'node:path';
import type { Disk } from '../slots/disk.ts';

/**
 * Where believed metadata outlives a power cut: files in one folder, each whole or as it was before.
 *
 * Guarantees that `write` and `remove` are durable when they return, and that a crash at any moment leaves each file
 * as it was or as it should be, never a part of it. Leaves to the client what it means that one of two files is newer.
 */
export interface MetadataStore {
  /** undefined where there is none, or where it cannot be what was written */
  readonly read: (name: string) => Uint8Array | undefined;
  readonly write: (name: string, bytes: Uint8Array) => void;
  readonly remove: (name: string) => void;
  readonly list: () => readonly string[];
}

/** More than any limit on metadata: a file that long was never written here. */
const MOST_BYTES = 16 * 1024 * 1024;
/** What is being written; it is no name of a role's file, which end with `.json`. */
const UNFINISHED = '.new';

export const folderStore = (disk: Disk, folder: string): MetadataStore => {
  if (!disk.look(folder)) {
    disk.makeFolder(folder);
    disk.syncFolder(dirname(folder));
  }
  const at = (name: string): string => join(folder, name);
  return {
    read: (name) => {
      const entry = disk.look(at(name));
      if (entry?.kind !== 'file' || entry.bytes > MOST_BYTES) return undefined;
      // a piece is valid until the next is taken
      return Buffer.concat([...disk.read(at(name))].map((piece) => Buffer.from(piece)));
    },
    write: (name, bytes) => {
      const unfinished = at(`${name}${UNFINISHED}`);
      disk.remove(unfinished);
      const writing = disk.create(unfinished, { executable: false });
      try {
        writing.append(bytes);
        writing.sync();
      } finally {
        writing.close();
      }
      disk.rename(unfinished, at(name));
      disk.syncFolder(folder);
    },
    remove: (name) => {
      if (!disk.look(at(name))) return;
      disk.remove(at(name));
      disk.syncFolder(folder);
    },
    list: () => disk.list(folder).filter((name) => !name.endsWith(UNFINISHED)),
  };
};
