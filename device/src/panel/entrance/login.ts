import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { needsRehash, passwordRecord, SALT_BYTES } from '../../access/passwords/record.ts';
import { rehashed } from '../../access/accounts.ts';
import { TROUBLE } from '../http/answers.ts';
import { dropCookie, NOTICE_COOKIE, setCookie } from '../http/cookies.ts';
import { recordEnded, stepSessions, type Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import type { GuessOutcome, Refused } from '../../access/gate/gate.ts';
import type { Field } from '../http/validate.ts';
import {
  addCookie,
  frameOf,
  html,
  originOf,
  readOwnForm,
  refuse,
  remember,
  seeOther,
  withFormCookie,
} from '../visit.ts';

/** Coming in and going out: `GET` and `POST` where the declaration says that login and logout are. */
export function addLogin(app: FastifyInstance, desk: Desk): void {
  const { login, cookie } = desk;
  const { parts } = desk.context;
  const entrance = { config: { call: { kind: 'entrance' } } } as const;

  app.get(login.page, entrance, (request, reply) => {
    const visit = withFormCookie(desk, request.visit, reply);
    return html(reply, parts.pages.loginPage({ ...frameOf(visit), failed: false }));
  });

  app.post(login.path, entrance, async (request, reply) => {
    const read = readOwnForm(desk, request, loginFields(desk));
    if (!read.ok) return refuse(desk, request.visit, reply, read.trouble);
    const user = login.fields.user === undefined ? OWNER_ONLY : String(read.input[login.fields.user]);
    const outcome = await logIn(desk, request, reply, user, String(read.input[login.fields.password]));
    if (outcome.kind === 'right') return seeOther(reply, login.success.location ?? '/');
    if (outcome.kind === 'busy') return refuse(desk, request.visit, reply, TROUBLE.busy);
    return refuseLogin(desk, request, reply, outcome);
  });

  const logout = desk.context.declaration.authenticationMechanisms.find((each) => each.login === login)?.session
    ?.logout;
  if (!logout) return;
  app.route({
    method: logout.method,
    url: logout.path,
    config: { call: { kind: 'logout' } },
    handler: (request, reply) => {
      const { session } = request.visit;
      if (logout.method === 'POST') {
        const read = readOwnForm(desk, request, []);
        if (!read.ok) return refuse(desk, request.visit, reply, read.trouble);
      }
      if (session) {
        const { state, effects } = stepSessions(desk, readState(desk.context.store, 'sessions'), {
          kind: 'logout',
          id: session.id,
        });
        // G045 DS-3-1: the session is gone on the device, not only in the browser
        writeStates(desk.context.store, { sessions: state });
        recordEnded(desk, effects);
      }
      addCookie(reply, dropCookie(cookie));
      addCookie(reply, setCookie(NOTICE_COOKIE, 'signed-out'));
      return seeOther(reply, login.page);
    },
  });
}

/** The account that logs in where the form has no field for a name. */
const OWNER_ONLY = 'owner';
const LONGEST = 256;

const loginFields = ({ login }: Desk): readonly Field[] => {
  const field = (name: string, minimum: number, secret: boolean): Field => ({
    name,
    type: 'string',
    minimum,
    maximum: LONGEST,
    secret,
    example: '',
  });
  const { user, password } = login.fields;
  return [...(user === undefined ? [] : [field(user, 0, false)]), field(password, 0, true)];
};

function refuseLogin(desk: Desk, request: FastifyRequest, reply: FastifyReply, refusal: Refused): FastifyReply {
  const { parts } = desk.context;
  const answer = parts.loginAnswer(refusal, desk.login);
  if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
  const visit = withFormCookie(desk, request.visit, reply);
  const help = { longestSeconds: desk.longestDelaySeconds };
  return html(reply, parts.pages.loginPage({ ...frameOf(visit), ...answer.view, help }), answer.status);
}

/** Checks the password and makes the session; everything is on disk before the answer goes out. */
export async function logIn(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  user: string,
  password: string,
): Promise<GuessOutcome> {
  const { store, parts } = desk.context;
  const outcome = await desk.gate.password(user, password, originOf(desk, request));
  if (outcome.kind !== 'right') return outcome;
  remember(reply, outcome);
  const { role, records } = outcome.credentials;
  const setup = parts.setup(readState(store, 'setup'), { kind: 'label-password-verified' });
  const previous = request.visit.carriedId;
  // G045 DS-3-2, EN 303 645 5.1-3: a new unpredictable id at every login
  const id = parts.newSessionId(desk.context.random, previous);
  const { state, effects } = stepSessions(desk, readState(store, 'sessions'), {
    kind: 'authenticated',
    id,
    ...(previous === undefined ? {} : { previous }),
    account: user,
    role,
  });
  writeStates(store, { sessions: state, setup: setup.state });
  recordEnded(desk, effects);
  desk.record('login-succeeded', { role });
  await rehash(desk, user, password, records[0]);
  addCookie(reply, setCookie(desk.cookie, id));
  return outcome;
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
  if (!record || !own || own.tag !== record.tag || !needsRehash(own)) return;
  const stronger = await desk.hashing.run(() => passwordRecord(password, random(SALT_BYTES)));
  if (stronger.ok) writeStates(store, { accounts: rehashed(readState(store, 'accounts'), user, stronger.value) });
}
