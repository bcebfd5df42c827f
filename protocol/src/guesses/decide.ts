import { Type, type Static } from 'typebox';

/**
 * How often the secret of a person may be guessed; one decision for the device and for the services.
 *
 * Three counters, each with its free attempts and then a delay that doubles up to the longest: per account, per source,
 * and per device that came in to that account before. A device that is known is held by its own counter alone, so that
 * guesses from elsewhere cannot keep a person out. All others are held by account and source: what the source did is
 * told to it, alike for names that exist and names that do not; what others did to the account is never told, and
 * reads as a wrong secret. An attempt is counted before the secret is looked at, and taken back when it was right.
 *
 * Times are milliseconds of any clock that runs evenly. One that is set back never makes a delay longer than the longest.
 */

/** As `authenticationMechanisms[].bruteForce` declares them. */
export interface GuessLimits {
  /** failures before the first delay */
  readonly freeAttempts: number;
  readonly firstDelaySeconds: number;
  readonly longestDelaySeconds: number;
}

export const GuessCounter = Type.Object(
  {
    failures: Type.Integer({ minimum: 0 }),
    /** no attempt before it */
    until: Type.Number(),
    /** last change */
    at: Type.Number(),
  },
  { additionalProperties: false },
);
export type GuessCounter = Static<typeof GuessCounter>;
export const NEVER_FAILED: GuessCounter = { failures: 0, until: 0, at: 0 };

export interface GuessCounters {
  readonly account: GuessCounter;
  readonly source: GuessCounter;
  /** of the device that the attempt comes from, where it came in to this account before */
  readonly device: GuessCounter | undefined;
}

export type GuessVerdict =
  | { readonly kind: 'look' }
  /** the secret is not to be believed, and the answer is that of a wrong one, after the same work */
  | { readonly kind: 'refuse'; readonly waitSeconds: number }
  | { readonly kind: 'wait'; readonly waitSeconds: number; readonly by: 'source' | 'device' };

/** The counters as they are to be stored before anything else happens, and what happens then. */
export function decideGuess(
  given: GuessCounters,
  limits: GuessLimits,
  now: number,
): { readonly counters: GuessCounters; readonly verdict: GuessVerdict } {
  const counters = {
    account: evenly(given.account, limits, now),
    source: evenly(given.source, limits, now),
    device: given.device && evenly(given.device, limits, now),
  };
  const { account, source, device } = counters;
  if (device) {
    const waitSeconds = waitOf(device, now);
    if (waitSeconds > 0) return { counters, verdict: { kind: 'wait', waitSeconds, by: 'device' } };
    return { counters: { ...counters, device: failedOnce(device, limits, now) }, verdict: { kind: 'look' } };
  }
  // EN 303 645 5.1-5, TS 103 645 4.1-1, G044 6.1-e, G045 AU-1-3: growing delay per source and per account
  const bySource = waitOf(source, now);
  if (bySource > 0) return { counters, verdict: { kind: 'wait', waitSeconds: bySource, by: 'source' } };
  const next = { ...counters, source: failedOnce(source, limits, now) };
  // G045 AU-2-3, EN 303 645 5.1-3: that an account is being guessed at is not told, for it would tell that there is one
  const byAccount = waitOf(account, now);
  if (byAccount > 0) return { counters: next, verdict: { kind: 'refuse', waitSeconds: byAccount } };
  return { counters: { ...next, account: failedOnce(account, limits, now) }, verdict: { kind: 'look' } };
}

/**
 * The secret was right. A known device starts afresh and leaves what others did as it is. Else account and source start
 * afresh. That clears a source for whoever has an account of their own, which is worth nothing to them: what is guessed
 * at another account is bounded by that account's counter, whatever the sources.
 */
export function decideRight({ account, source, device }: GuessCounters, now: number): GuessCounters {
  const afresh = { ...NEVER_FAILED, at: now };
  return device ? { account, source, device: afresh } : { account: afresh, source: afresh, device };
}

/** Seconds to wait after so many failures in a row. */
export function delayAfter(failures: number, limits: GuessLimits): number {
  if (failures < limits.freeAttempts) return 0;
  return Math.min(limits.longestDelaySeconds, limits.firstDelaySeconds * 2 ** (failures - limits.freeAttempts));
}

/** Doublings after which no declared first delay is below the longest any more. */
const DOUBLINGS = 32;

/**
 * Milliseconds of quiet after which a counter may be forgotten: a patient guesser would have had more attempts in them
 * than a new counter gives away, so forgetting never helps one.
 */
export const forgetAfter = (limits: GuessLimits): number =>
  (limits.freeAttempts + DOUBLINGS) * limits.longestDelaySeconds * 1000;

/** A clock that was set back: what was left of the delay at the last change is left now. */
export function evenly(counter: GuessCounter, limits: GuessLimits, now: number): GuessCounter {
  if (counter.at <= now) return counter;
  const left = Math.min(limits.longestDelaySeconds * 1000, Math.max(0, counter.until - counter.at));
  return { ...counter, until: now + left, at: now };
}

const waitOf = (counter: GuessCounter, now: number): number => Math.max(0, Math.ceil((counter.until - now) / 1000));

function failedOnce(counter: GuessCounter, limits: GuessLimits, now: number): GuessCounter {
  const failures = counter.failures + 1;
  return { failures, until: now + delayAfter(failures, limits) * 1000, at: now };
}
