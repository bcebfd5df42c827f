import type { Millis } from '../../seams.ts';
import type { GivenUp, Installed } from '../slots/records.ts';
import type { Candidate, UpdateState } from '../state.ts';
import type { Step, StepFailure } from './events.ts';
import { EVERYONE, saying } from './notices.ts';
import { retryAfter, STEP_TRIES } from './schedule.ts';

/**
 * What follows from a failure. What the release itself is to blame for is remembered, and never tried again. What came
 * altered, or did not come, says nothing about the release: whoever stands between must not be able to keep a signed
 * release from the device for ever by spoiling it once.
 */

/** Releases that fail one after the other before the device asks for no more of them. */
const QUARANTINE_AFTER = 3;
const MOST_REMEMBERED = 32;

const BLAMES_RELEASE: ReadonlySet<StepFailure | GivenUp> = new Set<StepFailure | GivenUp>([
  'image-refused',
  'image-mismatch',
  'unhealthy-api',
  'unhealthy-store',
  'unhealthy-control',
  'tries-exhausted',
]);
/** Trying again would give the same answer. */
const FINAL: ReadonlySet<StepFailure> = new Set<StepFailure>(['image-refused', 'image-mismatch', 'below-floor']);

/** A step before the commit point did not succeed. */
export const stepFailed = (state: UpdateState, candidate: Candidate, because: StepFailure, now: Millis): Step => {
  const failures = state.step.failures + 1;
  if (FINAL.has(because) || failures >= STEP_TRIES) return rejected(state, candidate, because, now);
  const again = { ...state, step: { failures, retryAt: retryAfter(failures, now) } };
  // what was altered on the way is fetched again; what the slot lost is written again
  if (because === 'bytes-corrupt') return { state: { ...again, phase: 'downloading' }, effects: [] };
  if (because === 'slot-lost' || because === 'slot-damaged') {
    return { state: { ...again, phase: 'downloaded' }, effects: [] };
  }
  return { state: again, effects: [] };
};

const rejected = (state: UpdateState, candidate: Candidate, because: StepFailure, now: Millis): Step => {
  const gone: UpdateState = { ...withoutCandidate(state), phase: 'rejected' };
  const blames = BLAMES_RELEASE.has(because);
  const known = blames ? counted(blamed(gone, candidate.image), candidate.image) : gone;
  const said = saying(known, { what: 'rejected', about: candidate, because }, EVERYONE, now);
  const stop = { kind: 'stop-fetch', digest: candidate.image.digest } as const;
  return quarantine({ state: said.state, effects: [stop, ...said.effects] }, now);
};

/** The slots say that an image was given up; why, goes to the user and to the manufacturer. */
// G045 PL-2-2, EN 303 645 5.3-9: a rollback is told with its reason, and the same release does not come back
export const givenUp = (state: UpdateState, image: Installed, because: GivenUp, now: Millis): Step => {
  const { candidate } = state;
  const about =
    candidate?.image.digest === image.digest ? candidate : { version: null, image: { number: image.number } };
  const lastGivenUp = { digest: image.digest, because };
  const back: UpdateState = { ...withoutCandidate(state), phase: 'rolled-back', lastGivenUp };
  // a slot that decays costs a restart each time: it is counted, although the release is not to blame
  const known = counted(BLAMES_RELEASE.has(because) ? blamed(back, image) : back, image);
  const said = saying(known, { what: 'rolled-back', about, because }, EVERYONE, now);
  return quarantine(said, now);
};

/** The state without the release that it handled. */
export const withoutCandidate = (state: UpdateState): UpdateState => ({
  ...state,
  candidate: null,
  authorisedBy: null,
  startAt: 0,
  switchAt: 0,
  step: { failures: 0, retryAt: null },
  verdict: null,
  raisingTo: null,
});

const blamed = (state: UpdateState, image: Installed): UpdateState => {
  const others = state.failed.filter(({ digest }) => digest !== image.digest);
  const failed = [...others, { digest: image.digest, number: image.number }].sort((a, b) => b.number - a.number);
  // the list is bounded, and what it has no room for is known by its number
  const pushedOut = failed.splice(MOST_REMEMBERED);
  return { ...state, failed, failedUpTo: Math.max(state.failedUpTo, ...pushedOut.map(({ number }) => number)) };
};

const counted = (state: UpdateState, image: Installed): UpdateState => {
  const failuresInARow = state.failuresInARow + 1;
  if (failuresInARow < QUARANTINE_AFTER) return { ...state, failuresInARow };
  const numbers = [image.number, state.quarantinedAt ?? 0, ...state.failed.map(({ number }) => number)];
  return { ...state, failuresInARow: QUARANTINE_AFTER, quarantinedAt: Math.max(...numbers) };
};

/** It stays on what it has, looks daily, and takes nothing up to the highest number that failed, until it is cleared. */
const quarantine = ({ state, effects }: Step, now: Millis): Step => {
  if (state.quarantinedAt === null) return { state, effects };
  const said = saying({ ...state, phase: 'quarantined' }, { what: 'quarantined' }, EVERYONE, now);
  return { state: said.state, effects: [...effects, ...said.effects] };
};

/** A release with a higher number is tried once; if it fails as well, the quarantine goes on from there. */
export const outOfQuarantine = (state: UpdateState): UpdateState =>
  state.quarantinedAt === null
    ? state
    : { ...state, quarantinedAt: null, failuresInARow: Math.min(state.failuresInARow, QUARANTINE_AFTER - 1) };
