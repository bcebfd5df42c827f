import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
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
  /** durable when it returns, and before what it tells of is given away */
  readonly append: (use: NewUse) => void;
  readonly entries: () => readonly Use[];
}
export type UsesVerified =
  | { readonly ok: true; readonly count: number; readonly head: string }
  | { readonly ok: false; readonly line: number; readonly because: string };

export const USES_FILE = 'uses.jsonl';
const BEGINNING = '0'.repeat(64);

export function openUses(folder: string): Uses {
  const file = join(folder, USES_FILE);
  const entries = () => {
    const { uses, wrong } = readUses(readText(file));
    if (wrong) throw new ServicesFault('data-damaged', `${file} line ${wrong.line}: ${wrong.because}`);
    return uses;
  };
  return {
    entries,
    append: (use) =>
      exclusively(join(folder, 'uses.lock'), () => {
        const last = entries().at(-1);
        const bound = { n: (last?.n ?? 0) + 1, ...use, previous: last?.hash ?? BEGINNING };
        appendLine(file, JSON.stringify({ ...bound, hash: hashOf(bound) }));
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

function appendLine(file: string, line: string): void {
  try {
    const handle = openSync(file, 'a', 0o600);
    try {
      writeSync(handle, `${line}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw asFault(error, file);
  }
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
