import { Type, type Static } from 'typebox';
import type { Clock, Millis } from '../../seams.ts';

/**
 * The time by which accounts end. It is never behind the clock, and goes on by the device's own running time whatever the
 * clock is set to meanwhile: who sets the clock back gives no first password another day. A clock that was far ahead for a
 * while moves all ends of later accounts with it, so that these last as long as they should.
 */
export const HouseholdTime = Type.Object({ at: Type.Number({ minimum: 0 }) }, { additionalProperties: false });
export type HouseholdTime = Static<typeof HouseholdTime>;
export const NO_TIME: HouseholdTime = { at: 0 };

export interface HouseholdClock {
  readonly now: () => Millis;
  /** the time to be kept now, where the kept one is so old that a restart would give back more than an hour */
  readonly due: () => HouseholdTime | undefined;
}
/** Flash wears: written at most once in this time. */
const STEP = 3_600_000;

export function openHouseholdClock(world: {
  readonly kept: () => HouseholdTime;
  readonly clock: Clock;
  /** runs evenly from any beginning */
  readonly running: () => Millis;
}): HouseholdClock {
  let { at } = world.kept();
  let ran = world.running();
  // EN 303 645 5.1-1, G045 AU-1-1: what ends, ends, whatever the clock is set to
  const now = (): Millis => {
    const running = world.running();
    at = Math.max(at + Math.max(0, running - ran), world.clock.now());
    ran = running;
    return at;
  };
  return {
    now,
    due: () => (now() - world.kept().at >= STEP ? { at } : undefined),
  };
}
