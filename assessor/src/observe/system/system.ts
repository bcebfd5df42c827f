import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BoardProbe, ProcessSeen, SystemProbe } from './seen.ts';
import type { Target } from '../../target.ts';
import { codeIn, mappingsOf, statusOf, socketsIn, writableBy, type FileOwner } from './formats.ts';

/**
 * The running system, in the formats that Linux publishes (proc(5)): a folder that a laboratory read out of the unit, or
 * `/` of the machine that it runs on. Nothing is written, and no process is touched.
 */
export function createSystem(target: Target, resolve: (path: string) => string): SystemProbe {
  const [named] = target.artefacts?.runningSystem ?? [];
  const root = named === undefined ? undefined : resolve(named);
  const first = target.artefacts?.processes ?? [];
  return {
    text: async (path) => (root === undefined ? undefined : textOf(join(root, path))),
    board: boardAt(target.artefacts?.board?.[0], resolve),
    processes: async () => (root === undefined ? [] : seenFrom(root, first)),
  };
}

const boardAt = (named: string | undefined, resolve: (path: string) => string): BoardProbe => {
  const root = named === undefined ? undefined : resolve(named);
  return {
    text: async (path) => (root === undefined ? undefined : textOf(join(root, path))),
    names: async (folder) => (root === undefined ? [] : readdir(join(root, folder)).catch(() => [])),
  };
};

const seenFrom = async (root: string, first: readonly number[]): Promise<readonly ProcessSeen[]> => {
  const seen: ProcessSeen[] = [];
  for (const pid of await withDescendants(root, first)) {
    const one = await processAt(root, pid);
    if (one) seen.push(one);
  }
  return seen;
};

/** Of a process whose parent has gone the system no longer knows whose child it was: it is not among these. */
const withDescendants = async (root: string, first: readonly number[]): Promise<readonly number[]> => {
  const names = await readdir(join(root, 'proc'));
  const parents = new Map<number, number>();
  for (const name of names.filter((each) => /^\d+$/.test(each))) {
    const stat = await textOf(join(root, 'proc', name, 'stat'));
    // the name of the program, in brackets, may itself hold spaces and brackets
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = first.filter((pid) => parents.has(pid));
  for (const pid of found)
    for (const [child, parent] of parents) if (parent === pid && !found.includes(child)) found.push(child);
  return found;
};

const processAt = async (root: string, pid: number): Promise<ProcessSeen | undefined> => {
  const at = (name: string): string => join(root, 'proc', String(pid), name);
  const [status, command, maps, pages, personality] = [
    await textOf(at('status')),
    await textOf(at('cmdline')),
    await textOf(at('maps')),
    await textOf(at('smaps')),
    await textOf(at('personality')),
  ];
  const rights = statusOf(status ?? '');
  // it has ended since it was counted
  if (!rights) return undefined;
  const words = (command ?? '').split('\0').filter((word) => word !== '');
  const mappings = mappingsOf(maps ?? '');
  const sockets = await socketsOf(root, pid);
  const code = await ownersOf(root, codeIn(words, maps ?? ''));
  return {
    pid,
    words,
    ...rights,
    ...mappings,
    ownPages: /^MMUPageSize:/m.test(pages ?? ''),
    personality: Number.parseInt(personality ?? '', 16) || 0,
    network: (sockets ?? 0) > 0,
    code: code.length,
    writable: code.filter((file) => writableBy(file, rights)).map(({ path }) => path),
    unread: [
      ...(command === undefined ? ['cmdline'] : []),
      ...(maps === undefined ? ['maps'] : []),
      ...(sockets === undefined ? ['fd'] : []),
    ],
  };
};

/** Internet sockets that the process has; undefined where it may not be asked. */
const socketsOf = async (root: string, pid: number): Promise<number | undefined> => {
  const folder = join(root, 'proc', String(pid), 'fd');
  const names = await unlessClosed(readdir(folder));
  if (names === undefined) return undefined;
  const links = await Promise.all(names.map((name) => unlessClosed(readlink(join(folder, name)))));
  const held = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? []));
  const tables = await Promise.all(TABLES.map((table) => textOf(join(root, 'proc', String(pid), 'net', table))));
  return tables.flatMap((table) => socketsIn(table ?? '')).filter((inode) => held.has(inode)).length;
};
const TABLES = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'] as const;

/** The files, and the folder of each, in which another could be put in its place. */
const ownersOf = async (root: string, paths: readonly string[]): Promise<readonly FileOwner[]> => {
  const wanted = [...new Set(paths.flatMap((path) => [path, dirname(path)]))].slice(0, MOST_FILES);
  const found: FileOwner[] = [];
  for (const path of wanted) {
    const entry = await unlessClosed(lstat(join(root, path)));
    if (entry?.isFile() || entry?.isDirectory())
      found.push({ path, uid: entry.uid, gid: entry.gid, mode: entry.mode, folder: entry.isDirectory() });
  }
  return found;
};
const MOST_FILES = 4_096;

/** More than any of these files has on a device. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Files of /proc say nothing of their length. */
const textOf = async (path: string): Promise<string | undefined> => {
  const file = await unlessClosed(open(path, 'r'));
  if (!file) return undefined;
  try {
    const pieces: Buffer[] = [];
    for (let bytes = 0; bytes < MOST_BYTES;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024));
      if (bytesRead === 0) break;
      bytes += bytesRead;
      pieces.push(buffer.subarray(0, bytesRead));
    }
    return Buffer.concat(pieces).toString('latin1');
  } catch (error) {
    // a process that ends while it is read
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return undefined;
    throw error;
  } finally {
    await file.close();
  }
};

/** Gone in the meantime, or not for us to see. */
const unlessClosed = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
};
