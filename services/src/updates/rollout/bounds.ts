import type { Counts } from './decide.ts';
import { againstRelease, forRelease } from './evidence.ts';
import type { RolloutPlan } from './plan.ts';

/** Which shares of failures the counts still leave open, by the same bets that halt a release or let it on. */
export interface Bounds {
  /** shares, 0 to 1; `observed` is undefined where no device has begun */
  readonly low: number;
  readonly high: number;
  readonly observed?: number;
}

/**
 * `low`: at least so many fail, or the halt would be one of `falseHalt`. `high`: fewer fail, or to go on would be one of
 * `falseAdvance`; devices whose outcome is unknown count as failed there. Both hold at every look (see evidence.ts).
 */
export const boundsOf = (
  { begun, confirmed, failed, silent }: Counts,
  { falseHalt, falseAdvance }: Pick<RolloutPlan, 'falseHalt' | 'falseAdvance'>,
): Bounds => {
  const bad = failed + silent;
  const isMore = (share: number) => againstRelease({ devices: begun, failures: bad }, share) >= 1 / falseHalt;
  const mayBe = (share: number) =>
    forRelease({ devices: begun, failures: begun - confirmed }, share) < 1 / falseAdvance;
  const [low, high] = [turningPoint(isMore, MOST), turningPoint(mayBe, 1)];
  return { low, high, ...(begun > 0 ? { observed: bad / begun } : {}) };
};

/** Where a statement that holds for small shares stops to hold, to six decimals; `never`: what to say where it does not. */
const turningPoint = (holds: (share: number) => boolean, never: number): number => {
  if (!holds(LEAST)) return 0;
  if (holds(MOST)) return never;
  let [from, to] = [LEAST, MOST];
  for (let step = 0; step < STEPS; step++) {
    const middle = (from + to) / 2;
    if (holds(middle)) from = middle;
    else to = middle;
  }
  return from;
};
const LEAST = 1e-6;
const MOST = 0.9;
/** 0.9 / 2^20 is below 10^-6 */
const STEPS = 20;
