import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { paths, type SecondStepView } from '@hearthward/web';
import { factorsOf, withFactors } from '../../access/accounts.ts';
import type { FactorsEvent } from '../../access/factors/decide.ts';
import { readAssertion, requestOptions, rpIdOf } from '../../access/factors/passkeys.ts';
import type { Refused } from '../../access/gate/gate.ts';
import type { PendingSignIn } from '../../access/sign-in/decide.ts';
import { TROUBLE } from '../http/answers.ts';
import type { Field, Input } from '../http/validate.ts';
import type { Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import { goOnFrom } from '../entrance/login.ts';
import { passStep, pendingOf } from '../entrance/sign-in.ts';
import {
  frameOf,
  html,
  originOf,
  readFromOwnPage,
  refuse,
  remember,
  seeOther,
  withFormCookie,
  type Visit,
} from '../visit.ts';
import { begin, take } from './change.ts';
import { addressAt } from './views.ts';

/** The step of a sign-in that asks for the second factor: a code by a form, a passkey by the browser. */
export function addSecondStep(app: FastifyInstance, desk: Desk): void {
  const entrance = { config: { call: { kind: 'entrance' } } } as const;
  const { authenticationMechanisms } = desk.context.declaration;
  // EN 303 645 5.6-5: nothing answers that is not declared
  if (authenticationMechanisms.every(({ secondTo }) => secondTo === undefined)) return;

  app.get(paths.panel.second, entrance, (request, reply) => {
    const pending = waiting(desk, request);
    if (!pending) return seeOther(reply, desk.login.page);
    return html(reply, page(desk, request, reply, pending, { failed: false }));
  });

  // boundary second-step: anyone on the home network -> readForm, at most MAX_FORM_BYTES, else 400, or the page again;
  // testbed/test/hostile-inputs.test.ts
  app.post(paths.panel.second, entrance, async (request, reply) => {
    const read = readAnswer(desk, request);
    if (!read.ok) return refuse(desk, request.visit, reply, read.trouble);
    const pending = waiting(desk, request);
    // G045 AU-2-3: a sign-in that is over looks like a wrong code
    if (!pending) return refuseStep(desk, request, reply, undefined, { kind: 'failed', because: 'wrong-proof' });
    const { input } = read;
    // EN 303 645 5.1-5, G045 AU-1-3: codes are guessed no faster than passwords
    const outcome = await desk.gate.proof(
      {
        account: pending.account,
        from: originOf(desk, request),
        kind: 'passkey' in input ? 'passkey' : 'one-time-code',
        ...limitsOf(desk, 'passkey' in input ? 'passkey' : 'one-time-code'),
      },
      async () =>
        'passkey' in input
          ? checkPasskey(desk, request.visit, pending, String(input['passkey']))
          : settle(desk, pending, { kind: 'code-given', code: String(input['code']) }),
    );
    if (outcome.kind === 'busy') return refuse(desk, request.visit, reply, TROUBLE.busy);
    if (outcome.kind !== 'right') return refuseStep(desk, request, reply, waiting(desk, request), outcome);
    remember(reply, outcome);
    return goOnFrom(desk, request, reply, passStep(desk, request, reply, 'second-factor'));
  });
}

function waiting(desk: Desk, request: FastifyRequest): PendingSignIn | undefined {
  const pending = pendingOf(desk, request);
  return pending?.step === 'second-factor' ? pending : undefined;
}

const text = (name: string, maximum: number): Field => ({ name, type: 'string', minimum: 1, maximum, example: '' });
const CODE: readonly Field[] = [text('code', 64)];
const PASSKEY: readonly Field[] = [text('passkey', 4096)];

function readAnswer(desk: Desk, request: FastifyRequest) {
  const proven = readFromOwnPage(desk, request, 'form');
  if (!proven.ok) return proven;
  const fields = proven.fields.has('passkey') ? PASSKEY : CODE;
  const read = desk.context.parts.validate(fields, proven.fields, 'form');
  return read.ok
    ? { ok: true as const, input: read.value satisfies Input }
    : { ok: false as const, trouble: TROUBLE.invalid };
}

/** As the mechanism declares; as the password's where it does not say. */
function limitsOf(desk: Desk, factor: 'passkey' | 'one-time-code') {
  const { authenticationMechanisms } = desk.context.declaration;
  const limits = authenticationMechanisms.find((it) => it.factor === factor && it.secondTo !== undefined)?.bruteForce;
  return limits ? { limits } : {};
}

/** Whether the answer opens; the account is on disk as it is afterwards before anyone hears so. */
function settle(desk: Desk, { account, role }: PendingSignIn, event: FactorsEvent): boolean {
  const { store, parts } = desk.context;
  const accounts = readState(store, 'accounts');
  const before = factorsOf(accounts, account);
  const { state, effects } = parts.factors(before, event, desk.now());
  if (state !== before) writeStates(store, { accounts: withFactors(accounts, account, state) });
  let accepted = false;
  for (const effect of effects) {
    if (effect.kind === 'clone') desk.record('passkey-clone', { role });
    if (effect.kind !== 'accepted') continue;
    accepted = true;
    if (effect.by === 'recovery-code') {
      desk.record('recovery-code-used', { role, left: state.recovery?.tags.length ?? 0 });
    }
  }
  return accepted;
}

async function checkPasskey(desk: Desk, visit: Visit, pending: PendingSignIn, answer: string): Promise<boolean> {
  const asked = take(desk, pending.hash, 'passkey-sign-in');
  if (!asked) return false;
  const { passkeys } = factorsOf(readState(desk.context.store, 'accounts'), pending.account);
  const read = await readAssertion(answer, { challenge: asked.challenge, host: visit.host ?? '' }, passkeys);
  return read.ok && settle(desk, pending, { kind: 'passkey-given', id: read.id, counter: read.counter });
}

/** In status and words as a refused login. */
function refuseStep(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  pending: PendingSignIn | undefined,
  refusal: Refused,
): FastifyReply {
  const answer = desk.context.parts.loginAnswer(refusal, desk.login);
  if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
  return html(reply, page(desk, request, reply, pending, answer.view), answer.status);
}

function page(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  pending: PendingSignIn | undefined,
  told: Pick<SecondStepView, 'failed' | 'waitSeconds'>,
): string {
  const visit = withFormCookie(desk, request.visit, reply);
  const view = { ...frameOf(visit), ...told, ...(pending ? offered(desk, visit, pending) : { code: true }) };
  return desk.context.parts.pages.secondStepPage(view);
}

/** What this person can answer with here; a new challenge each time. */
function offered(
  desk: Desk,
  visit: Visit,
  pending: PendingSignIn,
): Pick<SecondStepView, 'code' | 'passkey' | 'passkeysAt'> {
  const { code, passkeys } = factorsOf(readState(desk.context.store, 'accounts'), pending.account);
  const rpId = rpIdOf(visit.host);
  const usable = passkeys.filter(({ cloned }) => !cloned);
  const known = usable.filter((each) => each.rpId === rpId);
  const [elsewhere] = usable;
  const app = { code: code !== undefined };
  if (rpId === undefined || known.length === 0) {
    return elsewhere ? { ...app, passkeysAt: addressAt(visit, elsewhere.rpId) } : app;
  }
  const challenge = Buffer.from(desk.context.random(32)).toString('base64url');
  begin(desk, { kind: 'begun', ceremony: { kind: 'passkey-sign-in', holder: pending.hash, challenge } });
  return { ...app, passkey: JSON.stringify(requestOptions({ rpId, challenge, known })) };
}
