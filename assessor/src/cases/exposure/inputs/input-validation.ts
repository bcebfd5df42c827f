import type { Case, LoginSession, Probe } from '../../../model.ts';
import { answered, blobsOf } from '../../access/answers.ts';
import { RESERVE, attemptPatiently, mayFail, signIn } from '../../access/signing-in.ts';
import { guardOf, overHttp, passwordMechanisms, type HttpFunction } from '../../access/subjects.ts';
import { given } from '../endpoints.ts';
import { lookAt, reflects, send, type Look } from './form-session.ts';
import {
  COMPUTED,
  hostileInputs,
  leftOut,
  MARKUP,
  otherValue,
  type FieldValue,
  type HostileInput,
} from './hostile-inputs.ts';
import { judge } from './input-verdict.ts';
import { unhurried } from './unhurried.ts';

/** Hostile values into every declared input; each function is shown to take a good value first, and is put back after. */
export const inputValidation: Case = {
  id: 'input-validation',
  topic: 'input-validation',
  title:
    'Sends wrong, oversized, broken and dangerous input to every declared function and to the login, and sees what becomes of it.',
  ready: (declaration, target) => {
    if (!target.authorisation.changes)
      return { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' };
    return declaration.externalFunctions.some((each) => given(target, each.service)) ||
      passwordMechanisms(declaration).length > 0
      ? { ok: true }
      : { ok: false, because: 'no function that takes input is declared and given' };
  },
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(hands: Probe): Promise<void> {
  const probe = unhurried(hands);
  for (const each of probe.declaration.externalFunctions) {
    if (each.kind === 'change' || each.kind === 'publish') {
      const left = leftOut(probe.declaration, each) ?? blockedBy(probe, each.service) ?? inPath(each.request);
      if (left !== undefined) probe.record('left', each.id, left);
      else if (overHttp(each) && each.request.fields.length > 0) await observeFunction(probe, each);
    } else if (each.kind === 'read' && overHttp(each) && given(probe.target, each.service))
      await observeQuery(probe, each);
  }
  for (const mechanism of passwordMechanisms(probe.declaration)) await observeLogin(probe, mechanism);
}

const blockedBy = (probe: Probe, service: string) =>
  given(probe.target, service) ? undefined : { because: 'the target file gives no address for it', covered: false };
const inPath = (request: HttpFunction['request'] | { readonly transport: 'mqtt' }) =>
  request.transport === 'http' && request.path.includes('{')
    ? { because: 'its input stands in the address, which this case does not try', covered: false }
    : undefined;

async function sessionFor(probe: Probe, each: HttpFunction, fresh: boolean): Promise<LoginSession | undefined> {
  const guard = guardOf(probe.declaration, each);
  if (guard === undefined) return undefined;
  if (fresh) probe.login.forget(guard.id);
  return probe.login.shared(guard.id);
}

async function observeFunction(probe: Probe, each: HttpFunction): Promise<void> {
  const session = await sessionFor(probe, each, false);
  if (session === undefined && each.publicBecause === undefined) {
    probe.record('left', each.id, { because: 'no session could be had', covered: false });
    return;
  }
  const before = await lookAt(probe, each, session);
  const valid: Record<string, FieldValue> = Object.fromEntries(
    each.request.fields.map((field) => [field.name, field.example]),
  );
  const location = await observeControl(probe, each, session, valid);
  if (location === undefined) return;

  let look = await lookAt(probe, each, session);
  const base = look;
  for (const input of hostileInputs(each, valid, look.hidden)) {
    // the tokens of a form may serve once only
    const current =
      hostileInputs(each, valid, look.hidden).find((one) => one.name === input.name && one.field === input.field) ??
      input;
    look = await observeOne(probe, each, current, look, base, location);
    if (!look.alive) return;
    if (!same(look, base)) {
      await probe.login.call(each.id, look.session, valid);
      look = await lookAt(probe, each, look.session);
    }
  }
  await putBack(probe, each, valid, before, look);
}

/** A good value goes in and can be seen, another goes in and is seen too. Gives where a success leads. */
async function observeControl(
  probe: Probe,
  each: HttpFunction,
  session: LoginSession | undefined,
  valid: Readonly<Record<string, FieldValue>>,
): Promise<string | undefined> {
  const others = each.request.fields.map((field) => [field.name, otherValue(field) ?? field.example] as const);
  const first = await probe.login.call(each.id, session, Object.fromEntries(others));
  const one = await lookAt(probe, each, session);
  const second = await probe.login.call(each.id, session, valid);
  const two = await lookAt(probe, each, session);
  const success = answered(each, first).success && answered(each, second).success;
  const readable = Object.keys(two.values).length > 0;
  const differs = others.some(([name, value]) => value !== valid[name]);
  probe.record('control', each.id, { success, readable, followed: !readable || !differs || !same(one, two) }, [
    ...blobsOf(first),
    ...blobsOf(second),
  ]);
  return success && second.ok ? (second.answer.headers['location'] ?? '') : undefined;
}

async function observeOne(
  probe: Probe,
  each: HttpFunction,
  input: HostileInput,
  look: Look,
  base: Look,
  location: string,
): Promise<Look> {
  const reached = await send(probe, each, input, look);
  let after = await lookAt(probe, each, look.session);
  // a session that ran out meanwhile, or that the product ended after such input, is no function that broke
  if (!after.alive) after = await lookAt(probe, each, await sessionFor(probe, each, true));
  const told = answered(each, reached);
  const led = reached.ok ? (reached.answer.headers['location'] ?? '') : '';
  const readable = Object.keys(base.values).length > 0 && Object.keys(after.values).length > 0;
  probe.record(
    'attack',
    each.id,
    {
      name: input.name,
      field: input.field,
      expected: input.expected,
      answer: reached.ok ? 'answered' : reached.because === 'timeout' ? 'timeout' : 'closed',
      status: told.status,
      accepted: told.success && led === location,
      reflected: (reached.ok && reflects(reached.answer)) || after.reflected,
      computed: (reached.ok && reached.answer.body.includes(COMPUTED)) || after.computed,
      polluted: after.polluted,
      value: !readable ? 'unknown' : same(after, base) ? 'same' : 'changed',
      clean: Object.values(after.values).every((value) => !CONTROL_CHARACTERS.test(value)),
      alive: after.alive,
    },
    blobsOf(reached),
  );
  return after;
}
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const same = (a: Look, b: Look): boolean => Object.entries(b.values).every(([name, value]) => a.values[name] === value);

async function putBack(
  probe: Probe,
  each: HttpFunction,
  valid: Readonly<Record<string, FieldValue>>,
  before: Look,
  look: Look,
): Promise<void> {
  if (Object.keys(before.values).length === 0 || same(look, before)) return;
  const [only] = each.request.fields;
  const shown = Object.values(before.values)[0] ?? '';
  const others = Object.fromEntries(
    each.request.fields.map((field) => [field.name, otherValue(field) ?? field.example]),
  );
  const typed: Record<string, FieldValue> =
    each.readBack === undefined ? { ...before.values } : only === undefined ? {} : { [only.name]: shown };
  for (const values of [others, { ...valid, ...typed }]) {
    await probe.login.call(each.id, look.session, values);
    if (same(await lookAt(probe, each, look.session), before)) {
      probe.record('restored', each.id, { restored: true });
      return;
    }
  }
  probe.record('restored', each.id, { restored: false });
}

/** A page for reading is asked with input that it does not take. */
async function observeQuery(probe: Probe, each: HttpFunction): Promise<void> {
  const guard = guardOf(probe.declaration, each);
  const session = guard === undefined ? undefined : await probe.login.shared(guard.id);
  const path = `${each.request.path.replaceAll(/\{[^}]*\}/g, '0')}?q=${encodeURIComponent(MARKUP)}&q=%ff&__proto__=1&n=${'9'.repeat(400)}`;
  const reached = await probe.http.request(each.service, {
    method: 'GET',
    path,
    headers: { ...session?.headers, accept: 'text/html' },
    cookies: session?.cookies ?? {},
  });
  probe.record(
    'query',
    each.id,
    {
      reached: reached.ok,
      status: reached.ok ? reached.answer.status : 0,
      reflected: reached.ok && reflects(reached.answer),
    },
    blobsOf(reached),
  );
}

/** Few, since each counts as a failed login, and the right one after them. */
async function observeLogin(probe: Probe, mechanism: ReturnType<typeof passwordMechanisms>[number]): Promise<void> {
  const account = probe.target.accounts?.[mechanism.id];
  if (account?.password === undefined) {
    probe.record('left', mechanism.id, { because: 'the target file gives no account for it', covered: false });
    return;
  }
  for (const [name, override] of Object.entries(HOSTILE_LOGINS)) {
    if (!mayFail(probe, RESERVE)) break;
    const outcome = await attemptPatiently(probe, mechanism, override);
    const answer = outcome.kind === 'unreachable' ? undefined : outcome.answer;
    probe.record(
      'login',
      mechanism.id,
      {
        name,
        kind: outcome.kind,
        status: answer?.status ?? 0,
        reflected: answer !== undefined && reflects(answer),
        timeout: outcome.kind === 'unreachable' && outcome.because.because === 'timeout',
      },
      answer === undefined ? [] : [answer.blob],
    );
  }
  const control = await signIn(probe, mechanism);
  probe.record(
    'entered',
    mechanism.id,
    { entered: control.kind === 'in' },
    control.kind === 'unreachable' ? [] : [control.answer.blob],
  );
}
const HOSTILE_LOGINS: Readonly<Record<string, { readonly user?: string; readonly password: string }>> = {
  'a password of 100 kB': { password: 'a'.repeat(100_000) },
  'control characters': { password: 'a\u0000b\u0007\u001b[31m' },
  'markup as user': { user: MARKUP, password: 'hwq-none' },
  'SQL as user': { user: `' OR '1'='1'; --`, password: `' OR '1'='1'; --` },
  'characters that are none': { password: '\uffff\u{10ffff}\u202e\ufeff' },
};
