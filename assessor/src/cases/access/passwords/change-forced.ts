import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered, sessionWorks } from '../answers.ts';
import {
  blobOf,
  fail,
  fault,
  idsOf,
  of,
  open,
  Outcome,
  outcomeOf,
  pass,
  readEvidence,
  weigh,
  type Part,
} from '../evidence.ts';
import { mayFail, signIn, strongPassword } from '../signing-in.ts';
import { accountAndChanges, reachable, userPasswords } from '../subjects.ts';
import { changeFunction, changerOf, lengthFor } from './changing.ts';

/**
 * The first login brings a new password, other than the one before. An account with `initialPassword` and no
 * `password` is a unit in factory default; only there can the force itself be seen.
 */
const Kept = Type.Object(
  { answer: Answered, entered: Type.Boolean(), asked: Type.Union([Type.Literal('current'), Type.Literal('initial')]) },
  { additionalProperties: false },
);
const Login = Type.Object({ outcome: Outcome }, { additionalProperties: false });
const Strong = Type.Object(
  { answer: Answered, entered: Type.Boolean(), restored: Type.Boolean() },
  { additionalProperties: false },
);
/** a function called before and after the initial password was replaced */
const Use = Type.Object(
  { function: Type.String(), when: Type.Union([Type.Literal('before'), Type.Literal('after')]), answer: Answered },
  { additionalProperties: false },
);
const KINDS = { 'same-again': Kept, initial: Login, 'factory-login': Login, strong: Strong, use: Use };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const passwordChangeForced: Case = {
  id: 'password-change-forced',
  topic: 'password-change-forced',
  title:
    'Tries to keep the current or the initial password where a new one is due, and to use a product before it is changed.',
  ready: accountAndChanges(userPasswords, 'no password that a user changes is declared'),
  effect: 'disturbing',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, userPasswords(probe.declaration))) {
    const account = probe.target.accounts?.[mechanism.id];
    if (account?.password === undefined && account?.initialPassword !== undefined) {
      await observeFactoryDefault(probe, mechanism, account.initialPassword);
    } else await observeInUse(probe, mechanism, account?.initialPassword);
  }
}

async function observeInUse(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  initial: string | undefined,
): Promise<void> {
  const changer = changerOf(probe, mechanism);
  if (changer === undefined) return;
  const wanted = [
    ['current', changer.current] as const,
    ...(initial === undefined ? [] : [['initial', initial] as const]),
  ];
  for (const [asked, value] of wanted) {
    const session = await changer.enter(changer.current);
    if (session === undefined) {
      probe.record('blocked', mechanism.id, { because: 'the right password is not accepted' });
      return;
    }
    const { answer, blobs } = await changer.change(session, changer.current, value);
    const entered = (await changer.enter(changer.current)) !== undefined;
    probe.record('same-again', mechanism.id, { asked, answer, entered }, blobs);
    if (!entered && !(await changer.restore(value))) return;
  }
  if (initial !== undefined && mayFail(probe)) {
    const outcome = await probe.login.attempt(mechanism.id, { password: initial });
    probe.record('initial', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
  }
  const session = await changer.enter(changer.current);
  if (session === undefined) return;
  const strong = strongPassword(probe, lengthFor(mechanism));
  const { answer, blobs } = await changer.change(session, changer.current, strong);
  const entered = (await changer.enter(strong)) !== undefined;
  probe.record(
    'strong',
    mechanism.id,
    { answer, entered, restored: !entered || (await changer.restore(strong)) },
    blobs,
  );
}

/** Changing the initial password cannot be put back, so the positive control needs leave for it. */
async function observeFactoryDefault(probe: Probe, mechanism: AuthenticationMechanism, initial: string): Promise<void> {
  const outcome = await signIn(probe, mechanism, { password: initial });
  probe.record('factory-login', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
  if (outcome.kind !== 'in') return;
  const before = await sessionWorks(probe, mechanism, outcome.session);
  if (before !== undefined) {
    probe.record(
      'use',
      mechanism.id,
      { function: before.function, when: 'before', answer: before.answer },
      before.blobs,
    );
  }
  const found = changeFunction(probe, mechanism);
  if (found === undefined || !probe.target.authorisation.destructive) return;
  const strong = strongPassword(probe, lengthFor(mechanism));
  const values: Record<string, string> = {};
  for (const field of found.request.fields) {
    if (field.role !== undefined) values[field.name] = field.role === 'current-password' ? initial : strong;
  }
  await probe.login.call(found.id, outcome.session, values);
  const renewed = await signIn(probe, mechanism, { password: strong });
  const after = renewed.kind === 'in' ? await sessionWorks(probe, mechanism, renewed.session) : undefined;
  if (after !== undefined) {
    probe.record('use', mechanism.id, { function: after.function, when: 'after', answer: after.answer }, after.blobs);
  }
}

// G045 AU-1-1: a password is made or changed at the first authentication, and differs from the one before.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...userPasswords(seen.declaration).flatMap((mechanism) => [
        judgeForce(mechanism, rows),
        ...judgeDifference(mechanism, rows),
      ]),
    ],
    'no password that a user changes is declared',
  );
}

function judgeForce(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const value = mechanism.initialValue;
  const entered = of(rows.initial, name).filter((row) => row.data.outcome.kind === 'in');
  if (entered.length > 0) return fail(`${name}: the initial password still works after set-up`, idsOf(entered));
  const uses = of(rows.use, name);
  const early = uses.filter((row) => row.data.when === 'before' && row.data.answer.success);
  if (early.length > 0)
    return fail(`${name}: the product can be used before its initial password is changed`, idsOf(early));
  const refused = uses.filter((row) => row.data.when === 'before' && row.data.answer.reached);
  const control = uses.filter((row) => row.data.when === 'after' && row.data.answer.success);
  if (refused.length > 0 && control.length > 0) {
    return pass(`${name}: nothing works before the initial password is changed`, idsOf([...refused, ...control]));
  }
  const login = [...of(rows['factory-login'], name), ...of(rows.initial, name)];
  if (value.kind === 'unique-per-device' && !value.mustBeChanged && login.length > 0) {
    return fail(`${name}: its declaration does not ask for the initial password to be changed`, idsOf(login));
  }
  return open(`${name}: that a unit in factory default asks for a new password before anything else`, idsOf(login));
}

function judgeDifference(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const again = of(rows['same-again'], name);
  const strong = of(rows.strong, name);
  const lost = strong.filter((row) => !row.data.restored);
  if (lost.length > 0) return [fault(`${name}: the account’s password could not be put back`, idsOf(lost))];
  const kept = again.filter((row) => row.data.answer.success || !row.data.entered);
  if (kept.length > 0) {
    return [
      fail(
        `${name}: the ${kept.map((row) => row.data.asked).join(' and the ')} password is accepted as the new one`,
        idsOf(kept),
      ),
    ];
  }
  const control = strong.filter((row) => row.data.entered && row.data.answer.success);
  const asked = again.filter((row) => row.data.answer.reached).map((row) => row.data.asked);
  if (control.length === 0 || !asked.includes('current')) {
    return [open(`${name}: that the new password must differ from the one before`, idsOf(again))];
  }
  return [pass(`${name}: a new password must differ from the one before`, idsOf([...again, ...control]))];
}
