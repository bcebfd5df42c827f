import { Type } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, Judgement, LoginSession, Probe, Seen } from '../../model.ts';
import { answered, Answered, blobsOf, valueAt } from '../access/answers.ts';
import {
  blobOf,
  fail,
  idsOf,
  of,
  open,
  Outcome,
  outcomeOf,
  pass,
  readEvidence,
  weigh,
  type Part,
} from '../access/evidence.ts';
import { signIn, strongPassword } from '../access/signing-in.ts';
import { guardOf, overHttp, userPasswords, type HttpFunction } from '../access/subjects.ts';
import { given } from '../exposure/endpoints.ts';
import { otherValue } from '../exposure/inputs/hostile-inputs.ts';

/** A factory reset erases what people put in. It cannot be put back, so it runs only where the owner allows that, and last. */
const strict = { additionalProperties: false };
const Login = Type.Object(
  {
    when: Type.Union([Type.Literal('before'), Type.Literal('after')]),
    with: Type.Union([Type.Literal('own'), Type.Literal('initial')]),
    outcome: Outcome,
  },
  strict,
);
const Reset = Type.Object({ answer: Answered }, strict);
/** a value that a person set: seen before, and what stands there afterwards; only whether they are equal is kept */
const Kept = Type.Object(
  { function: Type.String(), set: Type.Boolean(), readable: Type.Boolean(), same: Type.Boolean() },
  strict,
);
const KINDS = { login: Login, reset: Reset, kept: Kept };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const eraseDeviceData: Case = {
  id: 'erase-device-data',
  topic: 'erase-device-data',
  title:
    'Sets a value, resets the product to its factory state, and looks whether the value and the old password are gone.',
  ready: (declaration, target) => {
    const found = resets(declaration);
    if (found.length === 0) return { ok: false, because: 'no function that resets to the factory state is declared' };
    if (!target.authorisation.destructive)
      return { ok: false, because: 'the target’s authorisation does not allow what cannot be put back' };
    return found.some(
      (each) =>
        given(target, each.service) && target.accounts?.[guardOf(declaration, each)?.id ?? '']?.password !== undefined,
    )
      ? { ok: true }
      : { ok: false, because: 'the target file gives no account for the reset' };
  },
  effect: 'destructive',
  observe,
  judge,
};

export const resets = (declaration: Declaration): readonly HttpFunction[] =>
  declaration.externalFunctions.filter(overHttp).filter((each) => each.purpose === 'factory-reset');

async function observe(probe: Probe): Promise<void> {
  for (const each of resets(probe.declaration)) {
    const mechanism = guardOf(probe.declaration, each);
    const password = mechanism === undefined ? undefined : probe.target.accounts?.[mechanism.id]?.password;
    if (mechanism !== undefined && password !== undefined) await observeReset(probe, each, mechanism, password);
  }
}

async function observeReset(
  probe: Probe,
  reset: HttpFunction,
  mechanism: AuthenticationMechanism,
  password: string,
): Promise<void> {
  const before = await signIn(probe, mechanism);
  probe.record('login', reset.id, { when: 'before', with: 'own', outcome: outcomeOf(before) }, blobOf(before));
  if (before.kind !== 'in') return;
  const mark = await setMark(probe, before.session);
  const called = await probe.login.call(reset.id, before.session, passwordFields(reset, password));
  probe.record('reset', reset.id, { answer: answered(reset, called) }, blobsOf(called));
  probe.login.forget(mechanism.id);

  let after = await probe.login.attempt(mechanism.id, { password });
  // a device may start again for its reset
  for (let waited = 0; after.kind === 'unreachable' && waited < probe.patienceSeconds; waited += 1) {
    await probe.clock.wait(1000);
    after = await probe.login.attempt(mechanism.id, { password });
  }
  probe.record('login', reset.id, { when: 'after', with: 'own', outcome: outcomeOf(after) }, blobOf(after));
  const initial = probe.target.accounts?.[mechanism.id]?.initialPassword;
  if (initial === undefined) return;
  const fresh = await signIn(probe, mechanism, { password: initial });
  probe.record('login', reset.id, { when: 'after', with: 'initial', outcome: outcomeOf(fresh) }, blobOf(fresh));
  if (fresh.kind === 'in') await lookForMark(probe, reset, mechanism, fresh.session, initial, mark);
}

export interface Mark {
  readonly change: HttpFunction;
  readonly value: string;
}
/** The first declared setting that can be read back, at a value other than it had. */
export async function setMark(probe: Probe, session: LoginSession): Promise<Mark | undefined> {
  for (const change of probe.declaration.externalFunctions.filter(overHttp)) {
    if (change.kind !== 'change' || change.readBack === undefined || change.purpose !== undefined) continue;
    const before = await readMark(probe, change, session);
    for (const pick of [otherValue, (field: HttpFunction['request']['fields'][number]) => field.example]) {
      const values = Object.fromEntries(
        change.request.fields.map((field) => [field.name, pick(field) ?? field.example]),
      );
      await probe.login.call(change.id, session, values);
      const value = await readMark(probe, change, session);
      if (value !== undefined && value !== before) return { change, value };
    }
  }
  return undefined;
}

export async function readMark(probe: Probe, change: HttpFunction, session: LoginSession): Promise<string | undefined> {
  if (change.readBack === undefined) return undefined;
  const reached = await probe.login.call(change.readBack.function, session);
  return reached.ok ? valueAt(reached.answer.body, change.readBack.field) : undefined;
}

/** A product in its factory state may show nothing before a new password is set; a last reset forgets that one too. */
async function lookForMark(
  probe: Probe,
  reset: HttpFunction,
  mechanism: AuthenticationMechanism,
  session: LoginSession,
  initial: string,
  mark: Mark | undefined,
): Promise<void> {
  let inside: LoginSession = session;
  let current = initial;
  if (userPasswords(probe.declaration).includes(mechanism)) {
    const fresh = strongPassword(probe);
    await takeNewPassword(probe, mechanism, session, initial, fresh);
    const renewed = await signIn(probe, mechanism, { password: fresh });
    if (renewed.kind === 'in') [inside, current] = [renewed.session, fresh];
  }
  const shown = mark === undefined ? undefined : await readMark(probe, mark.change, inside);
  probe.record('kept', reset.id, {
    function: mark?.change.id ?? '',
    set: mark !== undefined,
    readable: shown !== undefined,
    same: shown !== undefined && shown === mark?.value,
  });
  await probe.login.call(reset.id, inside, passwordFields(reset, current));
  probe.login.forget(mechanism.id);
}

/** By the set-up that the declaration tells of, or else by the function that changes passwords. */
async function takeNewPassword(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  session: LoginSession,
  initial: string,
  fresh: string,
): Promise<void> {
  if (mechanism.setUp !== undefined) {
    await probe.login.setUp(mechanism.id, fresh, 'reset');
    return;
  }
  const change = probe.declaration.externalFunctions
    .filter(overHttp)
    .find((each) => each.purpose === 'change-password');
  const values: Record<string, string> = {};
  for (const field of change?.request.fields ?? [])
    if (field.role !== undefined) values[field.name] = field.role === 'current-password' ? initial : fresh;
  if (change !== undefined) await probe.login.call(change.id, session, values);
}

export const passwordFields = (each: HttpFunction, password: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    each.request.fields.filter((field) => field.role === 'current-password').map((field) => [field.name, password]),
  );

// EN 303 645 5.11-1, TS 103 645 4.11-1, G044 6.11.1: people can erase their data from the device.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...resets(seen.declaration).map((each) => judgeOne(each.id, rows))],
    'no function that resets to the factory state is declared',
  );
}

function judgeOne(name: string, rows: Rows): Part {
  const logins = of(rows.login, name);
  const reset = of(rows.reset, name);
  const kept = of(rows.kept, name);
  const control = logins.filter((row) => row.data.when === 'before' && row.data.outcome.kind === 'in');
  const after = logins.filter((row) => row.data.when === 'after' && row.data.with === 'own');
  const initial = logins.filter((row) => row.data.when === 'after' && row.data.with === 'initial');
  if (control.length === 0 || reset.length === 0)
    return open(`${name}: the reset was not reached with the right password`, idsOf(logins));
  const refusedReset = reset.filter((row) => row.data.answer.reached && !row.data.answer.success);
  if (refusedReset.length > 0)
    return fail(
      `${name}: the owner’s reset is refused (${refusedReset[0]?.data.answer.status ?? 0})`,
      idsOf(refusedReset),
    );
  const old = after.filter((row) => row.data.outcome.kind === 'in');
  if (old.length > 0) return fail(`${name}: the owner’s password still works after the reset`, idsOf(old));
  const stays = kept.filter((row) => row.data.set && row.data.readable && row.data.same);
  if (stays.length > 0) return fail(`${name}: a value that the owner set is still there after the reset`, idsOf(stays));
  const refused = after.filter((row) => row.data.outcome.kind === 'refused');
  const entered = initial.filter((row) => row.data.outcome.kind === 'in');
  const gone = kept.filter((row) => row.data.set && row.data.readable && !row.data.same);
  return pass(
    `${name}: after the reset the old password and the owner’s settings are gone`,
    idsOf([...logins, ...reset, ...kept]),
    [
      ...(refused.length > 0 ? [] : [`${name}: that the old password is refused afterwards`]),
      ...(entered.length > 0 ? [] : [`${name}: that the product is in its factory state afterwards`]),
      ...(gone.length > 0 ? [] : [`${name}: that what the owner set is gone`]),
    ],
  );
}
