import type { ReportPlace } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../seams.ts';
import { type TakenBack, withinBound, without } from './queue.ts';
import { renewal, type RenewalRule } from './renewal.ts';

/**
 * The way to the manufacturer's services, as decisions.
 *
 * - Nothing is said, not even enrolment, before set-up is finished: the owner hears first what leaves the home.
 * - After a failure the device waits: exponential, capped, half of it drawn at random, so that a fleet never returns at once.
 * - What could not be sent is kept, bounded; beyond the bound the oldest goes, and is counted.
 */

const strict = { additionalProperties: false } as const;
const Message = Type.Object(
  {
    seq: Type.Integer({ minimum: 0 }),
    topic: Type.Union([
      Type.Literal('telemetry'),
      Type.Literal('events'),
      Type.Literal('seals'),
      Type.Literal('privacy'),
    ]),
    /** the message as it goes out, JSON */
    payload: Type.String(),
  },
  strict,
);
export type Message = Static<typeof Message>;

export const ChannelState = Type.Object(
  {
    phase: Type.Union([
      Type.Literal('idle'),
      Type.Literal('enrolling'),
      Type.Literal('connecting'),
      Type.Literal('connected'),
      Type.Literal('backing-off'),
    ]),
    /** end of the operational certificate; null before enrolment */
    until: Type.Union([Type.Integer(), Type.Null()]),
    /** when it is due to be renewed; of a version that did not keep it, absent */
    renewAt: Type.Optional(Type.Integer()),
    failures: Type.Integer({ minimum: 0 }),
    /** the services did not let this certificate in */
    refused: Type.Optional(Type.Boolean()),
    nextSeq: Type.Integer({ minimum: 0 }),
    queue: Type.Array(Message),
    dropped: Type.Integer({ minimum: 0 }),
    /** places of the log's reports that were said: from the first one of this chain on, and the next; absent before one was */
    reports: Type.Optional(
      Type.Object(
        {
          chain: Type.Integer({ minimum: 0 }),
          since: Type.Integer({ minimum: 0 }),
          next: Type.Integer({ minimum: 0 }),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type ChannelState = Static<typeof ChannelState>;

export const INITIAL_CHANNEL: ChannelState = {
  phase: 'idle',
  until: null,
  failures: 0,
  nextSeq: 0,
  queue: [],
  dropped: 0,
};

/** `draw` is a random number from 0 up to 1, drawn by the driver. */
export type ChannelEvent =
  | {
      readonly kind: 'started';
      readonly initialised: boolean;
      readonly from: Millis;
      readonly until: Millis | null;
      readonly draw: number;
    }
  | { readonly kind: 'initialised' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'woken' }
  | { readonly kind: 'enrolled'; readonly from: Millis; readonly until: Millis; readonly draw: number }
  /** a new certificate now, though the one in use is still good */
  | { readonly kind: 'renew' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'failed'; readonly step: string; readonly because: string; readonly draw: number }
  | Say
  /** what waits of it is not to leave any more */
  | { readonly kind: 'take-back'; readonly taken: readonly TakenBack[] }
  | { readonly kind: 'delivered'; readonly seq: number };

export interface Say {
  readonly kind: 'say';
  readonly topic: Message['topic'];
  readonly body: Readonly<Record<string, unknown>>;
  /** of a report of the log */
  readonly place?: Pick<ReportPlace, 'chain' | 'n'>;
}

export type ChannelEffect =
  | { readonly kind: 'enrol' }
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'forget' }
  | { readonly kind: 'publish'; readonly message: Message }
  /** it has left the home, as far as anybody can tell */
  | { readonly kind: 'left'; readonly message: Message }
  | { readonly kind: 'wake'; readonly inMillis: number }
  | { readonly kind: 'record'; readonly event: 'enrolled' | 'channel-up' }
  | { readonly kind: 'record-down'; readonly step: string; readonly because: string };

type Next = Decision<ChannelState, ChannelEffect>;

const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 15 * 60_000;
/** After power returns to a whole street, its devices come back spread over this. */
export const START_SPREAD = 10_000;
/** While a person at the manufacturer looks at it, between half of this and all of it. */
export const HELD_DELAY = 12 * 3_600_000;
/** How often at least a connected device looks at its certificate's end. */
const CHECK_EVERY = 12 * 3_600_000;

/** The channel under another rule of renewal. */
export const channelWith =
  (rule: RenewalRule) =>
  (state: ChannelState, event: ChannelEvent, now: Millis): Next =>
    decide(rule, state, event, now);

export const decideChannel = channelWith(renewal);

const decide = (rule: RenewalRule, state: ChannelState, event: ChannelEvent, now: Millis): Next => {
  switch (event.kind) {
    case 'started': {
      const fresh = { ...certified(rule, state, event), phase: 'idle', failures: 0 } as const;
      if (!event.initialised) return { state: fresh, effects: [] };
      // EN 303 645 5.9-3, G044 6.9.3: a start after a power cut is spread too
      return wait({ ...fresh, phase: 'backing-off' }, Math.round(event.draw * START_SPREAD));
    }
    case 'initialised':
      return state.phase === 'idle' ? reachOut(rule, state, now) : stay(state);
    case 'reset':
      return {
        // The count goes on, so that the services never take a new message for one that they have seen.
        state: { ...INITIAL_CHANNEL, nextSeq: state.nextSeq },
        effects: [{ kind: 'disconnect' }, { kind: 'forget' }],
      };
    case 'woken':
      if (state.phase === 'backing-off') return reachOut(rule, state, now);
      return state.phase === 'connected' ? checkCertificate(rule, state, now) : stay(state);
    case 'renew':
      return state.phase === 'connected' ? renew(state) : stay(state);
    case 'enrolled':
      if (state.phase !== 'enrolling') return stay(state);
      return {
        state: { ...certified(rule, state, event), phase: 'connecting' },
        effects: [{ kind: 'record', event: 'enrolled' }, { kind: 'connect' }],
      };
    case 'connected':
      if (state.phase !== 'connecting') return stay(state);
      return {
        state: { ...state, phase: 'connected', failures: 0, refused: false },
        effects: [
          { kind: 'record', event: 'channel-up' },
          ...state.queue.map((message) => ({ kind: 'publish', message }) as const),
          { kind: 'wake', inMillis: untilCheck(state, now) },
        ],
      };
    case 'failed':
      return state.phase === 'idle' || state.phase === 'backing-off' ? stay(state) : backOff(state, event);
    case 'say':
      return say(state, event);
    case 'take-back':
      return takeBack(state, event.taken);
    case 'delivered':
      return {
        state: { ...state, queue: state.queue.filter(({ seq }) => seq !== event.seq) },
        effects: state.queue.filter(({ seq }) => seq === event.seq).map((message) => ({ kind: 'left', message })),
      };
  }
};

/** The draw of a certificate is kept: a device that restarts often must not draw until it is early. */
const certified = (
  rule: RenewalRule,
  state: ChannelState,
  { from, until, draw }: { readonly from: Millis; readonly until: Millis | null; readonly draw: number },
): ChannelState => {
  const { renewAt: kept, refused: _before, ...rest } = state;
  if (until === null) return { ...rest, until };
  const renewAt = until === state.until && kept !== undefined ? kept : rule.at(from, until, draw);
  return { ...rest, until, renewAt };
};

/** Milliseconds before the next try: half certain, half drawn. */
// EN 303 645 5.9-3, G044 6.9.3: no mass of devices comes back at the same moment
export const backOffDelay = (failures: number, draw: number): number => {
  const whole = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(failures, 20));
  return Math.round(whole / 2 + (whole / 2) * draw);
};

const reachOut = (rule: RenewalRule, state: ChannelState, now: Millis): Next => {
  const need = rule.need(state, now);
  // G045 AU-1-10: while it is still good, a failed renewal does not keep the device off its channel
  return need === 'must' || (need === 'should' && state.failures % 2 === 0)
    ? { state: { ...state, phase: 'enrolling' }, effects: [{ kind: 'enrol' }] }
    : { state: { ...state, phase: 'connecting' }, effects: [{ kind: 'connect' }] };
};

const checkCertificate = (rule: RenewalRule, state: ChannelState, now: Millis): Next =>
  rule.need(state, now) === 'none' ? wait(state, untilCheck(state, now)) : renew(state);

/** A certificate that is due before the usual look is looked at when it is. */
const untilCheck = ({ renewAt }: ChannelState, now: Millis): number =>
  renewAt === undefined || renewAt <= now ? CHECK_EVERY : Math.min(CHECK_EVERY, renewAt - now);

const renew = (state: ChannelState): Next => ({
  state: { ...state, phase: 'enrolling' },
  effects: [{ kind: 'disconnect' }, { kind: 'enrol' }],
});

const backOff = (state: ChannelState, event: Extract<ChannelEvent, { kind: 'failed' }>): Next => {
  const isHeld = event.because === 'enrolment-held';
  const failed: ChannelState = {
    ...state,
    phase: 'backing-off',
    failures: state.failures + 1,
    // Superseded or revoked, whatever its date says: the next try asks for another (docs/decisions/0019).
    refused: state.refused === true || (state.phase === 'connecting' && event.because === 'services-refused'),
  };
  const delay = isHeld ? Math.round((HELD_DELAY * (1 + event.draw)) / 2) : backOffDelay(state.failures, event.draw);
  const { effects } = wait(failed, delay);
  const first = state.failures === 0 || state.phase === 'connected';
  return {
    state: failed,
    effects: [
      { kind: 'disconnect' },
      // One record for an outage, not one for every try.
      ...(first ? [{ kind: 'record-down', step: event.step, because: event.because } as const] : []),
      ...effects,
    ],
  };
};

const say = (state: ChannelState, event: Say): Next => {
  if (state.phase === 'idle') return stay(state);
  const reports = event.place ? reported(state.reports, event.place) : state.reports;
  const message: Message = {
    seq: state.nextSeq,
    topic: event.topic,
    payload: JSON.stringify({
      ...event.body,
      ...(event.place && reports ? { since: reports.since } : {}),
      seq: state.nextSeq,
    }),
  };
  const all = [...state.queue.filter((each) => !isOutdatedBy(each, message)), message];
  const queue = withinBound(all);
  return {
    state: {
      ...state,
      nextSeq: state.nextSeq + 1,
      queue: [...queue],
      dropped: state.dropped + all.length - queue.length,
      ...(reports ? { reports } : {}),
    },
    effects: state.phase === 'connected' ? [{ kind: 'publish', message }] : [],
  };
};

/** Another chain: the log was erased, and what comes first of it is the first that is said. */
const reported = (
  known: ChannelState['reports'],
  { chain, n }: Pick<ReportPlace, 'chain' | 'n'>,
): NonNullable<ChannelState['reports']> =>
  known?.chain === chain ? { ...known, next: Math.max(known.next, n + 1) } : { chain, since: n, next: n + 1 };

/** A newer seal says what an older one said. */
const isOutdatedBy = (kept: Message, by: Message): boolean => kept.topic === 'seals' && by.topic === 'seals';

// EN 303 645 6-3, 5.11-1, G044 7-c, 6.11.1: what was withdrawn or erased does not leave the home later, when there is a way again
const takeBack = (state: ChannelState, taken: readonly TakenBack[]): Next => {
  const { queue, cut } = without(state.queue, taken);
  if (cut.length === 0) return stay(state);
  return {
    state: { ...state, queue: [...queue] },
    // while there is a connection all that waits was handed to it already, and waits for its receipt alone
    effects: state.phase === 'connected' ? cut.map((message) => ({ kind: 'left', message })) : [],
  };
};

const wait = (state: ChannelState, inMillis: number): Next => ({ state, effects: [{ kind: 'wake', inMillis }] });
const stay = (state: ChannelState): Next => ({ state, effects: [] });
