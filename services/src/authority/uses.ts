import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { asFault, ServicesFault } from '../faults.ts';

/**
 * The log of every use of a manufacturer's key: who, why, what was signed, when. One JSON line per use, each bound to the
 * line before it by its hash, so that a line that was altered, taken out or put in is found. Certificates of devices are in
 * the store's table `certificates` instead, each with the generation that signed it.
 */
const strict = { additionalProperties: false } as const;
const Use = Type.Object(
  {
    n: Type.Integer({ minimum: 1 }),
    at: Type.String(),
    /** name and generation: `root.1` */
    key: Type.String(),
    who: Type.String(),
    why: Type.String(),
    signed: Type.Object(
      {
        what: Type.Union([
          Type.Literal('certificate'),
          Type.Literal('list'),
          Type.Literal('metadata'),
          Type.Literal('nothing'),
        ]),
        subject: Type.String(),
        /** serial of a certificate, number of a list, version of metadata */
        serial: Type.String(),
        /** SHA-256 of the DER, of metadata that of its signed part; lower-case hex */
        digest: Type.String(),
      },
      strict,
    ),
    previous: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  strict,
);
export type Use = Static<typeof Use>;
export type NewUse = Omit<Use, 'n' | 'previous' | 'hash'>;

export interface Uses {
  /** durable when it returns, and before what it tells of is given away; its work does not grow with the log */
  readonly append: (use: NewUse) => void;
  readonly last: () => Use | undefined;
  readonly entries: () => readonly Use[];
}
/** The file of the log. Lengths and places in bytes. */
export interface UsesDisk {
  readonly text: () => string;
  /** the last bytes of the file, as many as are asked for */
  readonly end: (bytes: number) => string;
  /** changes whenever anybody writes the file; `length` 0 where there is none */
  readonly state: () => { readonly length: number; readonly changed: string };
  /** durable when it returns */
  readonly append: (line: string) => void;
  /** nobody else writes meanwhile */
  readonly exclusively: <T>(work: () => T) => T;
}
export type UsesVerified =
  | { readonly ok: true; readonly count: number; readonly head: string }
  | { readonly ok: false; readonly line: number; readonly because: string };

export const USES_FILE = 'uses.jsonl';
const BEGINNING = '0'.repeat(64);

/** The log as this process left it: what was verified once is not read again while nobody else has written. */
interface Known {
  readonly last: Use | undefined;
  readonly line: string;
  readonly state: ReturnType<UsesDisk['state']>;
}

export function openUses(folder: string, disk: UsesDisk = usesDisk(folder)): Uses {
  const file = join(folder, USES_FILE);
  const damaged = (line: number, because: string) =>
    new ServicesFault('data-damaged', `${file} line ${line}: ${because}`);
  let known: Known | undefined;

  const entries = (): readonly Use[] => {
    // before the text: what is written in between is read again the next time
    const state = disk.state();
    const text = disk.text();
    const { uses, wrong } = readUses(text);
    if (wrong) throw damaged(wrong.line, wrong.because);
    // G044 6.5.8, G045 CR-1-2: a log that was cut at the end of a line is whole in itself, yet not the one that we wrote
    const { last: seen } = known ?? {};
    if (seen && uses[seen.n - 1]?.hash !== seen.hash) throw damaged(seen.n, 'an entry that stood here is gone');
    known = { last: uses.at(-1), line: text.split('\n').at(-2) ?? '', state };
    return uses;
  };
  const isAsLeft = ({ line, state }: Known): boolean => {
    const now = disk.state();
    if (now.length !== state.length || now.changed !== state.changed) return false;
    return line === '' || disk.end(Buffer.byteLength(line) + 1) === `${line}\n`;
  };
  const last = (): Use | undefined => (known && isAsLeft(known) ? known.last : entries().at(-1));

  return {
    entries,
    last,
    append: (use) =>
      disk.exclusively(() => {
        const before = last();
        const bound = { n: (before?.n ?? 0) + 1, ...use, previous: before?.hash ?? BEGINNING };
        const made: Use = { ...bound, hash: hashOf(bound) };
        const line = JSON.stringify(made);
        disk.append(line);
        known = { last: made, line, state: disk.state() };
      }),
  };
}

/** Recomputes the whole chain; says at which line it breaks. */
// G044 6.5.8, G045 CR-1-2: a use of a manufacturer's key that was hidden or altered afterwards is found
export function verifyUses(folder: string): UsesVerified {
  const { uses, wrong } = readUses(readText(join(folder, USES_FILE)));
  if (wrong) return { ok: false, ...wrong };
  return { ok: true, count: uses.length, head: uses.at(-1)?.hash ?? BEGINNING };
}

function readUses(text: string): { uses: readonly Use[]; wrong?: { line: number; because: string } } {
  const uses: Use[] = [];
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const use = parsed(line);
    const because = whyWrong(use, uses.at(-1));
    if (because || !use) return { uses, wrong: { line: index + 1, because: because ?? 'it is no entry' } };
    uses.push(use);
  }
  if (!text.endsWith('\n') && text !== '') return { uses, wrong: { line: uses.length + 1, because: 'it is cut off' } };
  return { uses };
}

function whyWrong(use: Use | undefined, before: Use | undefined): string | undefined {
  if (!use) return 'it is no entry';
  if (use.previous !== (before?.hash ?? BEGINNING)) return 'it does not follow the entry before it';
  if (use.n !== (before?.n ?? 0) + 1) return `it is numbered ${use.n}`;
  const { hash, ...bound } = use;
  return hashOf(bound) === hash ? undefined : 'it was altered';
}

function parsed(line: string): Use | undefined {
  try {
    // boundary use-of-a-key: the disk -> Use, at most nothing: a log in a folder of this user alone, else the log is said to be altered;
    // services/test/authority/uses.test.ts
    const value: unknown = JSON.parse(line);
    return Value.Check(Use, value) ? value : undefined;
  } catch {
    // what is not JSON is no entry
    return undefined;
  }
}

/** Over the entry's own words in a fixed order, whatever order a file has them in. */
const hashOf = ({ n, at, key, who, why, signed, previous }: Omit<Use, 'hash'>): string =>
  createHash('sha256')
    .update(JSON.stringify([n, at, key, who, why, signed.what, signed.subject, signed.serial, signed.digest, previous]))
    .digest('hex');

export function usesDisk(folder: string): UsesDisk {
  const file = join(folder, USES_FILE);
  return {
    text: () => readText(file),
    end: (bytes) => withFile(file, 'r', (handle) => readEnd(handle, bytes)),
    state: () => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat
        ? { length: Number(stat.size), changed: `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs}` }
        : { length: 0, changed: '' };
    },
    append: (line) =>
      withFile(file, 'a', (handle) => {
        writeSync(handle, `${line}\n`);
        fsyncSync(handle);
      }),
    exclusively: (work) => exclusively(join(folder, 'uses.lock'), work),
  };
}

function withFile<T>(file: string, flags: 'a' | 'r', work: (handle: number) => T): T {
  try {
    const handle = openSync(file, flags, 0o600);
    try {
      return work(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw asFault(error, file);
  }
}

function readEnd(handle: number, bytes: number): string {
  const end = Buffer.alloc(bytes);
  const read = readSync(handle, end, 0, bytes, Math.max(0, fstatSync(handle).size - bytes));
  return end.subarray(0, read).toString('utf8');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return '';
    throw asFault(error, file);
  }
}

/** The services and a command may both have something to write; `work` takes a second at most, and a lock that a crash left is broken after five. */
export function exclusively<T>(lock: string, work: () => T): T {
  const patience = Date.now() + LOCK_STALE_MILLIS;
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      break;
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw asFault(error, lock);
      if (Date.now() > patience || isStale(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}
const LOCK_STALE_MILLIS = 5000;

const isStale = (lock: string): boolean => {
  const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && Date.now() - made > LOCK_STALE_MILLIS;
};
