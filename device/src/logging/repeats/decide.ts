import type { Decision, Millis, SecurityEvent } from '../../seams.ts';
import { entryOf } from '../catalogue.ts';

/**
 * Events that come again and again: so many stand alone, then they are counted, and one entry a minute says how many and
 * since when. Whoever causes events at will writes no more than that into the log, and nothing of what they did is unsaid.
 */
export type RepeatsState = Readonly<Record<string, Pool>>;
interface Pool {
  /** events that may still stand alone */
  readonly left: number;
  readonly at: Millis;
  /** counted and not yet written, by kind */
  readonly held: readonly Held[];
}
/** `event` is the last of them */
interface Held {
  readonly event: SecurityEvent;
  readonly count: number;
  readonly since: string;
  readonly from: Millis;
}

export type RepeatsEvent =
  | { readonly kind: 'happened'; readonly event: SecurityEvent }
  | { readonly kind: 'looked' }
  /** somebody reads the log, or the device ends: what was counted is written */
  | { readonly kind: 'told' };
export interface RepeatsEffect {
  readonly kind: 'append';
  readonly event: SecurityEvent;
}

const FILLS_EVERY = 10_000;
/** Of what was counted, at most so much is lost with the power. */
export const HELD_FOR = 60_000;
const ALONE = 20;

/**
 * Refused sign-ins share one pool, so that whether one is written, which takes time, tells nothing of why it was refused.
 * What is told to a source costs no work, so it comes as often as anybody likes, and stands alone once.
 */
// G045 PL-4-2, AU-2-3: the log is protected against loss, and its writing tells nothing
const poolOf = ({ kind, detail }: SecurityEvent): { readonly name: string; readonly size: number } | undefined => {
  if (kind === 'login-failed' || (kind === 'login-throttled' && detail['by'] === 'account')) {
    return { name: 'refused-sign-ins', size: 50 };
  }
  if (kind === 'login-throttled' || kind === 'access-refused') return { name: kind, size: 1 };
  return entryOf(kind).priority === 'routine' ? { name: kind, size: ALONE } : undefined;
};

/** `now` is the device's running time, which no clock that is set moves. */
export const decideRepeats = (
  state: RepeatsState,
  event: RepeatsEvent,
  now: Millis,
): Decision<RepeatsState, RepeatsEffect> => {
  if (event.kind !== 'happened') {
    return written(state, ({ from }) => event.kind === 'told' || now - from >= HELD_FOR || now < from);
  }
  const pool = poolOf(event.event);
  if (!pool) return { state, effects: [append(event.event)] };
  const { left, at, held } = state[pool.name] ?? { left: pool.size, at: now, held: [] };
  const filled = Math.max(0, Math.floor((now - at) / FILLS_EVERY));
  const has = Math.min(pool.size, left + filled);
  const next = { left: Math.max(0, has - 1), at: now < at ? now : at + filled * FILLS_EVERY };
  if (has > 0 && held.length === 0) {
    return { state: { ...state, [pool.name]: { ...next, held } }, effects: [append(event.event)] };
  }
  return { state: { ...state, [pool.name]: { ...next, held: counted(held, event.event, now) } }, effects: [] };
};

const counted = (held: readonly Held[], event: SecurityEvent, now: Millis): readonly Held[] => {
  const before = held.find((each) => each.event.kind === event.kind);
  if (!before) return [...held, { event, count: 1, since: event.at, from: now }];
  return held.map((each) => (each === before ? { ...each, event, count: each.count + 1 } : each));
};

const written = (state: RepeatsState, isDue: (held: Held) => boolean): Decision<RepeatsState, RepeatsEffect> => {
  const due = Object.values(state).flatMap(({ held }) => held.filter(isDue));
  if (due.length === 0) return { state, effects: [] };
  const rest = Object.entries(state).map(
    ([name, pool]) => [name, { ...pool, held: pool.held.filter((each) => !due.includes(each)) }] as const,
  );
  return { state: Object.fromEntries(rest), effects: due.map(asOne) };
};

const asOne = ({ event, count, since }: Held): RepeatsEffect =>
  append(count === 1 ? event : { ...event, repeats: { count, since } });
const append = (event: SecurityEvent): RepeatsEffect => ({ kind: 'append', event });
