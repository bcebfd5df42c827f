import type { Millis } from '../../seams.ts';
import type { Candidate, Notice, UpdateState } from '../state.ts';
import type { UpdateEffect } from './events.ts';

/** What is owed to people and to the manufacturer: in the state until it was told, so that no crash swallows it. */

/** The oldest make room: what is newer says more. */
const MOST_OWED = 24;

interface Said {
  readonly what: Notice['what'];
  readonly about?: Pick<Candidate, 'version'> & { readonly image: { readonly number: number } };
  readonly because?: string;
}

/** The state that owes it, and the effects that tell it. */
// G044 6.3.9, EN 303 645 5.3-9: what happened reaches who administers the device and who made it, and nobody else
export const saying = (
  state: UpdateState,
  said: Said,
  to: readonly Notice['to'][],
  now: Millis,
): { readonly state: UpdateState; readonly effects: readonly UpdateEffect[] } => {
  const notices = to.map((each, index): Notice => ({
    seq: state.nextNotice + index,
    at: now,
    to: each,
    what: said.what,
    version: said.about?.version ?? null,
    number: said.about?.image.number ?? null,
    because: said.because ?? null,
  }));
  return {
    state: {
      ...state,
      owed: [...state.owed, ...notices].slice(-MOST_OWED),
      nextNotice: state.nextNotice + notices.length,
    },
    effects: notices.map(telling),
  };
};

export const EVERYONE = ['people', 'manufacturer'] as const;

export const telling = (notice: Notice): UpdateEffect => ({
  kind: notice.to === 'people' ? 'notify' : 'report',
  notice,
});

export const withoutTold = (state: UpdateState, seq: number): UpdateState =>
  state.owed.some((each) => each.seq === seq)
    ? { ...state, owed: state.owed.filter((each) => each.seq !== seq) }
    : state;
