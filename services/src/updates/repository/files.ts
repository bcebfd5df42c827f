import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asFault, ServicesFault } from '../../faults.ts';
import { syncFolder } from '../../sync-folder.ts';

/**
 * The static folder that devices and caches read, and how it changes: all of a publication or nothing. Its files are laid
 * into a folder of their own, which is then renamed: that is the one commit point. From there each file takes its place in
 * order, `timestamp.json` last; a start that finds the renamed folder goes on where a crash left off.
 */
export interface StaticFolder {
  /** what devices read: `metadata/` and `targets/` */
  readonly path: string;
  readonly read: (name: string) => Buffer | undefined;
  /** names in a folder of it, in no order */
  readonly list: (folder: string) => readonly string[];
  /** durable when it returns; a file of the same name is replaced whole */
  readonly publish: (files: readonly Published[]) => void;
  /** a target that nothing signed speaks of yet: whole or absent; `move` takes a file of the same disk out of its place */
  readonly put: (name: string, bytes: Uint8Array) => void;
  readonly folderFor: (name: string) => string;
  /** finishes what a crash interrupted, if anything */
  readonly recover: () => void;
}
export interface Published {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The calls that change the disk, so that a test can let each of them be the last. */
export interface Disk {
  readonly writeSynced: (file: string, bytes: Uint8Array, mode: number) => void;
  readonly rename: (from: string, to: string) => void;
  readonly removeFolder: (folder: string) => void;
}

export const realDisk: Disk = {
  writeSynced(file, bytes, mode) {
    const handle = openSync(file, 'w', mode);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  rename(from, to) {
    renameSync(from, to);
    syncFolder(dirname(to));
  },
  removeFolder: (folder) => rmSync(folder, { recursive: true, force: true }),
};

/** Readable by the program that serves it, which may be another user's. */
const PUBLIC_FILE = 0o644;
const PUBLIC_FOLDER = 0o755;

/** `room` is the folder that `repository/` lies in. */
export function openStatic(room: string, disk: Disk = realDisk): StaticFolder {
  const path = join(room, 'repository');
  const incoming = join(room, 'incoming');
  const committed = join(room, 'committed');
  const at = (name: string): string => {
    if (!NAME.test(name) || name.includes('..'))
      throw new ServicesFault('metadata-refused', `${name} is no file of ours`);
    return join(path, name);
  };

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asFault(error, path);
    }
  };

  const place = (name: string, bytes: Uint8Array): void => {
    const file = at(name);
    mkdirSync(dirname(file), { recursive: true, mode: PUBLIC_FOLDER });
    disk.writeSynced(`${file}.new`, bytes, PUBLIC_FILE);
    disk.rename(`${file}.new`, file);
  };

  const recover = (): void => {
    if (!existsSync(committed)) return;
    // no boundary: written by this folder’s own last commit
    const order = JSON.parse(readFileSync(join(committed, ORDER), 'utf8')) as readonly string[];
    for (const [index, name] of order.entries()) place(name, readFileSync(join(committed, String(index))));
    disk.removeFolder(committed);
  };

  return {
    path,
    read: (name) =>
      guarded(() => {
        const file = at(name);
        return existsSync(file) ? readFileSync(file) : undefined;
      }),
    list: (folder) => guarded(() => (existsSync(join(path, folder)) ? readdirSync(join(path, folder)) : [])),
    publish: (files) =>
      guarded(() => {
        recover();
        disk.removeFolder(incoming);
        mkdirSync(incoming, { recursive: true, mode: 0o700 });
        for (const [index, { bytes }] of files.entries())
          disk.writeSynced(join(incoming, String(index)), bytes, PUBLIC_FILE);
        const order = Buffer.from(JSON.stringify(files.map(({ name }) => name)));
        disk.writeSynced(join(incoming, ORDER), order, PUBLIC_FILE);
        syncFolder(incoming);
        disk.rename(incoming, committed);
        recover();
      }),
    put: (name, bytes) => guarded(() => place(name, bytes)),
    folderFor: (name) =>
      guarded(() => {
        const folder = dirname(at(name));
        mkdirSync(folder, { recursive: true, mode: PUBLIC_FOLDER });
        return folder;
      }),
    recover: () => guarded(recover),
  };
}

const ORDER = 'order.json';
/** `metadata/3.hub.json`, `targets/hub/releases/1.2.3/DIGEST.image.json` */
const NAME = /^(?:metadata|targets)(?:\/[0-9A-Za-z][0-9A-Za-z._-]*)+$/;

/** TUF 1.0.33, 6.2: with consistent snapshots the digest stands before the last part of a target's path. */
export function hashedName(path: string, digest: string): string {
  const cut = path.lastIndexOf('/') + 1;
  return `targets/${path.slice(0, cut)}${digest}.${path.slice(cut)}`;
}
