/** Milliseconds since the epoch; decisions get it as a value. */
export type Millis = number;

export interface Clock {
  readonly now: () => Millis;
}

export const systemClock: Clock = { now: () => Date.now() };

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const iso = (at: Millis) => new Date(at).toISOString();
