import { Type, type Static } from 'typebox';
import { PLACE } from '../logging/fields.ts';
import type { Decision, Millis } from '../seams.ts';

/**
 * The one state "cut off", as decisions: why, since when, how it ends.
 *
 * - Whoever finds that the device is not what it should be puts it there. The people at home still reach their panel;
 *   outward there is the one declared way to tell of it, and nothing else.
 * - It ends when everything that led there has been recovered from, or by an owner's decision about exactly what was found.
 * - By recovery it ends no earlier than its hold, and each hold of a week is four times the one before it, up to a day:
 *   who keeps causing it moves the device a dozen times a week at most. What was found is told once, and not again
 *   while it lasts.
 */

const strict = { additionalProperties: false } as const;
export const Cause = Type.Union([Type.Literal('integrity'), Type.Literal('tamper'), Type.Literal('self-test')]);
export type Cause = Static<typeof Cause>;
/** Ids and places of ours: nothing that a person typed. */
export const Detail = Type.String({ maxLength: 120, pattern: PLACE.source });

export const Held = Type.Object(
  {
    /** rises with each thing that is found; a decision names it, so that nobody decides on what they have not seen */
    incident: Type.Integer({ minimum: 1 }),
    since: Type.Integer(),
    /** by itself it ends no earlier */
    until: Type.Integer(),
    found: Type.Array(Type.Object({ cause: Cause, detail: Detail, recovered: Type.Boolean() }, strict), {
      minItems: 1,
      maxItems: 3,
    }),
  },
  strict,
);
export type Held = Static<typeof Held>;
const Ended = Type.Object(
  { incident: Type.Integer(), because: Type.Union([Type.Literal('recovered'), Type.Literal('decided')]) },
  strict,
);

export const Quarantine = Type.Object(
  {
    held: Type.Union([Type.Null(), Held]),
    /** how it ended last */
    ended: Type.Union([Type.Null(), Ended]),
    /** incidents so far */
    incidents: Type.Integer({ minimum: 0 }),
    /** when it was entered lately, newest last */
    lately: Type.Array(Type.Integer(), { maxItems: 16 }),
  },
  strict,
);
export type Quarantine = Static<typeof Quarantine>;
export const FREE: Quarantine = { held: null, ended: null, incidents: 0, lately: [] };

export type QuarantineEvent =
  | { readonly kind: 'violated'; readonly cause: Cause; readonly detail: string }
  /** the device stands on a known good version again, where `cause` is concerned */
  | { readonly kind: 'recovered'; readonly cause: Cause }
  /** an owner who has just proven who they are ends it, having seen `incident` */
  | { readonly kind: 'decided'; readonly incident: number }
  | { readonly kind: 'ticked' };
export type QuarantineEffect =
  | { readonly kind: 'cut-off'; readonly incident: number; readonly cause: Cause }
  | { readonly kind: 'reconnect'; readonly because: 'recovered' | 'decided' };

export const FIRST_HOLD = 15 * 60_000;
const GROWS_BY = 4;
export const LONGEST_HOLD = 24 * 3_600_000;
export const LATELY = 7 * 24 * 3_600_000;
const REMEMBERED = 16;

type Next = Decision<Quarantine, QuarantineEffect>;

// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: a device that is not what it should be talks to nobody but who must hear of it
export const decideQuarantine = (state: Quarantine, event: QuarantineEvent, now: Millis): Next => {
  switch (event.kind) {
    case 'violated':
      return violated(state, event.cause, event.detail, now);
    case 'recovered':
      return overIfDue(recovered(state, event.cause), now);
    case 'decided':
      return state.held?.incident === event.incident ? ended(state, 'decided') : stay(state);
    case 'ticked':
      return overIfDue(withinClock(state, now), now);
  }
};

const violated = (state: Quarantine, cause: Cause, detail: string, now: Millis): Next => {
  const { held } = state;
  const known = held?.found.find((each) => each.cause === cause);
  // the same again, however often, is told no more; and changes nothing unless it had been mended
  if (held && known) {
    if (!known.recovered) return stay(state);
    const found = held.found.map((each) => (each.cause === cause ? { ...each, recovered: false } : each));
    return stay({ ...state, held: { ...held, found } });
  }
  const incident = state.incidents + 1;
  const lately = held ? state.lately : [...state.lately.filter((at) => at <= now && now - at < LATELY), now];
  const next: Held = {
    incident,
    since: held?.since ?? now,
    until: now + holdOf(lately.length),
    found: [...(held?.found ?? []), { cause, detail, recovered: false }],
  };
  return {
    state: { ...state, held: next, incidents: incident, lately: lately.slice(-REMEMBERED) },
    effects: [{ kind: 'cut-off', incident, cause }],
  };
};

/** `entries`: how often in a week, this one included. */
const holdOf = (entries: number): Millis => Math.min(LONGEST_HOLD, FIRST_HOLD * GROWS_BY ** (entries - 1));

const recovered = (state: Quarantine, cause: Cause): Quarantine => {
  const { held } = state;
  if (!held?.found.some((each) => each.cause === cause && !each.recovered)) return state;
  const found = held.found.map((each) => (each.cause === cause ? { ...each, recovered: true } : each));
  return { ...state, held: { ...held, found } };
};

/** A clock that was set back makes no hold longer than it was meant to be. */
const withinClock = (state: Quarantine, now: Millis): Quarantine => {
  const { held } = state;
  if (!held || now >= held.since) return state;
  return { ...state, held: { ...held, since: now, until: now + Math.min(LONGEST_HOLD, held.until - held.since) } };
};

const overIfDue = (state: Quarantine, now: Millis): Next => {
  const { held } = state;
  const due = held && now >= held.until && held.found.every((each) => each.recovered);
  return due ? ended(state, 'recovered') : stay(state);
};

const ended = (state: Quarantine, because: 'recovered' | 'decided'): Next => ({
  state: { ...state, held: null, ended: { incident: state.held?.incident ?? state.incidents, because } },
  effects: [{ kind: 'reconnect', because }],
});

const stay = (state: Quarantine): Next => ({ state, effects: [] });
