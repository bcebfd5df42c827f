import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of `/proc`, `/sys` and `/etc` below any root; what is not there is not switched on, what may not be read is noted. */
export interface SystemFiles {
  /** without the line's end; undefined where it is not there or cannot be read */
  readonly text: (path: string) => string | undefined;
  readonly names: (folder: string) => readonly string[];
  /** whether it was written: what the system takes for itself may still be another value */
  readonly write: (path: string, text: string) => boolean;
  /** what could not be read so far */
  readonly unseen: () => readonly string[];
}

export const systemFiles = (root: string): SystemFiles => {
  const unseen = new Set<string>();
  const reading = <T>(path: string, read: (file: string) => T): T | undefined => {
    try {
      return read(join(root, path));
    } catch (thrown) {
      if (!isAbsent(thrown)) unseen.add(path);
      return undefined;
    }
  };
  return {
    text: (path) => reading(path, (file) => readFileSync(file, 'utf8').replace(/[\n\0]+$/, '')),
    names: (folder) => reading(folder, (path) => readdirSync(path)) ?? [],
    write: (path, text) => {
      try {
        writeFileSync(join(root, path), text);
        return true;
      } catch {
        // Whoever runs the device may not: then somebody else has to, and hears of it.
        return false;
      }
    },
    unseen: () => [...unseen],
  };
};

/** ENODEV and ENXIO: the driver of that file has nothing behind it. */
const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO']);
const isAbsent = (thrown: unknown): boolean =>
  thrown instanceof Error && ABSENT.has((thrown as NodeJS.ErrnoException).code);
