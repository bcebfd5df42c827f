import { Type, type Static } from 'typebox';
import {
  decideGuess,
  decideRight,
  forgetAfter,
  GuessCounter,
  NEVER_FAILED,
  type GuessCounters,
  type GuessLimits,
} from '@hearthward/protocol';
import type { Decision, Millis } from '../../seams.ts';

/**
 * What a device keeps of guesses: the counters of `protocol/src/guesses`, in bounded lists, and the grace that a press of
 * its button gives to the people in its home.
 *
 * `now` is the device's running time, which goes on over restarts and which nobody can set: see `gate.ts`.
 */

const strict = { additionalProperties: false } as const;
const Counter = Type.Object({ ...GuessCounter.properties, key: Type.String({ maxLength: 200 }) }, strict);
type Counter = Static<typeof Counter>;
export const ThrottleState = Type.Object(
  {
    /** running time of the last decision */
    at: Type.Number(),
    accounts: Type.Array(Counter),
    sources: Type.Array(Counter),
    /** devices that came in before, each to one account */
    known: Type.Array(Type.Object({ ...Counter.properties, account: Type.String({ maxLength: 200 }) }, strict)),
    grace: Type.Optional(
      Type.Object(
        {
          until: Type.Number(),
          /** to each source */
          attempts: Type.Integer({ minimum: 0 }),
          /** sources in the home that have used some of it */
          used: Type.Array(Type.Object({ key: Type.String({ maxLength: 200 }), attempts: Type.Integer() }, strict)),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type ThrottleState = Static<typeof ThrottleState>;
export const NO_ATTEMPTS: ThrottleState = { at: 0, accounts: [], sources: [], known: [] };

interface Attempted {
  /** each proof of each account has its own; every name without an account has the same one */
  readonly account: string;
  readonly source: string;
  readonly device?: string | undefined;
  readonly limits: GuessLimits;
}
export type ThrottleEvent =
  | (Attempted & { readonly kind: 'attempt'; readonly inTheHome: boolean; readonly isOwner: boolean })
  /** `device` is known to the account from now on */
  | (Attempted & { readonly kind: 'success'; readonly device: string })
  /** of these accounts, only `keep` stays known */
  | { readonly kind: 'forget-devices'; readonly accounts: readonly string[]; readonly keep?: string | undefined }
  /** these accounts are no more: nothing is kept of them */
  | { readonly kind: 'forget-accounts'; readonly accounts: readonly string[] }
  | { readonly kind: 'pressed'; readonly millis: number; readonly attempts: number }
  | { readonly kind: 'grace-over' };
export type ThrottleEffect =
  | { readonly kind: 'look' }
  | { readonly kind: 'refuse'; readonly waitSeconds: number }
  | { readonly kind: 'wait'; readonly waitSeconds: number; readonly by: 'source' | 'device' };

/** Bounds of memory: the state is written at every attempt. Accounts that exist are fewer, so that none is pushed out. */
export const MAX_ACCOUNTS = 128;
export const MAX_SOURCES = 128;
/** per account: as many devices as a person signs in with */
export const MAX_KNOWN = 6;
/** What one press of the button gives is as declared, to so many sources of the home at most. */
export const GRACE_SOURCES = 8;
const LONGEST_GRACE = 60 * 60_000;

export function decideThrottle(
  before: ThrottleState,
  event: ThrottleEvent,
  now: Millis,
): Decision<ThrottleState, ThrottleEffect> {
  if (event.kind === 'attempt') return attempt(before, event, now);
  const state = { ...before, at: now };
  switch (event.kind) {
    case 'success':
      return { state: success(state, event, now), effects: [] };
    case 'forget-devices':
      return { state: forgetDevices(state, event), effects: [] };
    case 'forget-accounts':
      return { state: forgetAccounts(state, event), effects: [] };
    case 'pressed':
      // EN 303 645 5.1-5, TS 103 645 4.1-1: whoever can touch the device is never kept out by who cannot
      return { state: { ...state, grace: graceOf(event, now) }, effects: [] };
    case 'grace-over':
      return { state: withoutGrace(state), effects: [] };
  }
}

/** Whether the button was pressed lately. */
export const isPressed = ({ grace, at }: ThrottleState, now: Millis): boolean =>
  grace !== undefined && at <= now && now < grace.until;

type Of<Kind> = Extract<ThrottleEvent, { kind: Kind }>;

function attempt(before: ThrottleState, event: Of<'attempt'>, now: Millis): Decision<ThrottleState, ThrottleEffect> {
  const { limits, isOwner } = event;
  const state = { ...forgetQuiet(before, limits, now), at: now };
  const counters = countersOf(state, event);
  const graced = event.inTheHome && !counters.device ? useGrace(state, event.source, now) : undefined;
  const held = graced ? { ...counters, source: NEVER_FAILED, ...(isOwner ? { account: NEVER_FAILED } : {}) } : counters;
  const { counters: next, verdict } = decideGuess(held, limits, now);
  // what grace gives is bounded by itself, and leaves the counters as they are
  if (graced) {
    const left = { ...counters, ...(isOwner ? {} : { account: next.account }) };
    return { state: keep(graced, event, left), effects: [verdict] };
  }
  // an attempt that has to wait changes nothing, so that it costs no write
  const same = verdict.kind === 'wait' && next.source === held.source && next.device === held.device;
  return { state: same ? before : keep(state, event, next), effects: [verdict] };
}

const countersOf = (state: ThrottleState, { account, source, device }: Attempted): GuessCounters => ({
  account: find(state.accounts, account),
  source: find(state.sources, source),
  device: device === undefined ? undefined : known(state, account, device),
});

const find = (counters: readonly Counter[], key: string): GuessCounter =>
  bare(counters.find((each) => each.key === key)) ?? NEVER_FAILED;
const known = (state: ThrottleState, account: string, device: string): GuessCounter | undefined =>
  bare(state.known.find((each) => each.account === account && each.key === device));
const bare = (counter: GuessCounter | undefined): GuessCounter | undefined =>
  counter && { failures: counter.failures, until: counter.until, at: counter.at };

function keep(state: ThrottleState, { account, source, device }: Attempted, counters: GuessCounters): ThrottleState {
  return {
    ...state,
    accounts: put(state.accounts, account, counters.account, MAX_ACCOUNTS),
    sources: put(state.sources, source, counters.source, MAX_SOURCES),
    known: state.known.map((each) =>
      each.account === account && each.key === device && counters.device ? { ...each, ...counters.device } : each,
    ),
  };
}

function put(counters: readonly Counter[], key: string, counter: GuessCounter, most: number): Counter[] {
  const others = counters.filter((each) => each.key !== key);
  if (counter.failures === 0) return others;
  return [...(others.length < most ? others : withoutMildest(others)), { key, ...counter }];
}

/** The counter with the fewest failures, the oldest of them, makes room. */
function withoutMildest(counters: readonly Counter[]): Counter[] {
  const mildest = counters.reduce((a, b) =>
    b.failures < a.failures || (b.failures === a.failures && b.at < a.at) ? b : a,
  );
  return counters.filter((each) => each !== mildest);
}

function success(state: ThrottleState, event: Of<'success'>, now: Millis): ThrottleState {
  const { account, device } = event;
  const kept = keep(state, event, decideRight(countersOf(state, event), now));
  const others = kept.known.filter((each) => each.account === account && each.key !== device);
  const rest = kept.known.filter((each) => each.account !== account);
  const newestFirst = others.sort((a, b) => b.at - a.at).slice(0, MAX_KNOWN - 1);
  const came = { key: device, account, ...NEVER_FAILED, at: now };
  return { ...kept, known: [...rest, came, ...newestFirst].slice(-MAX_KNOWN * MAX_ACCOUNTS) };
}

const forgetDevices = (state: ThrottleState, { accounts, keep: kept }: Of<'forget-devices'>): ThrottleState => ({
  ...state,
  known: state.known.filter((each) => !accounts.includes(each.account) || each.key === kept),
});

const forgetAccounts = (state: ThrottleState, { accounts: gone }: Of<'forget-accounts'>): ThrottleState => ({
  ...state,
  accounts: state.accounts.filter(({ key }) => !gone.includes(key)),
  known: state.known.filter(({ account }) => !gone.includes(account)),
});

/** The state with one attempt of the grace used; undefined where there is none left for this source. */
function useGrace(state: ThrottleState, source: string, now: Millis): ThrottleState | undefined {
  const { grace } = state;
  // a running time that went back is one that cannot be trusted: no grace then
  if (!grace || grace.until <= now || grace.until > now + LONGEST_GRACE) return undefined;
  const mine = grace.used.find(({ key }) => key === source);
  if (mine ? mine.attempts >= grace.attempts : grace.used.length >= GRACE_SOURCES) return undefined;
  const others = grace.used.filter((each) => each !== mine);
  const used = [...others, { key: source, attempts: (mine?.attempts ?? 0) + 1 }];
  return { ...state, grace: { ...grace, used } };
}

const graceOf = ({ millis, attempts }: Of<'pressed'>, now: Millis) => ({
  until: now + Math.min(millis, LONGEST_GRACE),
  attempts,
  used: [],
});

function withoutGrace({ at, accounts, sources, known }: ThrottleState): ThrottleState {
  return { at, accounts, sources, known };
}

function forgetQuiet(state: ThrottleState, limits: GuessLimits, now: Millis): ThrottleState {
  const live = (each: Counter) => Math.max(each.until, each.at) + forgetAfter(limits) > now;
  return { ...state, accounts: state.accounts.filter(live), sources: state.sources.filter(live) };
}
