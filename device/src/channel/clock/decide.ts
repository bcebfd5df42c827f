import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../seams.ts';

/**
 * A clock that cannot be set back, as decisions: what checks of expiry compare with is never earlier than the floor.
 *
 * - The floor is what somebody vouched for: the release of the runtime, the factory, and later the manufacturer's
 *   services, each time their certificates have led to the anchors.
 * - It never passes the end of the certificates that vouched for it, so that a clock set far ahead for a moment cannot
 *   leave the device with a floor that no certificate reaches.
 * - It rises in steps, so that it costs one write an hour at most; it never falls, not even by a reset.
 */
export const ClockState = Type.Object(
  {
    /** milliseconds since the epoch */
    floor: Type.Integer({ minimum: 0 }),
    /** the system's clock was before the floor, and that was told */
    behind: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type ClockState = Static<typeof ClockState>;
export const UNKNOWN_TIME: ClockState = { floor: 0, behind: false };

export type ClockEvent =
  /** `known`: the release of the runtime or the making of the device, whichever was later */
  | { readonly kind: 'started'; readonly known: Millis }
  /** certificates that led to the anchors: none of them was good before `from` or is after `until` */
  | { readonly kind: 'vouched'; readonly from: Millis; readonly until: Millis }
  | { readonly kind: 'looked' };
export type ClockEffect = { readonly kind: 'set-back'; readonly bySeconds: number };

/** Corrections of a clock that drifts are smaller (NTP steps it only beyond 128 ms). */
const SLACK = 5 * 60_000;
/** Flash wears: the floor is written at most once in this time. */
export const STEP = 3_600_000;

// EN 303 645 5.5-1, G045 AU-1-10, AU-3-2: what has ended stays ended, whatever the system's clock is set to
export const decideClock = (state: ClockState, event: ClockEvent, now: Millis): Decision<ClockState, ClockEffect> => {
  switch (event.kind) {
    case 'started':
      return { state: event.known > state.floor ? { ...state, floor: event.known } : state, effects: [] };
    case 'vouched': {
      const vouched = Math.max(event.from, Math.min(now, event.until));
      return look(vouched - state.floor >= STEP ? { ...state, floor: vouched } : state, now);
    }
    case 'looked':
      return look(state, now);
  }
};

/** What expiry is compared with. */
export const notBefore = ({ floor }: ClockState, now: Millis): Millis => Math.max(floor, now);

/** Told once for as long as it lasts. */
// G045 PL-4-1, PL-4-3: a clock that was set back is an event of its own
const look = (state: ClockState, now: Millis): Decision<ClockState, ClockEffect> => {
  const behind = now < state.floor - SLACK;
  if (behind === state.behind) return { state, effects: [] };
  return {
    state: { ...state, behind },
    effects: behind ? [{ kind: 'set-back', bySeconds: Math.round((state.floor - now) / 1000) }] : [],
  };
};
