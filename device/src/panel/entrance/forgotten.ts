import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OWNER, withPassword } from '../../access/accounts.ts';
import { passwordRecord, SALT_BYTES } from '../../access/passwords/record.ts';
import { NO_SIGN_INS } from '../../access/sign-in/decide.ts';
import { TROUBLE } from '../http/answers.ts';
import { NOTICE_COOKIE, setCookie } from '../http/cookies.ts';
import type { Field } from '../http/validate.ts';
import { recordEnded, stepSessions, type Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import { judgePassword, keysOf } from '../duties/new-password.ts';
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
  type Visit,
} from '../visit.ts';

/**
 * A forgotten password: whoever has pressed the device's button, is in the home and reads the password on the label chooses
 * a new one for the owner's account. Everything else stays, second factors included.
 */
export function addForgotten(app: FastifyInstance, desk: Desk): void {
  const { recovery } = desk;
  if (!recovery) return;
  const entrance = { config: { call: { kind: 'entrance' } } } as const;
  const isSetUp = () => readState(desk.context.store, 'setup').step === 'initialised';

  app.get(recovery.page, entrance, (request, reply) =>
    isSetUp() ? show(desk, request.visit, reply) : seeOther(reply, desk.login.page),
  );
  // boundary forgotten-password: anyone on the home network -> readOwnForm, at most MAX_FORM_BYTES, else 400, or the page again;
  // device/test/panel/recovery.test.ts
  app.post(recovery.page, entrance, async (request, reply) => {
    if (!isSetUp()) return refuse(desk, request.visit, reply, TROUBLE.notFound);
    const read = readOwnForm(desk, request, FIELDS);
    if (!read.ok) return refuse(desk, request.visit, reply, read.trouble);
    const { labelPassword, password, repeat } = read.input;
    return recover(desk, request, reply, String(labelPassword), String(password), String(repeat));
  });
}

const LONGEST = 256;
const FIELDS: readonly Field[] = ['labelPassword', 'password', 'repeat'].map((name) => ({
  name,
  type: 'string',
  minimum: 0,
  maximum: LONGEST,
  secret: true,
  example: '',
}));

async function recover(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  label: string,
  password: string,
  repeat: string,
): Promise<FastifyReply> {
  const { visit } = request;
  // EN 303 645 5.1-5, G045 AU-1-3: behind the same gate as every other proof
  const outcome = await desk.gate.label(label, originOf(desk, request));
  switch (outcome.kind) {
    case 'not-pressed':
      return show(desk, visit, reply, ['refused.not-pressed'], 403);
    case 'busy':
      return refuse(desk, visit, reply, TROUBLE.busy);
    case 'throttled':
      reply.header('retry-after', String(outcome.waitSeconds));
      return refuse(desk, visit, reply, TROUBLE.tooMany);
    case 'failed':
      return show(desk, visit, reply, ['refused.wrong-label-password'], 403);
    case 'right':
  }
  const judged = await judgePassword(desk, OWNER, password, repeat);
  if (judged.kind === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (judged.refused.length > 0) return show(desk, visit, reply, keysOf(judged.refused), 422);
  const hashed = await desk.hashing.run(() => passwordRecord(password, desk.context.random(SALT_BYTES), desk.cost));
  if (!hashed.ok) return refuse(desk, visit, reply, TROUBLE.busy);
  const { store } = desk.context;
  const accounts = withPassword(readState(store, 'accounts'), OWNER, 'owner', hashed.value);
  const { state: sessions, effects } = stepSessions(desk, readState(store, 'sessions'), { kind: 'end-all' });
  // who has begun to sign in with the old password begins anew
  writeStates(store, { accounts, sessions, signIns: NO_SIGN_INS });
  recordEnded(desk, effects);
  desk.gate.forgetDevices(OWNER, undefined);
  desk.gate.releasePress();
  desk.record('password-recovered', {});
  remember(reply, outcome);
  addCookie(reply, setCookie(NOTICE_COOKIE, 'password-changed'));
  return seeOther(reply, desk.login.page);
}

function show(
  desk: Desk,
  given: Visit,
  reply: FastifyReply,
  refused: readonly string[] = [],
  status = 200,
): FastifyReply {
  const visit = withFormCookie(desk, given, reply);
  const view = {
    ...frameOf(visit),
    minimumLength: desk.passwordLimits.minimumLength,
    maximumLength: desk.passwordLimits.maximumLength,
    minutes: desk.recovery?.minutes ?? 0,
    pressed: desk.gate.isPressed(),
    refused,
  };
  return html(reply, desk.context.parts.pages.forgottenPage(view), status);
}
