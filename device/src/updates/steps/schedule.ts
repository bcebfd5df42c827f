import type { Millis } from '../../seams.ts';
import type { UpdateState } from '../state.ts';

/** When things are due. A clock that jumped never makes anything wait longer than it could have been told to. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An answer that has not come by then is asked for again. */
export const CHECK_PATIENCE = HOUR;
/** Told once when so many checks in a row have failed: after some two days. */
export const CHECKS_FAILED = 8;
/** People get so long between the word that the device will be away, and its going. */
export const NOTICE_BEFORE_SWITCH = 10 * MINUTE;
export const LONGEST_POSTPONEMENT = 30 * DAY;
/** Tries of one step before the release is put away until the next check. */
export const STEP_TRIES = 6;

/** `longest`: further ahead than this nothing was ever put, so that a clock that went back is seen. */
export const isDue = (at: Millis, now: Millis, longest: number): boolean => now >= at || at - now > longest;

// EN 303 645 5.3-5, G044 6.3.5: every day, at a minute of its own
export const nextDaily = (minute: number, now: Millis): Millis => {
  const today = Math.floor(now / DAY) * DAY + minute * MINUTE;
  return today > now ? today : today + DAY;
};

/** 15 minutes and twice as long each time, six hours at most, and no later than the daily minute. */
export const nextAfterFailedCheck = (minute: number, failures: number, now: Millis): Millis =>
  Math.min(nextDaily(minute, now), now + Math.min(6 * HOUR, 15 * MINUTE * 2 ** Math.min(failures - 1, 10)));

export const isCheckDue = ({ check }: UpdateState, now: Millis): boolean =>
  check.minute !== null && isDue(check.nextAt, now, DAY);

/** One minute and four times as long each time, six hours at most. */
export const retryAfter = (failures: number, now: Millis): Millis =>
  now + Math.min(6 * HOUR, MINUTE * 4 ** Math.min(failures - 1, 6));

export const isRetryDue = ({ step }: UpdateState, now: Millis): boolean =>
  step.retryAt !== null && isDue(step.retryAt, now, 6 * HOUR);

// EN 303 645 5.3-6, G044 6.3.6: put off until a time of the user's; over as well where the clock went back behind it
export const isPostponed = ({ postponed }: UpdateState, now: Millis): boolean =>
  postponed !== null && now >= postponed.since && now < postponed.until;

export const isSwitchDue = ({ switchAt }: UpdateState, now: Millis): boolean =>
  isDue(switchAt, now, NOTICE_BEFORE_SWITCH);

/** Jitter of an offer is a week at most (`protocol/src/updates/offers.ts`). */
export const isStartDue = ({ startAt }: UpdateState, now: Millis): boolean => isDue(startAt, now, 7 * DAY);
