import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../seams.ts';

/**
 * How often a password may be guessed. An attempt is counted before the password is looked at, and taken back when it
 * was right: a power cut between the two never gives a guess away.
 *
 * Three counters, each with the declared free attempts and then a delay that doubles up to the declared longest:
 * per account, per source, and per pair of an account and a source from which that account came in before. A known
 * pair is held by its own counter alone, so that guesses from elsewhere cannot keep the owner out.
 */

/** Declared in `authenticationMechanisms[].bruteForce`. */
export interface ThrottleLimits {
  /** failures before the first delay */
  readonly freeAttempts: number;
  readonly firstDelaySeconds: number;
  readonly longestDelaySeconds: number;
}

const strict = { additionalProperties: false } as const;
const counter = {
  key: Type.String({ maxLength: 200 }),
  failures: Type.Integer({ minimum: 0 }),
  /** milliseconds since the epoch: no attempt before it */
  until: Type.Number(),
  /** last change */
  at: Type.Number(),
};
const Counter = Type.Object(counter, strict);
type Counter = Static<typeof Counter>;
export const ThrottleState = Type.Object(
  {
    accounts: Type.Array(Counter),
    sources: Type.Array(Counter),
    known: Type.Array(Type.Object({ ...counter, account: Type.String({ maxLength: 200 }) }, strict)),
  },
  strict,
);
export type ThrottleState = Static<typeof ThrottleState>;
export const NO_ATTEMPTS: ThrottleState = { accounts: [], sources: [], known: [] };

export type ThrottleEvent =
  | { readonly kind: 'attempt'; readonly account: string; readonly source: string; readonly limits: ThrottleLimits }
  | { readonly kind: 'success'; readonly account: string; readonly source: string; readonly limits: ThrottleLimits };
export type ThrottleEffect =
  | { readonly kind: 'check-password' }
  | { readonly kind: 'delay'; readonly waitSeconds: number; readonly by: 'account' | 'source' | 'known-source' };

/** Bounds of memory: the state is written at every attempt, so it stays a few kilobytes. */
const MAX_ACCOUNTS = 64;
export const MAX_SOURCES = 128;
/** per account: as many places as a household logs in from */
export const MAX_KNOWN = 4;
/** doublings after which no declared first delay is below the longest any more; see `forgetAfter` */
const DOUBLINGS = 32;

export function decideThrottle(
  state: ThrottleState,
  event: ThrottleEvent,
  now: Millis,
): Decision<ThrottleState, ThrottleEffect> {
  const fresh = forget(state, event.limits, now);
  return event.kind === 'attempt' ? attempt(fresh, event, now) : success(fresh, event, now);
}

/** Seconds to wait after so many failures in a row. */
export function delayAfter(failures: number, limits: ThrottleLimits): number {
  if (failures < limits.freeAttempts) return 0;
  return Math.min(limits.longestDelaySeconds, limits.firstDelaySeconds * 2 ** (failures - limits.freeAttempts));
}

type Of<Kind> = Extract<ThrottleEvent, { kind: Kind }>;

function attempt(
  state: ThrottleState,
  { account, source, limits }: Of<'attempt'>,
  now: Millis,
): Decision<ThrottleState, ThrottleEffect> {
  const pair = state.known.find((known) => known.account === account && known.key === source);
  if (pair) {
    const wait = waitOf(pair, limits, now);
    if (wait > 0) return { state, effects: [{ kind: 'delay', waitSeconds: wait, by: 'known-source' }] };
    const known = state.known.map((each) => (each === pair ? { ...pair, ...failed(pair, limits, now) } : each));
    return { state: { ...state, known }, effects: [{ kind: 'check-password' }] };
  }
  // EN 303 645 5.1-5, TS 103 645 4.1-1, G044 6.1-e, G045 AU-1-3: growing delay per account and per source
  const byAccount = waitOf(find(state.accounts, account), limits, now);
  const bySource = waitOf(find(state.sources, source), limits, now);
  const wait = Math.max(byAccount, bySource);
  if (wait > 0) {
    return { state, effects: [{ kind: 'delay', waitSeconds: wait, by: byAccount >= bySource ? 'account' : 'source' }] };
  }
  return {
    state: {
      ...state,
      accounts: count(state.accounts, account, MAX_ACCOUNTS, limits, now),
      sources: count(state.sources, source, MAX_SOURCES, limits, now),
    },
    effects: [{ kind: 'check-password' }],
  };
}

/** The account starts afresh; the source only gets the one attempt back that this was, so that nobody clears a source with an account of their own. */
function success(
  state: ThrottleState,
  { account, source }: Of<'success'>,
  now: Millis,
): Decision<ThrottleState, ThrottleEffect> {
  const clean = { key: source, failures: 0, until: 0, at: now };
  const others = state.known.filter((known) => known.account === account && known.key !== source);
  const rest = state.known.filter((known) => known.account !== account);
  const wasKnown = state.known.length > others.length + rest.length;
  const newestFirst = others.sort((a, b) => b.at - a.at).slice(0, MAX_KNOWN - 1);
  const known = [...rest, { ...clean, account }, ...newestFirst].slice(0, MAX_KNOWN * MAX_ACCOUNTS);
  // a known pair never touched the counters of account and source: what others guessed meanwhile stays counted
  if (wasKnown) return { state: { ...state, known }, effects: [] };
  return {
    state: {
      accounts: state.accounts.filter((each) => each.key !== account),
      sources: state.sources
        .map((each) => (each.key === source ? { ...each, failures: Math.max(0, each.failures - 1), until: now } : each))
        .filter((each) => each.failures > 0),
      known,
    },
    effects: [],
  };
}

const find = (counters: readonly Counter[], key: string): Counter | undefined =>
  counters.find((each) => each.key === key);

/** Seconds; a clock that was set back never makes it longer than the longest declared delay. */
function waitOf(counter: Counter | undefined, limits: ThrottleLimits, now: Millis): number {
  if (!counter || counter.until <= now) return 0;
  return Math.min(limits.longestDelaySeconds, Math.ceil((counter.until - now) / 1000));
}

function failed(counter: Counter | undefined, limits: ThrottleLimits, now: Millis) {
  const failures = (counter?.failures ?? 0) + 1;
  return { failures, until: now + delayAfter(failures, limits) * 1000, at: now };
}

function count(counters: readonly Counter[], key: string, most: number, limits: ThrottleLimits, now: Millis) {
  const others = counters.filter((each) => each.key !== key);
  const kept = others.length < most ? others : withoutMildest(others);
  return [...kept, { key, ...failed(find(counters, key), limits, now) }];
}

/** The counter with the fewest failures, the oldest of them, makes room. */
function withoutMildest(counters: readonly Counter[]): Counter[] {
  const mildest = counters.reduce((a, b) =>
    b.failures < a.failures || (b.failures === a.failures && b.at < a.at) ? b : a,
  );
  return counters.filter((each) => each !== mildest);
}

/**
 * A counter is forgotten after a quiet time in which a patient guesser would have had more attempts than a new counter
 * gives away: free attempts and every doubling, each at the longest delay. So forgetting never helps a guesser.
 */
function forget(state: ThrottleState, limits: ThrottleLimits, now: Millis): ThrottleState {
  const quiet = (limits.freeAttempts + DOUBLINGS) * limits.longestDelaySeconds * 1000;
  const live = (each: Counter) => Math.max(each.until, each.at) + quiet > now;
  return { ...state, accounts: state.accounts.filter(live), sources: state.sources.filter(live) };
}
