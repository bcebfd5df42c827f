import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';

/**
 * The few things that slots, downloads and migrations do to a disk, each of them one effect that a power cut can come
 * before or after. Nothing is durable before it is synced: contents by the file, names by the folder that has them.
 *
 * `systemDisk` is the real one; the test bed has one that forgets whatever was not synced
 * (`testbed/src/updates/disk.ts`). Faults of the system are thrown as they are.
 */
export interface Disk {
  /** undefined where there is nothing; `other` is whatever is neither a regular file nor a folder, links included */
  readonly look: (path: string) => DiskEntry | undefined;
  /** names in a folder, sorted */
  readonly list: (path: string) => readonly string[];
  /** the file's bytes in pieces; a piece is valid until the next is taken */
  readonly read: (path: string) => Iterable<Uint8Array>;
  readonly makeFolder: (path: string) => void;
  /** a new, empty file; throws where there is one */
  readonly create: (path: string, options: { readonly executable: boolean }) => Writing;
  /** writes over the beginning of a file, which is made where it is absent; what was longer stays */
  readonly overwrite: (path: string, bytes: Uint8Array) => void;
  /** within one folder; what bore the new name is gone */
  readonly rename: (from: string, to: string) => void;
  /** with everything in it; nothing where there is nothing */
  readonly remove: (path: string) => void;
  readonly syncFile: (path: string) => void;
  readonly syncFolder: (path: string) => void;
}

export interface DiskEntry {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  readonly executable: boolean;
}

export interface Writing {
  readonly append: (bytes: Uint8Array) => void;
  readonly sync: () => void;
  readonly close: () => void;
}

/** Pieces of 256 KiB: larger ones read no faster, and memory stays flat. */
const PIECE_BYTES = 256 * 1024;

export const systemDisk: Disk = {
  look: (path) => {
    const entry = lstatSync(path, { throwIfNoEntry: false });
    if (!entry) return undefined;
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
    return { kind, bytes: entry.size, executable: (entry.mode & 0o111) !== 0 };
  },
  list: (path) => readdirSync(path).sort(),
  read: pieces,
  makeFolder: (path) => {
    mkdirSync(path, { mode: 0o755 });
  },
  create: (path, { executable }) => writing(openSync(path, 'wx', executable ? 0o755 : 0o644)),
  overwrite: (path, bytes) => {
    const file = openSync(path, lstatSync(path, { throwIfNoEntry: false }) ? 'r+' : 'wx', 0o644);
    try {
      writeAll(file, bytes);
    } finally {
      closeSync(file);
    }
  },
  rename: renameSync,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  syncFile: sync,
  syncFolder: sync,
};

/** Buffers that nobody reads into now. Most files of an image are small: a new buffer for each costs more than reading it. */
const FREE: Buffer[] = [];

function* pieces(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  // each reader has one of its own: two may be under way at a time
  const piece = FREE.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  try {
    for (;;) {
      const length = readSync(file, piece, 0, piece.length, null);
      if (length > 0) yield piece.subarray(0, length);
      // read(2): of a regular file, fewer than asked for means that its end was reached
      if (length < piece.length) return;
    }
  } finally {
    FREE.push(piece);
    closeSync(file);
  }
}

function writing(file: number): Writing {
  let open = true;
  return {
    append: (bytes) => writeAll(file, bytes),
    sync: () => fsyncSync(file),
    close: () => {
      if (open) closeSync(file);
      open = false;
    },
  };
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
