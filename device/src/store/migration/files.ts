import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Disk } from '../../updates/slots/disk.ts';

/** Files of state by their format, in one folder; each effect is durable when it returns. */
export interface StateFiles {
  /** formats that have a whole file */
  readonly formats: () => readonly number[];
  /** `change` works on a copy of `from`, closed when it returns; the copy is named only then */
  readonly migrate: (from: number, to: number, change: (path: string) => void) => void;
  readonly remove: (format: number) => void;
  readonly pathOf: (format: number) => string;
}

/** SQLite keeps its log beside the file; one without its file must not be found by a later file of that name. */
const BESIDE = ['-wal', '-shm', '-journal'] as const;

export const stateFiles = (disk: Disk, folder: string, copy: typeof copyDatabase = copyDatabase): StateFiles => {
  const pathOf = (format: number): string => join(folder, nameOf(format));
  const away = (path: string): void => {
    disk.remove(path);
    for (const each of BESIDE) disk.remove(`${path}${each}`);
  };
  return {
    pathOf,
    formats: () => (disk.look(folder) ? disk.list(folder) : []).flatMap((name) => formatIn(name) ?? []),
    migrate: (from, to, change) => {
      const made = `${pathOf(to)}.new`;
      away(made);
      for (const each of BESIDE) disk.remove(`${pathOf(to)}${each}`);
      disk.syncFolder(folder);
      copy(pathOf(from), made);
      change(made);
      disk.syncFile(made);
      // its name first: what is renamed then is this file on every file system
      disk.syncFolder(folder);
      disk.rename(made, pathOf(to));
      disk.syncFolder(folder);
    },
    remove: (format) => {
      // one name decides whether it is there; what is left of it after a power cut is never opened
      const gone = `${pathOf(format)}.gone`;
      disk.remove(gone);
      disk.rename(pathOf(format), gone);
      disk.syncFolder(folder);
      away(pathOf(format));
      disk.remove(gone);
      disk.syncFolder(folder);
    },
  };
};

const nameOf = (format: number): string => (format === 1 ? 'state.sqlite' : `state.${format}.sqlite`);
const formatIn = (name: string): number | undefined => {
  const [, digits] = /^state(?:\.([2-9]|[1-9]\d{1,5}))?\.sqlite$/.exec(name) ?? [];
  if (digits !== undefined) return Number(digits);
  return name === nameOf(1) ? 1 : undefined;
};

/** Everything that was committed, the log of the source included. */
export const copyDatabase = (from: string, to: string): void => {
  const source = new DatabaseSync(from, { timeout: 0 });
  try {
    source.prepare('VACUUM INTO ?').run(to);
  } finally {
    source.close();
  }
};
