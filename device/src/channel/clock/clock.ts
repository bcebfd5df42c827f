import type { X509Certificate } from 'node:crypto';
import type { TimeSource } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { Clock, Millis, StateStore } from '../../seams.ts';
import { ClockState, decideClock, notBefore, UNKNOWN_TIME, type ClockEvent } from './decide.ts';

/** The room's name in the store. No reset erases it: it says nothing of people, and time does not go back with them. */
const ROOM = 'clock';

/** The day on which this version of the runtime was released; it rises with the version. A test holds that it does. */
export const RELEASED = { version: '0.1.0', at: '2026-11-01T00:00:00Z' } as const;

/** Never earlier than anything that the device has been vouched for; see `decide.ts`. */
export interface FlooredClock extends Clock {
  /** the chain led to the anchors, own certificate first */
  readonly vouchedBy: (chain: readonly X509Certificate[]) => void;
  /** what the time of `now` rests on */
  readonly source: () => TimeSource;
  /** compares the system's clock with the floor */
  readonly look: () => void;
}

export const openClock = (world: {
  readonly store: Pick<StateStore, 'read' | 'write'>;
  readonly system: Clock;
  /** when the factory made the device, ISO 8601 */
  readonly madeAt: string;
  /** hears that the system's clock was set back behind the floor */
  readonly setBack: (bySeconds: number) => void;
}): FlooredClock => {
  const stored = world.store.read(ROOM);
  let state: ClockState = Value.Check(ClockState, stored) ? stored : UNKNOWN_TIME;

  const handle = (event: ClockEvent): void => {
    const decision = decideClock(state, event, world.system.now());
    if (decision.state !== state) world.store.write(ROOM, decision.state);
    state = decision.state;
    for (const effect of decision.effects) world.setBack(effect.bySeconds);
  };

  handle({ kind: 'started', known: knownAtStart(world.madeAt) });
  return {
    now: () => notBefore(state, world.system.now()),
    source: () => (world.system.now() < state.floor ? 'floor' : 'host'),
    vouchedBy: (chain) => {
      if (chain.length > 0) handle({ kind: 'vouched', ...timeOf(chain) });
    },
    look: () => handle({ kind: 'looked' }),
  };
};

/** What a process knows of the time without any memory: for the signer, which has none of its own. */
export const knownAtStart = (madeAt: string): Millis => Math.max(Date.parse(RELEASED.at), Date.parse(madeAt) || 0);

/** When all of the chain is good. */
export const timeOf = (chain: readonly X509Certificate[]): { readonly from: Millis; readonly until: Millis } => ({
  from: Math.max(...chain.map((each) => each.validFromDate.getTime())),
  until: Math.min(...chain.map((each) => each.validToDate.getTime())),
});
