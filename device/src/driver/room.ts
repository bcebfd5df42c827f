import type { Clock, Decide, Plain, StateStore } from '../seams.ts';
import { asFault, type FaultCode } from './faults.ts';

/**
 * Carries out what a room's pure `decide` decided: one queue per room, state durable before any effect, effects in
 * order, an effect's failure an event of the same room.
 *
 * A crash between the write and the effects loses the effects: a room therefore keeps in its state what it still owes
 * and derives it anew from its `resumed` event. Effects must bear being carried out twice.
 */
export interface RoomDefinition<
  State extends Plain,
  Event extends { readonly kind: string },
  Effect extends { readonly kind: string },
> {
  readonly name: string;
  readonly initial: State;
  /** reads what an earlier run stored; undefined where it is not a state of this room */
  readonly read: (stored: Plain) => State | undefined;
  readonly decide: Decide<State, Event, Effect>;
  readonly executors: Executors<Event, Effect>;
  /** how the room hears that an effect failed */
  readonly failed: (effect: Effect, fault: { readonly code: FaultCode; readonly because: string }) => Event;
  /** decided first at every start, from the state that survived */
  readonly resumed?: Event;
}

/** One executor per kind of effect; it may answer with the event that tells how it went, or dispatch it later. */
export type Executors<Event, Effect extends { readonly kind: string }> = {
  readonly [Kind in Effect['kind']]: (
    effect: Extract<Effect, { readonly kind: Kind }>,
    dispatch: (event: Event) => void,
  ) => Outcome<Event> | Promise<Outcome<Event>>;
};
type Outcome<Event> = Event | undefined | void;

export interface Room<State, Event> {
  readonly state: () => State;
  /** resolves when the event's state is durable and its effects are carried out; rejects where the state cannot be stored */
  readonly dispatch: (event: Event) => Promise<State>;
  /** resolves when the queue is empty */
  readonly idle: () => Promise<void>;
  /** no event is taken any more; resolves when the running one is done */
  readonly close: () => Promise<void>;
}

export const openRoom = <
  State extends Plain,
  Event extends { readonly kind: string },
  Effect extends { readonly kind: string },
>(
  definition: RoomDefinition<State, Event, Effect>,
  world: {
    readonly store: Pick<StateStore, 'read' | 'write'>;
    readonly clock: Clock;
    readonly fault: (thrown: unknown) => void;
  },
): Room<State, Event> => {
  const stored = world.store.read(definition.name);
  let state = (stored === undefined ? undefined : definition.read(stored)) ?? definition.initial;
  let closed = false;
  let tail: Promise<unknown> = Promise.resolve();

  const dispatch = (event: Event): Promise<State> => {
    const done = tail.then(() => (closed ? state : handle(event)));
    // The queue goes on after a rejection; whoever dispatched hears of it.
    tail = done.catch(() => undefined);
    return done;
  };

  const dispatchLater = (event: Event): void => {
    if (!closed) dispatch(event).catch(world.fault);
  };

  const handle = async (event: Event): Promise<State> => {
    const decision = definition.decide(state, event, world.clock.now());
    if (decision.state !== state) world.store.write(definition.name, decision.state);
    state = decision.state;
    for (const effect of decision.effects) dispatchOutcome(await execute(effect));
    return state;
  };

  const execute = async (effect: Effect): Promise<Outcome<Event>> => {
    try {
      const executor = definition.executors[effect.kind as Effect['kind']];
      return await executor(effect as Extract<Effect, { readonly kind: Effect['kind'] }>, dispatchLater);
    } catch (thrown) {
      const fault = asFault(thrown);
      return definition.failed(effect, { code: fault.code, because: fault.message });
    }
  };

  const dispatchOutcome = (outcome: Outcome<Event>): void => {
    if (outcome) dispatchLater(outcome);
  };

  const idle = async (): Promise<void> => {
    let seen: Promise<unknown>;
    do {
      seen = tail;
      await seen;
    } while (seen !== tail);
  };

  if (definition.resumed) dispatchLater(definition.resumed);
  return {
    state: () => state,
    dispatch,
    idle,
    close: async () => {
      closed = true;
      await tail;
    },
  };
};
