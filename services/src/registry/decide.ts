import { DAY, HOUR, MINUTE } from '../clock.ts';

/** Whether what the services saw of a device's identities is still one device (docs/decisions/0020): facts in, answer out. */

/** A sign is that an identity that is still good was used in two places; one can be an accident, so many in a day are not. */
export const SIGNS_UNTIL_HELD = 3;
export const SIGNS_COUNT_FOR = DAY;

export const isHeldFor = (signs: readonly number[], now: number): boolean =>
  signs.filter((at) => now - at < SIGNS_COUNT_FOR).length >= SIGNS_UNTIL_HELD;

/** One connection took the place of another that was still there, with the same certificate. */
export interface Takeover {
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

/**
 * A device that moves to another network, or whose connection died unnoticed, takes its own place once. Two devices push
 * each other out: the address that lost its place comes back for it, or it happens many times in a few minutes.
 */
export function isTwoPlaces(earlier: readonly Takeover[], newest: Takeover): boolean {
  const lately = earlier.filter(({ at }) => newest.at - at < HOUR);
  const back = newest.from !== newest.to && lately.some(({ from, to }) => from === newest.to && to === newest.from);
  const many = lately.filter(({ at }) => newest.at - at < FIGHT_WITHIN).length >= FIGHT_TAKEOVERS;
  return back || many;
}
/** two copies behind one address come back after a second or two; a device that restarts does not do so twenty times */
const FIGHT_WITHIN = 10 * MINUTE;
const FIGHT_TAKEOVERS = 20;
/** what `isTwoPlaces` needs to be told of the past */
export const TAKEOVERS_KEPT = FIGHT_TAKEOVERS + 1;
