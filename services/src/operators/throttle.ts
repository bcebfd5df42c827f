import type { Millis } from '../clock.ts';

/** Growing delays after failed logins: facts in, next state out. One state per account, source, and pair of both. */
export interface Throttle {
  readonly failures: number;
  readonly lastFailure: Millis;
  /** no attempt is looked at before */
  readonly until: Millis;
}
export type ThrottleEvent = { readonly kind: 'failed' } | { readonly kind: 'succeeded' };

export interface ThrottleRule {
  /** failures before the first delay */
  readonly free: number;
  readonly firstDelay: Millis;
  readonly longestDelay: Millis;
}
// EN 303 645 5.1-5, G045 AU-1-3: growing delay per account and source
export const RULES = {
  /** one person mistyping, or one machine guessing one account */
  pair: { free: 3, firstDelay: 1000, longestDelay: 15 * 60_000 },
  /** one machine trying many accounts */
  source: { free: 10, firstDelay: 1000, longestDelay: 15 * 60_000 },
  /** many machines trying one account; late, because it can shut out its owner */
  account: { free: 30, firstDelay: 1000, longestDelay: 60_000 },
} as const satisfies Record<string, ThrottleRule>;

export const untouched: Throttle = { failures: 0, lastFailure: 0, until: 0 };
/** a quiet day forgives */
export const FORGIVEN_AFTER: Millis = 24 * 60 * 60_000;

export function decide(rule: ThrottleRule, state: Throttle, event: ThrottleEvent, now: Millis): Throttle {
  if (event.kind === 'succeeded') return untouched;
  const failures = (now - state.lastFailure > FORGIVEN_AFTER ? 0 : state.failures) + 1;
  const over = failures - rule.free;
  const delay = over < 0 ? 0 : Math.min(rule.firstDelay * 2 ** Math.min(over, 30), rule.longestDelay);
  return { failures, lastFailure: now, until: now + delay };
}

/** Whole seconds to wait, 0 where an attempt may be made. */
export const waitSeconds = ({ until }: Throttle, now: Millis) => Math.max(0, Math.ceil((until - now) / 1000));
