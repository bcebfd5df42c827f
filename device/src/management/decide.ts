import { COMMAND_LASTS, type CommandBody, type ManagementCommand } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../seams.ts';

/**
 * Management by the manufacturer's operators, as decisions.
 *
 * - Off until the owner switches it on, for an hour or a day; off again by itself, or by the owner at once.
 * - While it is off the device does not even listen; while it is on, every page says so.
 * - A command is one of a closed set, given by an operator's signature, and taken once: its number is higher than any
 *   before, and it has not waited too long on its way.
 */
export const PERIODS = { '1': 3_600_000, '24': 24 * 3_600_000 } as const;
/** hours, as the owner chooses them */
export type Period = keyof typeof PERIODS;

export const ManagementState = Type.Object(
  {
    /** null while it is off */
    allowed: Type.Union([
      Type.Null(),
      Type.Object(
        {
          hours: Type.Union([Type.Literal('1'), Type.Literal('24')]),
          since: Type.Integer(),
          until: Type.Integer(),
          /** when a command was last taken in this time; null where none was */
          used: Type.Union([Type.Integer(), Type.Null()]),
        },
        { additionalProperties: false },
      ),
    ]),
    /** number of the last command taken; it stays over every reset, so that none is ever taken twice */
    seq: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type ManagementState = Static<typeof ManagementState>;
export const UNMANAGED: ManagementState = { allowed: null, seq: 0 };

export type ManagementEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'allowed'; readonly hours: Period }
  | { readonly kind: 'ended' }
  | { readonly kind: 'ticked' }
  /** the device is given back to its factory state */
  | { readonly kind: 'reset' }
  /** signed by the operators' key and for this device */
  | { readonly kind: 'command'; readonly body: CommandBody }
  /** what came on the topic and is no command of theirs */
  | { readonly kind: 'forged' };

export type CommandRefusal = 'off' | 'expired' | 'too-far-ahead' | 'seen-before' | 'not-signed';
export type ManagementEffect =
  | { readonly kind: 'listen' }
  | { readonly kind: 'stop-listening' }
  | { readonly kind: 'record-allowed'; readonly hours: number }
  | { readonly kind: 'record-ended'; readonly because: 'owner' | 'time' | 'reset' }
  | { readonly kind: 'record-refused'; readonly because: CommandRefusal }
  | { readonly kind: 'carry-out'; readonly id: string; readonly command: ManagementCommand };

type Next = Decision<ManagementState, ManagementEffect>;

// EN 303 645 5.5-4, 5.5-5, G044 6.5.4, 6.5.5, G045 PL-3-2: managed from afar only while the owner allows it, by who has signed
export const decideManagement = (state: ManagementState, event: ManagementEvent, now: Millis): Next => {
  switch (event.kind) {
    case 'started':
    case 'ticked': {
      const current = untilNow(state, now);
      if (current !== state) return end(state, 'time');
      return { state, effects: event.kind === 'started' && state.allowed ? [{ kind: 'listen' }] : [] };
    }
    case 'allowed': {
      const allowed = { hours: event.hours, since: now, until: now + PERIODS[event.hours], used: null };
      return {
        state: { ...state, allowed },
        effects: [{ kind: 'record-allowed', hours: Number(event.hours) }, { kind: 'listen' }],
      };
    }
    case 'ended':
      return end(state, 'owner');
    case 'reset':
      return end(state, 'reset');
    case 'forged':
      return refuse(state, 'not-signed');
    case 'command':
      return command(state, event.body, now);
  }
};

/** A clock that went back would make the time longer than was chosen: it is over then. */
export const untilNow = (state: ManagementState, now: Millis): ManagementState =>
  state.allowed && (now >= state.allowed.until || now < state.allowed.since) ? { ...state, allowed: null } : state;

const command = (before: ManagementState, body: CommandBody, now: Millis): Next => {
  const state = untilNow(before, now);
  const left = Date.parse(body.expires) - now;
  if (!state.allowed) return refuse(before, 'off');
  if (!(left > 0)) return refuse(state, 'expired');
  if (left > COMMAND_LASTS * 2) return refuse(state, 'too-far-ahead');
  // G045 DS-1-2: what was recorded and comes again is not done again
  if (body.seq <= state.seq) return refuse(state, 'seen-before');
  return {
    state: { seq: body.seq, allowed: { ...state.allowed, used: now } },
    effects: [{ kind: 'carry-out', id: body.id, command: body.command }],
  };
};

const end = (state: ManagementState, because: 'owner' | 'time' | 'reset'): Next =>
  state.allowed
    ? { state: { ...state, allowed: null }, effects: [{ kind: 'stop-listening' }, { kind: 'record-ended', because }] }
    : { state, effects: [] };

const refuse = (state: ManagementState, because: CommandRefusal): Next => ({
  state,
  effects: [{ kind: 'record-refused', because }],
});
