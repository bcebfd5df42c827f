import type { Millis } from '../seams.ts';
import { bestOf, candidateOf, refusalOf } from './steps/accept.ts';
import type { OfferedRelease, Step, UpdateEffect, UpdateEvent } from './steps/events.ts';
import { outOfQuarantine, stepFailed, withoutCandidate } from './steps/failures.ts';
import { EVERYONE, saying, telling, withoutTold } from './steps/notices.ts';
import { once, tellRefusals, tellUnfounded } from './steps/refusals.ts';
import {
  CHECK_PATIENCE,
  CHECKS_FAILED,
  isCheckDue,
  isPostponed,
  isRetryDue,
  isStartDue,
  isSwitchDue,
  LONGEST_POSTPONEMENT,
  nextAfterFailedCheck,
  nextDaily,
  retryAfter,
} from './steps/schedule.ts';
import { judged, looked } from './steps/trial.ts';
import type { Candidate, Phase, UpdateState } from './state.ts';

/**
 * The way of a release through the device, as decisions.
 *
 *   idle → checking → offered → authorised → downloading → downloaded → verified → staged → armed → trial → confirmed
 *
 * - Until `armed` everything can be put off, withdrawn or superseded, and nothing that runs has changed. `armed` is
 *   the one commit point; after it the slots have the last word (`steps/trial.ts`).
 * - What fails before it ends in `rejected`, what fails after it in `rolled-back`; what the release is to blame for is
 *   not tried again, and too much of that in a row is `quarantined` (`steps/failures.ts`).
 * - Each state is durable before its effects. An effect that a crash swallowed follows again from `resumed`.
 */
export const decideUpdates = (state: UpdateState, event: UpdateEvent, now: Millis): Step =>
  updatesWith(refusalOf)(state, event, now);

/** The same with another answer to the question which releases are for this device. */
export const updatesWith =
  (refused: OfferRule) =>
  (state: UpdateState, event: UpdateEvent, now: Millis): Step => {
    switch (event.kind) {
      case 'resumed':
        return resumed(state);
      case 'ticked':
        return also(proceed(state, now), state.owed.map(telling));
      case 'initialised': {
        // EN 303 645 5.3-5, G044 6.3.5: the first check is now, the others are daily
        const minute = state.check.minute ?? event.minute;
        return proceed({ ...state, check: { ...state.check, minute, nextAt: now } }, now);
      }
      case 'check-asked':
        return proceed({ ...state, check: { ...state.check, nextAt: now } }, now);
      case 'offers':
        return offered(state, event, refused, now);
      case 'check-failed':
        return checkFailed(state, now);
      case 'chose':
        return chose({ ...state, choice: event.choice }, now);
      case 'postponed': {
        if (event.until === null) return proceed({ ...state, postponed: null }, now);
        const until = Math.min(event.until, now + LONGEST_POSTPONEMENT);
        return { state: { ...state, postponed: { since: now, until } }, effects: [] };
      }
      case 'agreed':
        return agreed(state, event.digest, now);
      case 'fetched':
        return at(state, 'downloading', event.digest) ? enter(state, 'downloaded') : same(state);
      case 'verified':
        return at(state, 'downloaded', event.digest) ? enter(state, 'verified') : same(state);
      case 'step-failed': {
        const { candidate } = state;
        if (!candidate || candidate.image.digest !== event.digest || !isBeforeCommit(state.phase)) return same(state);
        const next = stepFailed(state, candidate, event.because, now);
        if (event.because !== 'bytes-corrupt' || next.state.candidate === null) return next;
        // EN 303 645 5.3-9, G044 6.3.9: who alters what comes is heard of at once, and not when the device gives up
        const said = once(next.state, `${event.digest} altered`, { about: candidate, because: 'bytes-corrupt' }, now);
        return also(said, next.effects);
      }
      case 'looked': {
        const step = looked(state, event.status, now);
        const next = proceed(step.state, now);
        return { state: next.state, effects: [...step.effects, ...next.effects] };
      }
      case 'health':
        return judged(state, event);
      case 'floor-kept':
        return same(event.floor >= (state.raisingTo ?? Infinity) ? { ...state, raisingTo: null } : state);
      case 'stopping':
        // a restart that somebody asked for is no failure of the image on trial
        return { state, effects: state.phase === 'trial' ? [{ kind: 'give-back' }] : [] };
      case 'cleared': {
        if (state.quarantinedAt === null) return same(state);
        const free = { ...state, quarantinedAt: null, failuresInARow: 0, check: { ...state.check, nextAt: now } };
        return proceed(state.phase === 'quarantined' ? { ...free, phase: 'idle' } : free, now);
      }
      case 'told':
        return same(withoutTold(state, event.seq));
      case 'failed':
        return effectFailed(state, event, now);
    }
  };

/** Why a release is not for this device as it is now; undefined where it is. */
export type OfferRule = typeof refusalOf;

/** Phases in which a release is handled and nothing has been committed to. */
const BEFORE_COMMIT: ReadonlySet<Phase> = new Set<Phase>([
  'offered',
  'authorised',
  'downloading',
  'downloaded',
  'verified',
  'staged',
]);
/** Phases in which a newer release takes the place of the one that is handled. */
const EARLY: ReadonlySet<Phase> = new Set<Phase>(['authorised', 'downloading']);
const isBeforeCommit = (phase: Phase): boolean => BEFORE_COMMIT.has(phase);
const isAtRest = (phase: Phase): boolean => !isBeforeCommit(phase) && phase !== 'armed' && phase !== 'trial';

/** What a crash may have swallowed is done again; the slots are looked at first. */
const resumed = (state: UpdateState): Step => {
  const again = { ...state, step: { ...state.step, retryAt: null } };
  const owed =
    again.phase === 'checking' ? [{ kind: 'check' } as const] : isBeforeCommit(again.phase) ? owedIn(again) : [];
  return { state: again, effects: [{ kind: 'look' }, ...owed, ...state.owed.map(telling)] };
};

/** Everything whose moment has come. */
const proceed = (before: UpdateState, now: Millis): Step => {
  const checked = checkIfDue(before, now);
  const step = advance(checked.state, now);
  return { state: step.state, effects: [...checked.effects, ...step.effects] };
};

const checkIfDue = (state: UpdateState, now: Millis): Step => {
  if (!isCheckDue(state, now) || state.phase === 'armed' || state.phase === 'trial') return same(state);
  const phase = isAtRest(state.phase) && state.phase !== 'quarantined' ? 'checking' : state.phase;
  const check = { ...state.check, nextAt: now + CHECK_PATIENCE };
  return { state: { ...state, phase, check }, effects: [{ kind: 'check' }] };
};

const advance = (state: UpdateState, now: Millis): Step => {
  const { candidate, phase } = state;
  if (isRetryDue(state, now)) {
    const again = { ...state, step: { ...state.step, retryAt: null } };
    return { state: again, effects: isBeforeCommit(phase) ? owedIn(again) : [{ kind: 'look' }] };
  }
  if (!candidate || state.step.retryAt !== null || isPostponed(state, now)) return same(state);
  // EN 303 645 5.3-4, G044 6.3.4: what the user has left to the device goes on by itself
  if (phase === 'offered' && state.choice.automatic[candidate.kind]) {
    return advance({ ...state, phase: 'authorised', authorisedBy: 'automatic' }, now);
  }
  if (phase === 'authorised' && isStartDue(state, now)) return enter(state, 'downloading');
  if (phase === 'staged' && isSwitchDue(state, now)) {
    const armed = enter(state, 'armed');
    // EN 303 645 5.3-2, G044 6.3.2: said before, since a device that the release harms may say nothing after
    const said = saying(armed.state, { what: 'will-restart', about: candidate }, ['manufacturer'], now);
    return { state: said.state, effects: [...said.effects, ...armed.effects] };
  }
  return same(state);
};

const enter = (state: UpdateState, phase: Phase): Step => {
  const next = onTo(state, phase);
  return { state: next, effects: owedIn(next) };
};

/** What the phase asks for until it is left. After the commit point that depends on what the slots say. */
const owedIn = ({ phase, candidate, step }: UpdateState): readonly UpdateEffect[] => {
  if (!candidate || step.retryAt !== null) return [];
  switch (phase) {
    case 'downloading':
      return [{ kind: 'fetch-image', candidate }];
    case 'downloaded':
      return [{ kind: 'verify-image', candidate }];
    case 'verified':
      return [{ kind: 'stage', candidate }];
    case 'armed':
      return [{ kind: 'arm', digest: candidate.image.digest }];
    default:
      return [];
  }
};

const onTo = (state: UpdateState, phase: Phase): UpdateState => ({
  ...state,
  phase,
  step: { failures: 0, retryAt: null },
});

type Of<Kind> = Extract<UpdateEvent, { kind: Kind }>;

const offered = (
  before: UpdateState,
  { offers, unfounded = [], device, random }: Of<'offers'>,
  refused: OfferRule,
  now: Millis,
): Step => {
  const { minute } = before.check;
  const check = { minute, nextAt: nextDaily(minute ?? 0, now), lastAt: now, failures: 0 };
  const weighed = offers.map((each) => ({ each, refusal: refused(before, each, device) }));
  const accepted = weighed.filter(({ refusal }) => refusal === undefined).map(({ each }) => each);
  const told = tellUnfounded(tellRefusals({ ...before, check }, weighed, now), unfounded, device, now);
  const step = (next: Step): Step => {
    const on = proceed(next.state, now);
    return { state: on.state, effects: [...told.effects, ...next.effects, ...on.effects] };
  };
  const { state } = told;
  const { candidate, phase } = state;
  const best = bestOf(accepted, state);
  if (candidate && isBeforeCommit(phase)) {
    const stands = accepted.some(({ target }) => target.sha256 === candidate.image.digest);
    const better = best !== undefined && best.release.number > candidate.image.number;
    // what somebody has pressed the button for is not exchanged under their hand
    const early = phase === 'offered' || (state.authorisedBy === 'automatic' && EARLY.has(phase));
    if (stands && !(better && early)) return step(same(state));
    const left = withdrawn(state, candidate, stands ? 'superseded' : 'withdrawn', now);
    return step(best ? also(taken(left.state, best, random, now), left.effects) : left);
  }
  if (phase === 'armed' || phase === 'trial') return step(same(state));
  return step(best ? taken(state, best, random, now) : same(phase === 'checking' ? atRest(state) : state));
};

/** G044 6.3.11, EN 303 645 5.3-11: people are told of it where they look, with what it mends, unless they chose not to be */
const taken = (before: UpdateState, best: OfferedRelease, random: number, now: Millis): Step => {
  const candidate = candidateOf(best);
  // EN 303 645 5.3-5: a fleet does not come at once
  const startAt = now + Math.floor(random * best.offer.jitterSeconds * 1000);
  const state: UpdateState = { ...outOfQuarantine(withoutCandidate(before)), phase: 'offered', candidate, startAt };
  const silent = !state.choice.notices[candidate.kind];
  return silent ? same(state) : saying(state, { what: 'available', about: candidate }, ['people'], now);
};

// G044 6.3.8, EN 303 645 5.3-8: a release that its maker halts is let go of, as long as nothing has been committed to
const withdrawn = (
  state: UpdateState,
  candidate: Candidate,
  because: 'withdrawn' | 'superseded',
  now: Millis,
): Step => {
  const to = because === 'withdrawn' ? EVERYONE : (['manufacturer'] as const);
  const said = saying(withoutCandidate(atRest(state)), { what: 'withdrawn', about: candidate, because }, to, now);
  return also(said, [{ kind: 'stop-fetch', digest: candidate.image.digest }]);
};

const checkFailed = (state: UpdateState, now: Millis): Step => {
  const failures = state.check.failures + 1;
  const nextAt = nextAfterFailedCheck(state.check.minute ?? 0, failures, now);
  const next = { ...state, check: { ...state.check, failures, nextAt } };
  const rested = state.phase === 'checking' ? atRest(next) : next;
  return failures === CHECKS_FAILED ? saying(rested, { what: 'checks-fail' }, ['people'], now) : same(rested);
};

const chose = (state: UpdateState, now: Millis): Step => {
  const { candidate } = state;
  const revoked = candidate && state.authorisedBy === 'automatic' && !state.choice.automatic[candidate.kind];
  if (!revoked || !isBeforeCommit(state.phase)) return proceed(state, now);
  // EN 303 645 5.3-6, G044 6.3.6: what was only allowed by the choice of before waits for a person now
  const waiting: UpdateState = { ...onTo(state, 'offered'), authorisedBy: null };
  return also(proceed(waiting, now), [{ kind: 'stop-fetch', digest: candidate.image.digest }]);
};

// EN 303 645 5.3-3, G044 6.3.3, G045 PL-2-1: one press of a person who may, for the release that they were shown
const agreed = (state: UpdateState, digest: string, now: Millis): Step => {
  if (state.candidate?.image.digest !== digest || !isBeforeCommit(state.phase)) return same(state);
  const willing: UpdateState = { ...state, authorisedBy: 'user', postponed: null, startAt: now, switchAt: now };
  return proceed(state.phase === 'offered' ? { ...willing, phase: 'authorised' } : willing, now);
};

const effectFailed = (state: UpdateState, { effect, because }: Of<'failed'>, now: Millis): Step => {
  // still owed; told again with the next tick
  if (effect === 'notify' || effect === 'report') return same(state);
  if (effect === 'check') return checkFailed(state, now);
  const { candidate } = state;
  const isStep = effect === 'fetch-image' || effect === 'verify-image' || effect === 'stage';
  if (isStep && candidate && isBeforeCommit(state.phase)) {
    return stepFailed(state, candidate, because === 'disk-full' ? 'no-space' : 'fault', now);
  }
  const failures = state.step.failures + 1;
  return same({ ...state, step: { failures, retryAt: retryAfter(failures, now) } });
};

const atRest = (state: UpdateState): UpdateState => ({
  ...state,
  phase: state.quarantinedAt === null ? 'idle' : 'quarantined',
});

const at = (state: UpdateState, phase: Phase, digest: string): boolean =>
  state.phase === phase && state.candidate?.image.digest === digest;

const also = ({ state, effects }: Step, more: readonly UpdateEffect[]): Step => ({
  state,
  effects: [...more, ...effects],
});

const same = (state: UpdateState): Step => ({ state, effects: [] });
