import { setTimeout as pause } from 'node:timers/promises';
import type { Millis } from '../seams.ts';
import type { VerifiedSlot } from '../updates/slots/verify.ts';

/**
 * A pass over every file of a slot that nobody waits for: work in slices, and a rest after each that is many times as
 * long. It runs in a process that serves nobody (the loader), so what it could take from a request is processor and disk
 * alone; the slices keep both free.
 */
const SLICE_MILLIS = 10;
/** of the time, the pass works a tenth */
const REST = 9;

export interface Pace {
  /** runs evenly */
  readonly now: () => Millis;
  readonly rest: (millis: Millis, signal: AbortSignal) => Promise<void>;
}
export const SPREAD: Pace = {
  now: () => performance.now(),
  rest: (millis, signal) => pause(millis, undefined, { signal }),
};
/** As fast as can be, and still giving way after each slice: somebody waits for what it finds. */
export const AT_ONCE: Pace = {
  now: () => performance.now(),
  rest: (_millis, signal) => pause(0, undefined, { signal }),
};

/** Rejects where `signal` ends it. */
// EN 303 645 5.7-1, G044 6.7.1, G045 PL-1-4: verified while it runs as well, and nobody notices that it is
export const runPass = async (
  steps: Generator<undefined, VerifiedSlot>,
  pace: Pace,
  signal: AbortSignal,
): Promise<VerifiedSlot> => {
  let began = pace.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const worked = pace.now() - began;
    if (worked < SLICE_MILLIS) continue;
    await pace.rest(worked * REST, signal);
    began = pace.now();
  }
};
