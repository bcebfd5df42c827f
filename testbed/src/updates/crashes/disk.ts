import type { Disk, Writing } from '@hearthward/device/updates';
import { combinations, withLatest } from './cuts.ts';

/**
 * A disk in memory that forgets at a crash whatever was not synced, and in any combination: POSIX promises no order
 * between writes that nobody synced. Contents are durable by a sync of their file, names by a sync of their folder.
 *
 * `crashes()` gives every disk that may be found after a power cut now; `after` is told of each effect, so that an
 * enumeration can ask for them at every one. Disks share what they do not change: thousands fit in memory.
 */
export interface MemoryDisk {
  readonly disk: Disk;
  /**
   * What a power cut now may leave: each as `memoryDisk` takes it. `news` has only what it could not have left before
   * the last effect; `latest` a few of these, enough for a second cut.
   */
  readonly crashes: (what?: 'every' | 'news' | 'latest') => readonly Durable[];
  /** as if everything had been synced */
  readonly synced: () => Durable;
  /** changes one byte of a file, synced as it is */
  readonly flip: (path: string, at: number, mask: number) => void;
}

export type Durable = DurableFile | DurableFolder;
interface DurableFile {
  readonly kind: 'file';
  /** as `keyOf` gives it, where it is known already */
  readonly key?: string;
  readonly executable: boolean;
  readonly bytes: Buffer;
}
interface DurableFolder {
  readonly kind: 'folder';
  readonly key?: string;
  readonly entries: ReadonlyMap<string, Durable>;
}
export const EMPTY_DISK: Durable = { kind: 'folder', entries: new Map() };

/** The same for disks that hold the same, within one process. */
export const keyOf = (disk: Durable): string => {
  if (disk.key !== undefined) return disk.key;
  if (disk.kind === 'file') return keyOfFile(disk.executable, disk.bytes);
  return keyOfFolder([...disk.entries].map(([name, each]) => `${name}:${keyOf(each)}`));
};
const keyOfFile = (executable: boolean, bytes: Buffer): string => `${executable ? 'x' : '-'}${contentsId(bytes)}`;
const keyOfFolder = (held: string[]): string => `{${held.sort().join()}}`;

/** Disks of one enumeration share most of their contents: each is read once. */
const contentsId = (bytes: Buffer): number => {
  const known = idOf.get(bytes);
  if (known !== undefined) return known;
  const text = bytes.toString('latin1');
  const id = idOfText.get(text) ?? idOfText.size;
  idOfText.set(text, id);
  idOf.set(bytes, id);
  return id;
};
const idOf = new WeakMap<Buffer, number>();
const idOfText = new Map<string, number>();

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

export const memoryDisk = (
  found: Durable = EMPTY_DISK,
  after: (effect: string) => void = () => undefined,
  full: () => boolean = () => false,
): MemoryDisk => {
  const root = grown(found) as FolderNode;
  let unsynced: Unsynced[] = [];
  /** whether the last effect was a sync */
  let synced = true;

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
    synced = false;
    after(what);
  };
  const sync = (node: Node, what: string): void => {
    const its = unsynced.filter((each) => each.node === node);
    for (const each of its) applyDurably(each);
    const reached = node.kind === 'folder' ? reachable(root, unsynced) : undefined;
    unsynced = unsynced.filter((each) => each.node !== node && (reached?.has(each.node) ?? true));
    synced = true;
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
    crashes: (what = 'every') =>
      (what === 'every' ? combinations(unsynced) : withLatest(synced ? [] : unsynced, what === 'news')).map(
        leaver(root, unsynced),
      ),
    synced: () => leaver(root, unsynced)(unsynced),
    flip: (path, at, mask) => {
      const node = fileAt(path);
      const bytes = Buffer.from(node.now);
      bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
      node.now = node.durable = bytes;
    },
  };
};

/** What has a name, on the disk or in memory: no crash brings anything else back. */
function reachable(root: FolderNode, unsynced: readonly Unsynced[]): ReadonlySet<Node> {
  const found = new Set<Node>();
  const visit = (node: Node): void => {
    if (found.has(node)) return;
    found.add(node);
    if (node.kind === 'file') return;
    for (const each of node.durable.values()) visit(each);
    for (const each of node.now.values()) visit(each);
    // linked and unlinked again: a crash may keep the one without the other
    for (const each of unsynced) if (each.kind === 'link' && each.node === node) visit(each.to);
  };
  visit(root);
  return found;
}

/** Durable trees with some of the unsynced effects applied, in their order; nothing of the running disk changes. */
function leaver(root: FolderNode, unsynced: readonly Unsynced[]): (kept: readonly Unsynced[]) => Durable {
  const touched = new Set<Node>(unsynced.map(({ node }) => node));
  /** what no unsynced effect reaches is the same in every tree */
  const same = new Map<Node, Durable>();
  return (kept) => {
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
    const left = (node: Node): Durable => same.get(node) ?? changed(node);
    const changed = (node: Node): Durable => {
      let durable: Durable;
      let isSame = !touched.has(node);
      if (node.kind === 'file') {
        const bytes = files.get(node) ?? node.durable;
        durable = {
          kind: 'file',
          key: keyOfFile(node.executable, bytes),
          executable: node.executable,
          bytes,
        };
      } else {
        const entries = new Map<string, Durable>();
        const held: string[] = [];
        for (const [name, each] of folders.get(node) ?? node.durable) {
          const inside = left(each);
          entries.set(name, inside);
          held.push(`${name}:${keyOf(inside)}`);
          isSame &&= same.has(each);
        }
        durable = { kind: 'folder', key: keyOfFolder(held), entries };
      }
      if (isSame) same.set(node, durable);
      return durable;
    };
    return left(root);
  };
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
