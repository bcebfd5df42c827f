import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { paths, type LoginView } from '@hearthward/web';
import { TROUBLE } from '../http/answers.ts';
import { dropCookie, NOTICE_COOKIE, setCookie } from '../http/cookies.ts';
import { recordEnded, stepSessions, type Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import type { Refused } from '../../access/gate/gate.ts';
import type { SignInStep } from '../../access/sign-in/decide.ts';
import type { Field } from '../http/validate.ts';
import { addCookie, frameOf, html, readOwnForm, refuse, seeOther, withFormCookie } from '../visit.ts';
import { signInWithPassword, type SignedIn } from './sign-in.ts';

/** Coming in and going out: `GET` and `POST` where the declaration says that login and logout are. */
export function addLogin(app: FastifyInstance, desk: Desk): void {
  const { login, cookie } = desk;
  const { parts } = desk.context;
  const entrance = { config: { call: { kind: 'entrance' } } } as const;

  app.get(login.page, entrance, (request, reply) => {
    const visit = withFormCookie(desk, request.visit, reply);
    return html(reply, parts.pages.loginPage({ ...frameOf(visit), failed: false, ...recoveryOf(desk) }));
  });

  // boundary login: anyone on the home network -> readOwnForm, at most MAX_FORM_BYTES, else 400, or the page again;
  // testbed/test/hostile-inputs.test.ts
  app.post(login.path, entrance, async (request, reply) => {
    const read = readOwnForm(desk, request, loginFields(desk));
    if (!read.ok) return refuse(desk, request.visit, reply, read.trouble);
    const user = login.fields.user === undefined ? OWNER_ONLY : String(read.input[login.fields.user]);
    const password = String(read.input[login.fields.password]);
    const outcome = await signInWithPassword(desk, request, reply, user, password);
    if (outcome.kind === 'busy') return refuse(desk, request.visit, reply, TROUBLE.busy);
    if (outcome.kind === 'failed' || outcome.kind === 'throttled') return refuseLogin(desk, request, reply, outcome);
    return goOnFrom(desk, request, reply, outcome);
  });

  const logout = desk.context.declaration.authenticationMechanisms.find((each) => each.login === login)?.session
    ?.logout;
  if (!logout) return;
  // no boundary: another method than the declared one is refused, whatever it brings
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

/** Where a person goes who has passed a step of the sign-in. */
export function goOnFrom(desk: Desk, request: FastifyRequest, reply: FastifyReply, outcome: SignedIn): FastifyReply {
  const { login } = desk;
  switch (outcome.kind) {
    case 'in':
      return seeOther(reply, login.success.location ?? '/');
    case 'ask':
      return seeOther(reply, PAGE_OF[outcome.step](desk));
    case 'refused': {
      const visit = withFormCookie(desk, request.visit, reply);
      const view = { ...frameOf(visit), failed: false, notice: ADMINISTRATOR_IN, ...recoveryOf(desk) };
      return html(reply, desk.context.parts.pages.loginPage(view), login.failure.status[0] ?? 401);
    }
    case 'unknown':
      return seeOther(reply, login.page);
  }
}
/** Where each step asks what it asks. */
const PAGE_OF: Readonly<Record<SignInStep, (desk: Desk) => string>> = {
  'second-factor': () => paths.panel.second,
  'another-session': ({ sessionLimits: { secondLogin }, login }) =>
    secondLogin?.kind === 'offers' ? secondLogin.page : login.page,
};
const ADMINISTRATOR_IN = { kind: 'info', key: 'happened.administrator-in' } as const;

/** What the page says of the device's button. */
const recoveryOf = ({ recovery }: Desk): Pick<LoginView, 'recovery'> =>
  recovery ? { recovery: { page: recovery.page, minutes: recovery.minutes } } : {};

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
  return html(
    reply,
    parts.pages.loginPage({ ...frameOf(visit), ...answer.view, help, ...recoveryOf(desk) }),
    answer.status,
  );
}
