import { TimeMessage, type TimeSource } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { Millis } from '../../seams.ts';
import { decideTime, TIME_UNKNOWN, timeOf, type Clocks, type TimeEffect, type TimeEvent } from './decide.ts';

/** The time of day for the log, and what it rests on; see `decide.ts`. */
export interface KnownTime {
  readonly now: () => Millis;
  readonly source: () => TimeSource;
  /** the device asks now */
  readonly asked: () => void;
  /** hostile bytes of the topic: an answer to the last question, or nothing */
  readonly heard: (payload: Uint8Array) => void;
  /** whether to ask again */
  readonly isDue: () => boolean;
  /** compares the host's clock with the running time */
  readonly look: () => void;
}

/** Flash and network are spared: drift in it stays under a second. */
const ASK_EVERY = 3_600_000;

export const openTime = (world: {
  /** its clock has a floor: what is behind that is told there */
  readonly clocks: () => Clocks;
  readonly changed: (effect: TimeEffect) => void;
}): KnownTime => {
  let state = TIME_UNKNOWN;
  /** running time of the question that has no answer yet, and of the last answer */
  let asked: Millis | undefined;
  let answered: Millis | undefined;

  const handle = (event: TimeEvent): void => {
    const decision = decideTime(state, event, world.clocks());
    state = decision.state;
    for (const effect of decision.effects) world.changed(effect);
  };
  return {
    now: () => timeOf(state, world.clocks()).at,
    source: () => timeOf(state, world.clocks()).source,
    asked: () => {
      asked = world.clocks().running;
    },
    heard: (payload) => {
      const message = read(payload);
      if (!message || asked === undefined) return;
      const within = world.clocks().running - asked;
      // one answer to a question: another could be older than it looks
      asked = undefined;
      answered = world.clocks().running;
      handle({ kind: 'vouched', at: message.at, within });
    },
    isDue: () => answered === undefined || world.clocks().running - answered >= ASK_EVERY,
    look: () => handle({ kind: 'looked' }),
  };
};

const read = (payload: Uint8Array): TimeMessage | undefined => {
  try {
    // boundary time-message: the services, whoever speaks in their name -> TimeMessage, at most MAX_MESSAGE_BYTES, else not heard; device/test/channel/time.test.ts
    const message: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return Value.Check(TimeMessage, message) ? message : undefined;
  } catch {
    return undefined;
  }
};
