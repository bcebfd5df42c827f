import { Session } from 'node:inspector';

/**
 * Fuzzing that goes by coverage: inputs that reach code which none reached before are kept and changed further. What V8
 * counts (Profiler.takePreciseCoverage) is enough; nothing has to be built.
 */
export interface FuzzTarget {
  readonly seeds: readonly Uint8Array[];
  /** reads hostile bytes; whatever it throws is a finding */
  readonly run: (bytes: Uint8Array) => void;
}
export interface Fuzzed {
  readonly inputs: number;
  /** inputs that reached something new, the seeds among them */
  readonly kept: number;
  /** the first input that was not read and not refused */
  readonly finding?: { readonly bytes: Uint8Array; readonly thrown: unknown };
}

const LONGEST = 4_096;

/** Asking V8 costs more than an input does, so so many are tried together, and again one by one where they reached something. */
const BATCH = 64;

/** `draw` gives numbers from 0 up to 1: the same ones give the same run. */
export const fuzz = ({ seeds, run }: FuzzTarget, until: (inputs: number) => boolean, draw: () => number): Fuzzed => {
  const corpus: Uint8Array[] = [...seeds];
  const coverage = openCoverage();
  let inputs = 0;
  let kept = 0;
  const tryAll = (batch: readonly Uint8Array[]): Fuzzed['finding'] => {
    for (const bytes of batch) {
      inputs += 1;
      try {
        run(Uint8Array.from(bytes));
      } catch (thrown) {
        return { bytes, thrown };
      }
    }
    return undefined;
  };
  let batch: readonly Uint8Array[] = seeds;
  coverage.reachedNew(false);
  for (;;) {
    const finding = tryAll(batch);
    if (finding) return { inputs, kept, finding };
    if (coverage.reachedNew(false))
      for (const bytes of batch) {
        tryAll([bytes]);
        if (!coverage.reachedNew(true)) continue;
        corpus.push(bytes);
        kept += 1;
      }
    if (until(inputs)) return { inputs, kept };
    batch = Array.from({ length: BATCH }, () => changed(pick(corpus, draw), corpus, draw));
  }
};

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

/** One to four changes: a byte, a piece taken out, doubled, or taken from another input. */
const changed = (from: Uint8Array, corpus: readonly Uint8Array[], draw: () => number): Uint8Array => {
  let bytes = Buffer.from(from);
  for (let left = 1 + Math.floor(draw() * 4); left > 0; left -= 1) {
    const at = Math.floor(draw() * (bytes.length + 1));
    const to = Math.min(bytes.length, at + 1 + Math.floor(draw() * 16));
    const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    const byte = Buffer.from([draw() < 0.5 ? pick(INTERESTING, draw) : Math.floor(draw() * 256)]);
    const other = pick(corpus.length > 0 ? corpus : [from], draw);
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
  return bytes.subarray(0, LONGEST);
};
