import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../../access/accounts.ts';
import type { GuessOutcome } from '../../access/gate/gate.ts';
import { needsRehash, passwordRecord, SALT_BYTES } from '../../access/passwords/record.ts';
import { factorsOf, rehashed } from '../../access/accounts.ts';
import { hasSecondStep } from '../../access/factors/factors.ts';
import { hashOf, type Session } from '../../access/sessions/decide.ts';
import type { SignInEvent, SignInFacts, SignInStep } from '../../access/sign-in/decide.ts';
import { cookieOf, dropCookie, setCookie, SIGN_IN_COOKIE } from '../http/cookies.ts';
import { recordEnded, stepSessions, type Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import { addCookie, originOf, remember } from '../visit.ts';

/** Carries out what `access/sign-in` decides: one way in for every person, whatever the form that they came through. */

export type SignedIn =
  | { readonly kind: 'in' }
  /** a page asks something more */
  | { readonly kind: 'ask'; readonly step: SignInStep }
  | { readonly kind: 'refused'; readonly step: SignInStep }
  | { readonly kind: 'unknown' };

/** Looks at the password and goes as far as nothing more is asked; all is on disk before the answer goes out. */
export async function signInWithPassword(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  user: string,
  password: string,
): Promise<SignedIn | Exclude<GuessOutcome, { kind: 'right' }>> {
  const { source } = request.visit;
  const outcome = await desk.gate.password(user, password, originOf(desk, request));
  if (outcome.kind !== 'right') return outcome;
  remember(reply, outcome);
  const { role, records } = outcome.credentials;
  await rehash(desk, user, password, records[0]);
  const id = desk.context.parts.newSessionId(desk.context.random, undefined);
  const facts = factsAbout(desk, request, user, role);
  return step(desk, request, reply, { kind: 'proven', id, account: user, role, source, facts }, id);
}

/** The person has done what the step asks. */
export function passStep(desk: Desk, request: FastifyRequest, reply: FastifyReply, passed: SignInStep): SignedIn {
  const pending = pendingOf(desk, request);
  if (!pending || pending.step !== passed) return { kind: 'unknown' };
  const facts = factsAbout(desk, request, pending.account, pending.role);
  return step(desk, request, reply, {
    kind: 'passed',
    id: pending.id,
    source: request.visit.source,
    step: passed,
    facts,
  });
}

/** The sign-in that this client has begun; undefined where there is none, or not from here, or too long ago. */
export function pendingOf(desk: Desk, request: FastifyRequest) {
  const id = cookieOf(request.headers.cookie, SIGN_IN_COOKIE);
  if (id === undefined) return undefined;
  const event = { kind: 'look', id, source: request.visit.source } as const;
  const { effects } = desk.context.parts.signIn(readState(desk.context.store, 'signIns'), event, desk.now());
  const found = effects.find((effect) => effect.kind === 'ask');
  return found && { ...found.pending, id };
}

export function cancelSignIn(desk: Desk, request: FastifyRequest, reply: FastifyReply): void {
  const id = cookieOf(request.headers.cookie, SIGN_IN_COOKIE);
  addCookie(reply, dropCookie(SIGN_IN_COOKIE));
  if (id !== undefined) step(desk, request, reply, { kind: 'cancelled', id, source: request.visit.source });
}

/** The session of another administrator that lives now; not the one that this client holds, which a login replaces. */
export function otherAdministrator(desk: Desk, request: FastifyRequest): Session | undefined {
  const { state } = stepSessions(desk, readState(desk.context.store, 'sessions'), { kind: 'expire' });
  const { carriedId } = request.visit;
  const own = carriedId === undefined ? undefined : hashOf(carriedId);
  return state.sessions.find(({ role, hash }) => role === 'owner' && hash !== own);
}

function factsAbout(desk: Desk, request: FastifyRequest, account: string, role: Role): SignInFacts {
  const factors = factorsOf(readState(desk.context.store, 'accounts'), account);
  return {
    // EN 303 645 5.1-3, G045 AU-1-2: who has set a second step up is never let in by the password alone
    'second-factor': hasSecondStep(factors) ? 'ask' : 'nothing',
    'another-session': anotherSession(desk, request, role),
  };
}

// G045 AU-1-7: one administrator at a time; who comes second decides whether the first is ended, as declared
function anotherSession(desk: Desk, request: FastifyRequest, role: Role): SignInFacts['another-session'] {
  const { administrators, secondLogin } = desk.sessionLimits;
  if (role !== 'owner' || administrators === 'many') return 'nothing';
  // a set-up that was left half-way in some browser keeps nobody out who has the label in hand
  if (readState(desk.context.store, 'setup').step !== 'initialised') return 'nothing';
  if (secondLogin === undefined || secondLogin.kind === 'ends-first') return 'nothing';
  if (!otherAdministrator(desk, request)) return 'nothing';
  return secondLogin.kind === 'refuses' ? 'refuse' : 'ask';
}

/** @param id of a sign-in that begins with this event */
function step(desk: Desk, request: FastifyRequest, reply: FastifyReply, event: SignInEvent, id?: string): SignedIn {
  const { store, parts } = desk.context;
  const { state, effects } = parts.signIn(readState(store, 'signIns'), event, desk.now());
  const [effect] = effects;
  if (effect?.kind === 'enter') {
    enter(desk, request, reply, effect, state);
    return { kind: 'in' };
  }
  writeStates(store, { signIns: state });
  if (effect?.kind === 'refuse') return { kind: 'refused', step: effect.step };
  if (effect?.kind !== 'ask') return { kind: 'unknown' };
  if (id !== undefined) addCookie(reply, setCookie(SIGN_IN_COOKIE, id));
  return { kind: 'ask', step: effect.step };
}

function enter(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  who: { readonly account: string; readonly role: Role },
  signIns: ReturnType<Desk['context']['parts']['signIn']>['state'],
): void {
  const { store, parts, random } = desk.context;
  const setup = parts.setup(readState(store, 'setup'), { kind: 'label-password-verified' });
  const previous = request.visit.carriedId;
  // G045 DS-3-2, EN 303 645 5.1-3: a new unpredictable id at every login
  const id = parts.newSessionId(random, previous);
  const { state, effects } = stepSessions(desk, readState(store, 'sessions'), {
    kind: 'authenticated',
    id,
    ...(previous === undefined ? {} : { previous }),
    account: who.account,
    role: who.role,
  });
  writeStates(store, { sessions: state, signIns, setup: setup.state });
  recordEnded(desk, effects);
  desk.record('login-succeeded', { role: who.role });
  addCookie(reply, setCookie(desk.cookie, id));
  if (cookieOf(request.headers.cookie, SIGN_IN_COOKIE) !== undefined) addCookie(reply, dropCookie(SIGN_IN_COOKIE));
}

/** The parameters have risen since the password was set: the record follows, now that the password is at hand. */
async function rehash(
  desk: Desk,
  user: string,
  password: string,
  record: Parameters<typeof needsRehash>[0] | undefined,
) {
  const { store, random } = desk.context;
  const accounts = readState(store, 'accounts');
  const own = accounts.accounts.find((each) => each.name === user)?.password;
  if (!record || !own || own.tag !== record.tag || !needsRehash(own, desk.cost)) return;
  const stronger = await desk.hashing.run(() => passwordRecord(password, random(SALT_BYTES), desk.cost));
  if (stronger.ok) writeStates(store, { accounts: rehashed(readState(store, 'accounts'), user, stronger.value) });
}
