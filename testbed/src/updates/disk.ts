import { createHash } from 'node:crypto';
import type { Disk, Writing } from '@hearthward/device/updates';

/**
 * A disk in memory that forgets at a crash whatever was not synced, and in any combination: POSIX promises no order
 * between writes that nobody synced. Contents are durable by a sync of their file, names by a sync of their folder.
 *
 * `crashes()` gives every disk that may be found after a power cut now; `after` is told of each effect, so that an
 * enumeration can ask for them at every one. Disks share what they do not change: thousands fit in memory.
 */
export interface MemoryDisk {
  readonly disk: Disk;
  /** what a power cut now may leave: each as `memoryDisk` takes it */
  readonly crashes: () => readonly Durable[];
  /** as if everything had been synced */
  readonly synced: () => Durable;
  /** changes one byte of a file, synced as it is */
  readonly flip: (path: string, at: number, mask: number) => void;
}

export type Durable = DurableFile | DurableFolder;
interface DurableFile {
  readonly kind: 'file';
  readonly executable: boolean;
  readonly bytes: Buffer;
}
interface DurableFolder {
  readonly kind: 'folder';
  readonly entries: ReadonlyMap<string, Durable>;
}
export const EMPTY_DISK: Durable = { kind: 'folder', entries: new Map() };

/** The same for disks that hold the same. */
export const keyOf = (disk: Durable): string => {
  const hash = createHash('sha256');
  const add = (node: Durable, name: string): void => {
    hash.update(`${name}\n${node.kind}\n`);
    if (node.kind === 'file') hash.update(`${node.executable ? 'x' : '-'} ${node.bytes.length}\n`).update(node.bytes);
    else for (const key of [...node.entries.keys()].sort()) add(node.entries.get(key) as Durable, `${name}/${key}`);
  };
  add(disk, '');
  return hash.digest('base64');
};

interface FileNode {
  readonly kind: 'file';
  readonly executable: boolean;
  durable: Buffer;
  now: Buffer;
}
interface FolderNode {
  readonly kind: 'folder';
  readonly durable: Map<string, Node>;
  readonly now: Map<string, Node>;
}
type Node = FileNode | FolderNode;

type Unsynced =
  | { readonly kind: 'write'; readonly node: FileNode; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'link'; readonly node: FolderNode; readonly name: string; readonly to: Node }
  | { readonly kind: 'unlink'; readonly node: FolderNode; readonly name: string }
  | { readonly kind: 'rename'; readonly node: FolderNode; readonly from: string; readonly to: string };

/** Up to so many unsynced effects every combination is tried; beyond it, the families named at `combinations`. */
const ALL_COMBINATIONS = 4;

export const memoryDisk = (
  found: Durable = EMPTY_DISK,
  after: (effect: string) => void = () => undefined,
  full: () => boolean = () => false,
): MemoryDisk => {
  const root = grown(found) as FolderNode;
  let unsynced: Unsynced[] = [];

  const find = (path: string): Node | undefined => {
    let node: Node | undefined = root;
    for (const name of namesOf(path)) node = node?.kind === 'folder' ? node.now.get(name) : undefined;
    return node;
  };
  const folderOf = (path: string): readonly [FolderNode, string] => {
    const names = namesOf(path);
    const name = names.pop();
    const folder = find(names.join('/'));
    if (name === undefined || folder?.kind !== 'folder') throw fault('ENOENT', path);
    return [folder, name];
  };
  const fileAt = (path: string): FileNode => {
    const node = find(path);
    if (node?.kind !== 'file') throw fault(node ? 'EISDIR' : 'ENOENT', path);
    return node;
  };
  const done = (effect: Unsynced, what: string): void => {
    unsynced.push(effect);
    after(what);
  };
  const sync = (node: Node, what: string): void => {
    const its = unsynced.filter((each) => each.node === node);
    for (const each of its) applyDurably(each);
    unsynced = unsynced.filter((each) => each.node !== node);
    after(what);
  };
  const append = (node: FileNode, bytes: Uint8Array, path: string): void => {
    if (full()) throw fault('ENOSPC', path);
    const copy = Buffer.from(bytes);
    const at = node.now.length;
    node.now = written(node.now, at, copy);
    done({ kind: 'write', node, at, bytes: copy }, `append ${path}`);
  };
  const link = (path: string, to: Node, what: string): void => {
    const [folder, name] = folderOf(path);
    if (folder.now.has(name)) throw fault('EEXIST', path);
    if (full()) throw fault('ENOSPC', path);
    folder.now.set(name, to);
    done({ kind: 'link', node: folder, name, to }, what);
  };

  const disk: Disk = {
    look: (path) => {
      const node = find(path);
      if (!node) return undefined;
      const isFile = node.kind === 'file';
      return { kind: node.kind, bytes: isFile ? node.now.length : 0, executable: isFile && node.executable };
    },
    list: (path) => {
      const node = find(path);
      if (node?.kind !== 'folder') throw fault('ENOENT', path);
      return [...node.now.keys()].sort();
    },
    read: (path) => [fileAt(path).now],
    makeFolder: (path) => link(path, { kind: 'folder', durable: new Map(), now: new Map() }, `make folder ${path}`),
    create: (path, { executable }): Writing => {
      const node: FileNode = { kind: 'file', executable, durable: Buffer.alloc(0), now: Buffer.alloc(0) };
      link(path, node, `create ${path}`);
      return {
        append: (bytes) => append(node, bytes, path),
        sync: () => sync(node, `sync ${path}`),
        close: () => undefined,
      };
    },
    overwrite: (path, bytes) => {
      if (!find(path)) disk.create(path, { executable: false });
      const node = fileAt(path);
      const copy = Buffer.from(bytes);
      // in place: it needs no space where the file has it already
      if (copy.length > node.now.length && full()) throw fault('ENOSPC', path);
      node.now = written(node.now, 0, copy);
      done({ kind: 'write', node, at: 0, bytes: copy }, `overwrite ${path}`);
    },
    rename: (from, to) => {
      const [folder, name] = folderOf(from);
      const [same, newName] = folderOf(to);
      const node = folder.now.get(name);
      if (!node || same !== folder) throw fault(node ? 'EXDEV' : 'ENOENT', from);
      folder.now.delete(name);
      folder.now.set(newName, node);
      done({ kind: 'rename', node: folder, from: name, to: newName }, `rename ${from}`);
    },
    remove: (path) => {
      const node = find(path);
      if (!node) return;
      if (node.kind === 'folder') for (const name of disk.list(path)) disk.remove(`${path}/${name}`);
      const [folder, name] = folderOf(path);
      folder.now.delete(name);
      done({ kind: 'unlink', node: folder, name }, `remove ${path}`);
    },
    syncFile: (path) => sync(fileAt(path), `sync ${path}`),
    syncFolder: (path) => {
      const node = find(path);
      if (node?.kind !== 'folder') throw fault('ENOENT', path);
      sync(node, `sync folder ${path}`);
    },
  };

  return {
    disk,
    crashes: () => combinations(unsynced).map((kept) => leftBy(root, kept)),
    synced: () => leftBy(root, unsynced),
    flip: (path, at, mask) => {
      const node = fileAt(path);
      const bytes = Buffer.from(node.now);
      bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
      node.now = node.durable = bytes;
    },
  };
};

/**
 * What of the unsynced effects a crash may keep: none, all, each beginning, all but one, only one, and each write torn
 * in its middle; with few effects every combination.
 */
function combinations(unsynced: readonly Unsynced[]): (readonly Unsynced[])[] {
  const found: (readonly Unsynced[])[] = [[]];
  const count = unsynced.length;
  if (count <= ALL_COMBINATIONS) {
    for (let bits = 1; bits < 2 ** count; bits += 1) found.push(unsynced.filter((_, at) => bits & (1 << at)));
  } else {
    for (let at = 0; at < count; at += 1) {
      found.push(unsynced.slice(0, at + 1), unsynced.toSpliced(at, 1), unsynced.slice(at, at + 1));
    }
  }
  for (const [at, effect] of unsynced.entries()) {
    if (effect.kind !== 'write' || effect.bytes.length < 2) continue;
    const half = effect.bytes.length >> 1;
    const head = { ...effect, bytes: effect.bytes.subarray(0, half) };
    const tail = { ...effect, at: effect.at + half, bytes: effect.bytes.subarray(half) };
    for (const torn of [head, tail]) found.push(unsynced.toSpliced(at, 1, torn), [...unsynced.slice(0, at), torn]);
  }
  return found;
}

/** The durable tree with `kept` applied, in their order; nothing of the running disk changes. */
function leftBy(root: FolderNode, kept: readonly Unsynced[]): Durable {
  const files = new Map<Node, Buffer>();
  const folders = new Map<Node, Map<string, Node>>();
  for (const effect of kept) {
    if (effect.kind === 'write') {
      files.set(effect.node, written(files.get(effect.node) ?? effect.node.durable, effect.at, effect.bytes));
      continue;
    }
    const entries = folders.get(effect.node) ?? new Map(effect.node.durable);
    applyTo(entries, effect);
    folders.set(effect.node, entries);
  }
  const left = (node: Node): Durable => {
    if (node.kind === 'file')
      return { kind: 'file', executable: node.executable, bytes: files.get(node) ?? node.durable };
    const entries = folders.get(node) ?? node.durable;
    return { kind: 'folder', entries: new Map([...entries].map(([name, each]) => [name, left(each)])) };
  };
  return left(root);
}

function applyDurably(effect: Unsynced): void {
  if (effect.kind === 'write') effect.node.durable = written(effect.node.durable, effect.at, effect.bytes);
  else applyTo(effect.node.durable, effect);
}

function applyTo(entries: Map<string, Node>, effect: Exclude<Unsynced, { kind: 'write' }>): void {
  if (effect.kind === 'link') entries.set(effect.name, effect.to);
  else if (effect.kind === 'unlink') entries.delete(effect.name);
  else {
    const node = entries.get(effect.from);
    if (!node) return;
    entries.delete(effect.from);
    entries.set(effect.to, node);
  }
}

/** A gap before `at` reads as zeros, as a file system fills it. */
function written(before: Buffer, at: number, bytes: Buffer): Buffer {
  const next = Buffer.alloc(Math.max(before.length, at + bytes.length));
  before.copy(next);
  bytes.copy(next, at);
  return next;
}

function grown(durable: Durable): Node {
  if (durable.kind === 'file') return { ...durable, durable: durable.bytes, now: durable.bytes };
  const entries = [...durable.entries].map(([name, each]) => [name, grown(each)] as const);
  return { kind: 'folder', durable: new Map(entries), now: new Map(entries) };
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '');

const fault = (code: string, path: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${path}`), { code, path, syscall: 'memory' });
