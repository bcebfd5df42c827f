import type { TimeSource } from '@hearthward/protocol';
import type { Decision, Millis } from '../../seams.ts';

/**
 * What time it is, as decisions: the services vouch for it over the channel, and from then on the device counts for itself,
 * so that a host's clock which somebody sets moves no time in the log. Before they have, and a day after they last did, it
 * is the host's clock, and the entry says so.
 */
export interface TimeState {
  /** what the services said, and the device's running time then */
  readonly vouched?: { readonly at: Millis; readonly running: Millis };
  /** the host's clock and the running time when both were last looked at */
  readonly looked?: { readonly host: Millis; readonly running: Millis };
  /** the host's clock differs from what the services say, and that was told */
  readonly differs: boolean;
}
export const TIME_UNKNOWN: TimeState = { differs: false };

export type TimeEvent =
  /** `within`: milliseconds from the question to the answer */
  { readonly kind: 'vouched'; readonly at: Millis; readonly within: Millis } | { readonly kind: 'looked' };
export interface TimeEffect {
  /** `jumped`: the host's clock was set while the device ran; `differs`: it is not the services' */
  readonly kind: 'jumped' | 'differs';
  readonly bySeconds: number;
  readonly direction: 'ahead' | 'back';
}
export interface Clocks {
  readonly host: Millis;
  /** runs evenly, whatever happens to the host's clock */
  readonly running: Millis;
}

/** An answer that took longer says too little about when it was given. */
export const ANSWER_WITHIN = 5_000;
/** Drift of a crystal oscillator, 100 ppm, is nine seconds in it. */
const VOUCHED_FOR = 24 * 3_600_000;
/** A clock that is kept over a network is set in smaller steps. */
const SLACK = 5_000;

// G045 PL-4-3: the time of an entry is the services', and a host's clock that differs or is set is an event of its own
export const decideTime = (state: TimeState, event: TimeEvent, clocks: Clocks): Decision<TimeState, TimeEffect> => {
  const { host, running } = clocks;
  if (event.kind === 'looked') return look(state, clocks);
  if (event.within < 0 || event.within > ANSWER_WITHIN) return { state, effects: [] };
  // half of the way there, half of it back: right to within half of what it took
  const at = event.at + Math.round(event.within / 2);
  const by = host - at;
  const differs = Math.abs(by) > SLACK;
  return {
    state: { ...state, vouched: { at, running }, differs },
    effects: differs && !state.differs ? [effect('differs', by)] : [],
  };
};

export const timeOf = (
  state: TimeState,
  { host, running }: Clocks,
): { readonly at: Millis; readonly source: TimeSource } => {
  const age = state.vouched ? running - state.vouched.running : -1;
  if (!state.vouched || age < 0 || age > VOUCHED_FOR) return { at: host, source: 'host' };
  return { at: state.vouched.at + Math.round(age), source: 'services' };
};

const look = (state: TimeState, clocks: Clocks): Decision<TimeState, TimeEffect> => {
  const { looked } = state;
  const by = looked ? clocks.host - looked.host - (clocks.running - looked.running) : 0;
  return {
    state: { ...state, looked: clocks },
    effects: Math.abs(by) > SLACK ? [effect('jumped', by)] : [],
  };
};

const effect = (kind: TimeEffect['kind'], by: Millis): TimeEffect => ({
  kind,
  bySeconds: Math.round(Math.abs(by) / 1_000),
  direction: by > 0 ? 'ahead' : 'back',
});
