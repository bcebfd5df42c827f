import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Role } from '../accounts.ts';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Decision, Millis } from '../../seams.ts';

/**
 * Who is logged in. Ids come from the caller, 256 random bits each; only their SHA-256 is kept, so that a copy of the
 * store opens no session. Every authentication makes a new id and destroys the one that the client came with.
 */

/** Declared in `authenticationMechanisms[].session`. */
type SecondLogin = NonNullable<NonNullable<AuthenticationMechanism['session']>['secondLogin']>;
export interface SessionLimits {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly administrators: 'one-at-a-time' | 'many';
  readonly secondLogin?: SecondLogin | undefined;
}

const strict = { additionalProperties: false } as const;
export const Session = Type.Object(
  {
    /** SHA-256 of the id, base64url */
    hash: Type.String({ minLength: 43, maxLength: 43 }),
    account: Type.String({ maxLength: 64 }),
    role: Role,
    createdAt: Type.Number(),
    seenAt: Type.Number(),
    /** last time that the password was checked in this session */
    verifiedAt: Type.Number(),
  },
  strict,
);
export type Session = Static<typeof Session>;
export const SessionsState = Type.Object({ sessions: Type.Array(Session) }, strict);
export type SessionsState = Static<typeof SessionsState>;
export const NO_SESSIONS: SessionsState = { sessions: [] };

interface Given {
  readonly limits: SessionLimits;
}
export type SessionsEvent = Given &
  (
    | {
        readonly kind: 'authenticated';
        readonly id: string;
        /** the id that the client came with, whatever it was */
        readonly previous?: string;
        readonly account: string;
        readonly role: Role;
      }
    | { readonly kind: 'request'; readonly id: string }
    | { readonly kind: 'logout'; readonly id: string }
    /** the password was checked again: the mark moves and the id changes */
    | { readonly kind: 'verified'; readonly id: string; readonly next: string }
    /** what opens the account was changed: every session of the account but this one ends */
    | {
        readonly kind: 'end-others';
        readonly account: string;
        readonly keep: string;
        readonly because: 'password-changed' | 'factor-changed';
      }
    | { readonly kind: 'end-all' }
    /** the account is no more, or is no longer what its sessions began with */
    | { readonly kind: 'end-account'; readonly account: string; readonly because: SessionEnd }
    /** someone signs everyone out; their own session stays */
    | { readonly kind: 'end-others-of-all'; readonly keep: string }
    /** only what has run out ends */
    | { readonly kind: 'expire' }
  );
export type SessionEnd =
  | 'logout'
  | 'idle'
  | 'absolute'
  | 'clock'
  | 'replaced'
  | 'another-login'
  | 'password-changed'
  | 'factor-changed'
  | 'account-removed'
  | 'role-changed'
  | 'signed-out-everywhere'
  | 'reset';
export type SessionsEffect =
  | { readonly kind: 'admit'; readonly session: Session }
  | { readonly kind: 'ended'; readonly session: Session; readonly because: SessionEnd };

/** Per device; the oldest go first. */
export const MAX_SESSIONS = 16;
/** A clock that a time server corrects by less than this ends nothing. */
const CLOCK_TOLERANCE_MS = 60_000;

export function decideSessions(
  state: SessionsState,
  event: SessionsEvent,
  now: Millis,
): Decision<SessionsState, SessionsEffect> {
  const expired = expire(state, event.limits, now);
  const live = expired.state;
  const next = step(live, event, now);
  return { state: next.state, effects: [...expired.effects, ...next.effects] };
}

export const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

function step(live: SessionsState, event: SessionsEvent, now: Millis): Decision<SessionsState, SessionsEffect> {
  switch (event.kind) {
    case 'authenticated':
      return authenticated(live, event, now);
    case 'request':
      return request(live, event, now);
    case 'logout':
      return end(live, (session) => (session.hash === hashOf(event.id) ? 'logout' : undefined));
    case 'verified': {
      const hash = hashOf(event.id);
      const sessions = live.sessions.map((session) =>
        session.hash === hash ? { ...session, hash: hashOf(event.next), verifiedAt: now, seenAt: now } : session,
      );
      return { state: { sessions }, effects: [] };
    }
    case 'end-others': {
      const keep = hashOf(event.keep);
      return end(live, ({ hash, account }) => (account === event.account && hash !== keep ? event.because : undefined));
    }
    case 'end-account':
      return end(live, ({ account }) => (account === event.account ? event.because : undefined));
    case 'end-others-of-all': {
      const keep = hashOf(event.keep);
      return end(live, ({ hash }) => (hash === keep ? undefined : 'signed-out-everywhere'));
    }
    case 'end-all':
      return end(live, () => 'reset');
    case 'expire':
      return { state: live, effects: [] };
  }
}

type Of<Kind> = Extract<SessionsEvent, { kind: Kind }>;

function authenticated(live: SessionsState, event: Of<'authenticated'>, now: Millis) {
  // G045 DS-3-2: the id that came in dies with the login, so that a planted one is worth nothing
  const previous = event.previous === undefined ? undefined : hashOf(event.previous);
  const administrator = event.role === 'owner';
  const kept = end(live, (session) => {
    if (session.hash === previous) return 'replaced';
    // G045 AU-1-7: one administrator at a time; the later login ends the earlier session
    if (administrator && session.role === 'owner' && event.limits.administrators === 'one-at-a-time') {
      return 'another-login';
    }
    return undefined;
  });
  const session: Session = {
    hash: hashOf(event.id),
    account: event.account,
    role: event.role,
    createdAt: now,
    seenAt: now,
    verifiedAt: now,
  };
  const room = kept.state.sessions.slice(-(MAX_SESSIONS - 1));
  const crowdedOut = kept.state.sessions.slice(0, -(MAX_SESSIONS - 1));
  return {
    state: { sessions: [...room, session] },
    effects: [...kept.effects, ...crowdedOut.map((each) => ended(each, 'another-login'))],
  };
}

function request(live: SessionsState, event: Of<'request'>, now: Millis): Decision<SessionsState, SessionsEffect> {
  const hash = hashOf(event.id);
  const session = live.sessions.find((each) => each.hash === hash);
  if (!session) return { state: live, effects: [] };
  // written at most sixty times per idle time: a session may end that much too early, never too late
  const grain = Math.min(10_000, (event.limits.idleSeconds * 1000) / 60);
  if (now - session.seenAt < grain) return { state: live, effects: [{ kind: 'admit', session }] };
  const seen = { ...session, seenAt: now };
  return {
    state: { sessions: live.sessions.map((each) => (each === session ? seen : each)) },
    effects: [{ kind: 'admit', session: seen }],
  };
}

function expire(state: SessionsState, limits: SessionLimits, now: Millis) {
  return end(state, (session) => {
    // G045 DS-3-1: idle and absolute timeouts as declared; afterwards only a new login helps
    if (now - session.seenAt >= limits.idleSeconds * 1000) return 'idle';
    if (now - session.createdAt >= limits.absoluteSeconds * 1000) return 'absolute';
    if (now + CLOCK_TOLERANCE_MS < session.seenAt) return 'clock';
    return undefined;
  });
}

function end(
  state: SessionsState,
  why: (session: Session) => SessionEnd | undefined,
): Decision<SessionsState, Extract<SessionsEffect, { kind: 'ended' }>> {
  const sessions: Session[] = [];
  const effects: Extract<SessionsEffect, { kind: 'ended' }>[] = [];
  for (const session of state.sessions) {
    const because = why(session);
    if (because === undefined) sessions.push(session);
    else effects.push(ended(session, because));
  }
  // the same object where nothing ended, so that the caller sees that there is nothing to write
  return { state: effects.length === 0 ? state : { sessions }, effects };
}

const ended = (session: Session, because: SessionEnd) => ({ kind: 'ended', session, because }) as const;
