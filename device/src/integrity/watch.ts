import type { Millis } from '../seams.ts';
import type { BadSlot, VerifiedSlot } from '../updates/slots/verify.ts';
import { AT_ONCE, runPass, SPREAD, type Pace } from './pass.ts';

/** Looks at the running software again and again, for as long as it runs. */
export interface Watch {
  /** how long from the end of one pass to the beginning of the next; the shorter of this and what is set holds */
  readonly every: (millis: Millis) => void;
  /** a pass at once, one for all who ask while it lasts; resolves with what it found */
  readonly now: () => Promise<VerifiedSlot>;
  readonly stop: () => void;
}

/** No product waits longer, whatever it declares; the next pass begins so long after the last has ended. */
export const LONGEST_PERIOD: Millis = 24 * 3_600_000;
const SHORTEST_PERIOD: Millis = 60_000;

export const watchSoftware = (given: {
  /** every file of the slot and the signature that reaches it, in steps */
  readonly steps: () => Generator<undefined, VerifiedSlot>;
  /** told once for each pass that found it */
  readonly altered: (bad: BadSlot) => void;
  readonly fault: (thrown: unknown) => void;
  readonly pace?: Pace;
  /** calls back after so many milliseconds, and gives how not to */
  readonly later?: (work: () => void, millis: Millis) => () => void;
}): Watch => {
  const { steps, altered, fault, pace = SPREAD, later = byTimer } = given;
  const over = new AbortController();
  let period = LONGEST_PERIOD;
  let cancel: () => void = () => undefined;
  let asked: Promise<VerifiedSlot> | undefined;

  const pass = async (at: Pace): Promise<VerifiedSlot> => {
    const found = await runPass(steps(), at, over.signal);
    if (!found.ok) altered(found);
    return found;
  };
  const plan = (): void => {
    if (over.signal.aborted) return;
    cancel = later(() => {
      pass(pace)
        .catch((thrown: unknown) => {
          if (!over.signal.aborted) fault(thrown);
        })
        .finally(plan);
    }, period);
  };
  plan();
  return {
    every: (millis) => {
      period = Math.max(SHORTEST_PERIOD, Math.min(LONGEST_PERIOD, millis));
      cancel();
      plan();
    },
    now: () =>
      (asked ??= pass(AT_ONCE).finally(() => {
        asked = undefined;
      })),
    stop: () => {
      over.abort();
      cancel();
    },
  };
};

const byTimer = (work: () => void, millis: Millis): (() => void) => {
  const timer = setTimeout(work, millis);
  return () => clearTimeout(timer);
};
