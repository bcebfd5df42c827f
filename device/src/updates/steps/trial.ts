import type { Millis } from '../../seams.ts';
import { agreeOnFloor } from '../slots/floors.ts';
import type { Installed } from '../slots/records.ts';
import type { Candidate, UpdateState } from '../state.ts';
import type { Health, SlotsStatus, Step, UpdateEffect } from './events.ts';
import { givenUp, stepFailed, withoutCandidate } from './failures.ts';
import { EVERYONE, saying } from './notices.ts';
import { NOTICE_BEFORE_SWITCH } from './schedule.ts';

/**
 * From the staged slot to the confirmed one or back, by what the slots say: their record was written last, and has the
 * last word over what the state remembers. The same look at the same slots leads to the same state.
 */
export const looked = (before: UpdateState, status: SlotsStatus, now: Millis): Step => {
  const floors = floorsAgreed(before, status, now);
  const leaving = status.failed?.image.digest === status.running.digest;
  const state = status.onTrial || leaving ? floors.state : { ...floors.state, installed: status.running };
  const step = reconciled(state, status, now);
  return { state: step.state, effects: [...floors.effects, ...step.effects] };
};

const reconciled = (before: UpdateState, status: SlotsStatus, now: Millis): Step => {
  const { failed, running, next } = status;
  const state = failed || status.onTrial || !before.lastGivenUp ? before : { ...before, lastGivenUp: null };
  // its slot was given up, and it has not made way yet
  const leaves = failed?.image.digest === running.digest && next.digest !== running.digest;
  const away: readonly UpdateEffect[] = leaves ? [{ kind: 'restart' }] : [];
  if (failed && !isKnown(state, failed)) {
    const back = givenUp(state, failed.image, failed.because, now);
    return { ...back, effects: [...back.effects, ...away] };
  }
  // the record that said so decayed, and the one before it holds again: it was confirmed, or given up, once
  const { digest } = running;
  if (status.onTrial && state.installed?.digest === digest) return { state, effects: [{ kind: 'confirm', digest }] };
  if (status.onTrial && state.failed.some((each) => each.digest === digest)) {
    const because = state.lastGivenUp?.digest === digest ? state.lastGivenUp.because : 'tries-exhausted';
    return { state, effects: [{ kind: 'rollback', digest, because }] };
  }
  const strange = status.onTrial && state.candidate?.image.digest !== running.digest;
  const candidate = strange ? adopted(running) : state.candidate;
  if (leaves || !candidate) return { state, effects: away };
  const is = (image: Installed | null): boolean => image?.digest === candidate.image.digest;
  if (is(running))
    return status.onTrial ? onTrial({ ...state, candidate }, candidate, now) : installed(state, candidate, now);
  if (is(next)) return { state: { ...state, phase: 'armed', step: UNTRIED }, effects: [{ kind: 'restart' }] };
  if (is(status.staged)) return whole(state, candidate, now);
  if (state.phase === 'staged' || state.phase === 'armed' || state.phase === 'trial') {
    return stepFailed({ ...state, verdict: null, raisingTo: null }, candidate, 'slot-lost', now);
  }
  return { state, effects: [] };
};

/** The new image runs: it is looked at, kept, or given up, as far as it has come. */
const onTrial = (state: UpdateState, candidate: Candidate, now: Millis): Step => {
  const { digest } = candidate.image;
  if (state.phase === 'trial') {
    if (state.verdict === null) return { state, effects: [{ kind: 'watch-health' }] };
    if (state.verdict === 'healthy') return { state, effects: [{ kind: 'confirm', digest }] };
    return { state, effects: [{ kind: 'rollback', digest, because: state.verdict }] };
  }
  const begun: UpdateState = { ...state, phase: 'trial', verdict: null, step: UNTRIED };
  const said = saying(begun, { what: 'on-trial', about: candidate }, ['manufacturer'], now);
  return { state: said.state, effects: [{ kind: 'watch-health' }, ...said.effects] };
};

const installed = (state: UpdateState, candidate: Candidate, now: Millis): Step => {
  const settled: UpdateState = {
    ...withoutCandidate(state),
    phase: 'confirmed',
    // until every place of the floor has followed
    raisingTo: state.raisingTo,
    failuresInARow: 0,
    quarantinedAt: null,
    lastGivenUp: null,
  };
  return saying(settled, { what: 'installed', about: candidate }, EVERYONE, now);
};

/** The image lies whole in the other slot. */
const whole = (state: UpdateState, candidate: Candidate, now: Millis): Step => {
  const { digest } = candidate.image;
  if (state.phase === 'armed') return { state, effects: [{ kind: 'arm', digest }] };
  if (state.phase === 'trial') {
    // an older record was put back: the commit did not happen
    return { state: { ...state, phase: 'armed', verdict: null, raisingTo: null }, effects: [{ kind: 'arm', digest }] };
  }
  if (state.phase !== 'verified') return { state, effects: [] };
  const byItself = state.authorisedBy === 'automatic';
  const ready: UpdateState = {
    ...state,
    phase: 'staged',
    step: UNTRIED,
    switchAt: byItself && candidate.downtimeSeconds > 0 ? now + NOTICE_BEFORE_SWITCH : now,
  };
  if (!byItself) return { state: ready, effects: [] };
  // EN 303 645 5.3-12, G044 6.3.12: people hear that the device will be away before it is, and can still put it off
  return saying(ready, { what: 'will-restart', about: candidate }, ['people'], now);
};

/** Judged on the device alone, once, over the whole of the declared time. */
// EN 303 645 5.3-4, G044 6.3.4, G045 PL-2-2: a release that does not do its work here does not stay
export const judged = (state: UpdateState, health: Health): Step => {
  const { candidate } = state;
  if (state.phase !== 'trial' || !candidate || state.verdict !== null) return { state, effects: [] };
  const { digest } = candidate.image;
  const verdict = unhealthy(health);
  if (verdict) return { state: { ...state, verdict }, effects: [{ kind: 'rollback', digest, because: verdict }] };
  // one step behind: the image that stays as the fallback is the one that may still start
  const behind = Math.min(candidate.image.securityVersion, (state.installed ?? candidate.image).securityVersion);
  const raisingTo = behind > state.floor ? behind : null;
  return { state: { ...state, verdict: 'healthy', raisingTo }, effects: [{ kind: 'confirm', digest }] };
};

const unhealthy = (health: Health) => {
  if (!health.apiUp) return 'unhealthy-api';
  if (!health.storeOpens) return 'unhealthy-store';
  return health.controlTicks ? undefined : 'unhealthy-control';
};

/** EN 303 645 5.3-2, G044 6.3.2: whoever puts back an old copy of one place is seen by the others, and gains nothing */
const floorsAgreed = (state: UpdateState, status: SlotsStatus, now: Millis): Step => {
  const { floor: record, counter } = status;
  const floors = { record, store: state.installed ? state.floor : record, counter };
  const agreed = agreeOnFloor(floors, state.raisingTo ?? undefined);
  const known = agreed.floor === state.floor ? state : { ...state, floor: agreed.floor };
  const behind = record < agreed.floor || (counter !== undefined && counter < agreed.floor);
  const keep: readonly UpdateEffect[] = behind ? [{ kind: 'keep-floor', floor: agreed.floor }] : [];
  const done = !behind && known.raisingTo !== null && known.floor >= known.raisingTo;
  const next = done ? { ...known, raisingTo: null } : known;
  if (agreed.tampered.length === 0) return { state: next, effects: keep };
  const because = agreed.tampered.join(' ');
  const said = saying(next, { what: 'floor-tampered', because }, EVERYONE, now);
  return { state: said.state, effects: [...keep, ...said.effects] };
};

const isKnown = (state: UpdateState, failed: NonNullable<SlotsStatus['failed']>): boolean =>
  state.lastGivenUp?.digest === failed.image.digest && state.lastGivenUp.because === failed.because;

/** The store was lost while this image was on trial: it is judged all the same. */
const adopted = (image: Installed): Candidate => ({
  image: { ...image },
  version: null,
  kind: 'security',
  downtimeSeconds: 0,
  path: '',
  length: 0,
});

const UNTRIED = { failures: 0, retryAt: null } as const;
