import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashOf, type SessionsEvent, type SessionsState } from '../../access/sessions/decide.ts';
import type { SignInsState } from '../../access/sign-in/decide.ts';
import { cookieOf, DEVICE_COOKIE, setCookie } from '../http/cookies.ts';
import { recordEnded, stepSessions, type Desk } from '../desk.ts';
import { readState } from '../documents.ts';
import { addCookie } from '../visit.ts';

/** What opens an account is about to change: the session that does it goes on under a new id, every other one ends. */
export interface Alone {
  /** to be written together with what changes: the sessions, and the sign-ins that are still on their way */
  readonly states: { readonly sessions: SessionsState; readonly signIns: SignInsState };
  /** once it is durable: what ended is recorded, the client gets its new id */
  readonly tell: (reply: FastifyReply) => void;
}

/** Undefined where the session of the request has ended meanwhile: by logout, another login or a reset. */
export function aloneIn(
  desk: Desk,
  request: FastifyRequest,
  account: string,
  because: Extract<SessionsEvent, { kind: 'end-others' }>['because'],
): Alone | undefined {
  const { store, random, parts } = desk.context;
  const held = request.visit.session?.id;
  const before = readState(store, 'sessions');
  if (held === undefined || !before.sessions.some(({ hash }) => hash === hashOf(held))) return undefined;
  const next = parts.newSessionId(random, held);
  // EN 303 645 5.1-4, G044 6.1-d, G045 AU-1-7: whoever else is logged in by what was in force before is out
  const others = stepSessions(desk, before, { kind: 'end-others', account, keep: held, because });
  const { state: sessions } = stepSessions(desk, others.state, { kind: 'verified', id: held, next });
  const signIns = parts.signIn(readState(store, 'signIns'), { kind: 'account-changed', account }, desk.now()).state;
  return {
    states: { sessions, signIns },
    tell: (reply) => {
      recordEnded(desk, others.effects);
      desk.gate.forgetDevices(account, cookieOf(request.headers.cookie, DEVICE_COOKIE));
      addCookie(reply, setCookie(desk.cookie, next));
      const { session } = request.visit;
      // the forms of a page in this answer belong to the new id
      if (session) request.visit = { ...request.visit, session: { ...session, id: next, verifiedAt: desk.now() } };
    },
  };
}
