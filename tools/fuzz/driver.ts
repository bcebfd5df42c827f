import { Session } from 'node:inspector';
import { changedJson } from './json.ts';

/**
 * Fuzzing that goes by coverage: inputs that reach code which none reached before are kept and changed further. What V8
 * counts (Profiler.takePreciseCoverage) is enough; nothing has to be built.
 */
export interface FuzzTarget {
  readonly seeds: readonly Uint8Array[];
  /** reads hostile bytes, and may take its time; whatever it throws is a finding */
  readonly run: (bytes: Uint8Array) => unknown;
  /** bytes that an input is cut to; 4,096 where it says nothing */
  readonly longest?: number;
}
export interface Fuzzed {
  readonly inputs: number;
  /** inputs that reached something new, the seeds among them */
  readonly kept: number;
  /** the first input that was not read and not refused, or took more than its share */
  readonly finding?: { readonly bytes: Uint8Array; readonly thrown: unknown };
}

const LONGEST = 4_096;

/** Of this thread, for one input: a load on the machine does not count, a search without end does. */
const MOST_CPU_MICROS = 3_000_000;
/** Of the whole process, grown by one input: what it announces is not what it is given. */
const MOST_GROWN_BYTES = 256 * 1024 * 1024;

/** Asking V8 costs more than an input does, so so many are tried together, and again in halves where they reached something. */
const BATCH = 64;

/** `draw` gives numbers from 0 up to 1: the same ones give the same run. */
export const fuzz = async (
  { seeds, run, longest = LONGEST }: FuzzTarget,
  until: (inputs: number) => boolean,
  draw: () => number,
): Promise<Fuzzed> => {
  const corpus: Uint8Array[] = [...seeds];
  const coverage = openCoverage();
  let inputs = 0;
  let kept = 0;
  const tryAll = async (batch: readonly Uint8Array[]): Promise<Fuzzed['finding']> => {
    for (const bytes of batch) {
      inputs += 1;
      try {
        await tryOne(run, bytes);
      } catch (thrown) {
        return { bytes, thrown };
      }
    }
    return undefined;
  };
  /** Halves what reached something new, down to the inputs that did. */
  const keepOf = async (tried: readonly Uint8Array[]): Promise<void> => {
    const [first, ...others] = tried;
    await tryAll(tried);
    if (!first || !coverage.reachedNew(others.length === 0)) return;
    if (others.length === 0) {
      corpus.push(first);
      kept += 1;
      return;
    }
    const half = Math.ceil(tried.length / 2);
    await keepOf(tried.slice(0, half));
    await keepOf(tried.slice(half));
  };
  let batch: readonly Uint8Array[] = seeds;
  coverage.reachedNew(false);
  for (;;) {
    const finding = await tryAll(batch);
    if (finding) return { inputs, kept, finding };
    if (coverage.reachedNew(false)) await keepOf(batch);
    if (until(inputs)) return { inputs, kept };
    batch = Array.from({ length: BATCH }, () => changed(pick(corpus, draw), corpus, draw).subarray(0, longest));
  }
};

/** @throws what the target throws, and where it took too long, grew too much, or reached an object that all others have */
export const tryOne = async (run: FuzzTarget['run'], bytes: Uint8Array): Promise<void> => {
  const cpu = process.threadCpuUsage();
  const before = process.memoryUsage.rss();
  await run(Uint8Array.from(bytes));
  const { user, system } = process.threadCpuUsage(cpu);
  if (user + system > MOST_CPU_MICROS) throw new Error(`took ${Math.round((user + system) / 1000)} ms`);
  const grown = process.memoryUsage.rss() - before;
  if (grown > MOST_GROWN_BYTES) throw new Error(`took ${grown} bytes`);
  const touched = SHARED.find(({ of, names }) => Reflect.ownKeys(of).length !== names);
  if (touched) throw new Error(`changed the prototype of all ${touched.called}`);
};

/** What an input must never reach, and how many names each has. */
const SHARED = [Object, Array, Function, String, Map].map(({ name, prototype }) => ({
  called: name,
  of: prototype as object,
  names: Reflect.ownKeys(prototype).length,
}));

/** One for the process: V8 counts the blocks of what is compiled while it counts, and of nothing else. */
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Blocks of code that ran, of files of this tree. What V8 names with a count of zero has not. */
const openCoverage = () => {
  /** function -> blocks of it that never ran */
  const left = new Map<string, ReadonlySet<string>>();
  return {
    /** since it was last asked */
    reachedNew: (remember: boolean): boolean => {
      let isNew = false;
      session.post('Profiler.takePreciseCoverage', (_error, taken) => {
        for (const { url, functions } of taken?.result ?? []) {
          if (!url.startsWith('file:') || url.includes('/node_modules/') || url.includes('/tools/')) continue;
          for (const { ranges } of functions) {
            const [whole, ...blocks] = ranges;
            if (!whole || whole.count === 0) continue;
            const id = `${url}:${whole.startOffset}`;
            const missed = new Set(blocks.filter(({ count }) => count === 0).map(rangeOf));
            const before = left.get(id);
            const now = before ? new Set([...before].filter((block) => missed.has(block))) : missed;
            if (before?.size === now.size) continue;
            isNew = true;
            if (remember) left.set(id, now);
          }
        }
      });
      return isNew;
    },
  };
};
const rangeOf = ({ startOffset, endOffset }: { readonly startOffset: number; readonly endOffset: number }): string =>
  `${startOffset}:${endOffset}`;

const pick = <Each>(among: readonly Each[], draw: () => number): Each =>
  among[Math.floor(draw() * among.length)] as Each;
const INTERESTING = [0, 1, 10, 13, 0x22, 0x2d, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff];

/** One to four changes: a byte, a piece taken out, doubled, or taken from another input; of JSON as often a value of it. */
const changed = (from: Uint8Array, corpus: readonly Uint8Array[], draw: () => number): Uint8Array => {
  const other = pick(corpus.length > 0 ? corpus : [from], draw);
  const json = draw() < 0.6 ? changedJson(from, other, draw) : undefined;
  if (json) return json;
  let bytes = Buffer.from(from);
  for (let left = 1 + Math.floor(draw() * 4); left > 0; left -= 1) {
    const at = Math.floor(draw() * (bytes.length + 1));
    const to = Math.min(bytes.length, at + 1 + Math.floor(draw() * 16));
    const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    const byte = Buffer.from([draw() < 0.5 ? pick(INTERESTING, draw) : Math.floor(draw() * 256)]);
    const cut = Math.floor(draw() * (other.length + 1));
    bytes = Buffer.concat(
      pick(
        [
          [before, byte, bytes.subarray(at + 1)],
          [before, byte, bytes.subarray(at)],
          [before, after],
          [before, piece, piece, after],
          [before, other.subarray(cut, cut + 32), after],
        ],
        draw,
      ),
    );
  }
  return bytes;
};
