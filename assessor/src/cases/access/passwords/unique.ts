import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
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
} from '../evidence.ts';
import { attemptPatiently, mayFail, RESERVE, signIn } from '../signing-in.ts';
import { accountFor, passwordMechanisms, reachable } from '../subjects.ts';
import { readBatch } from './batch.ts';

/**
 * Passwords in force are unique per device or chosen by the user. On one unit this shows by what does not open it:
 * values that whole product lines were sold with, and the initial password once the product is set up.
 */
const Tried = Type.Object({ pair: Type.String(), outcome: Outcome }, { additionalProperties: false });
const Login = Type.Object({ outcome: Outcome }, { additionalProperties: false });
const Batch = Type.Object({ rows: Type.Integer(), distinct: Type.Integer() }, { additionalProperties: false });
const KINDS = { default: Tried, initial: Login, control: Login, batch: Batch };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/**
 * Values of factory credentials that lists of botnets carry (Mirai, 2016); few, since each costs a failed login. The
 * first two are tried with the account’s own user name.
 */
const UNIVERSAL = ['admin', 'admin1234'] as const;
const UNIVERSAL_PAIRS = [
  ['admin', 'admin'],
  ['root', 'xc3511'],
] as const;
const ENOUGH = 3;

export const passwordUnique: Case = {
  id: 'password-unique',
  topic: 'password-unique',
  title: 'Tries to log in with passwords that whole product lines were sold with, and with the initial password.',
  ready: accountFor(passwordMechanisms, 'no password with a network login is declared'),
  effect: 'disturbing',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const batch = readBatch((await probe.files.text('initialPasswords')) ?? '');
  if (batch.length > 0) {
    probe.record('batch', 'product', { rows: batch.length, distinct: new Set(batch.map((row) => row.password)).size });
  }
  for (const mechanism of reachable(probe, passwordMechanisms(probe.declaration))) {
    const account = probe.target.accounts?.[mechanism.id];
    const user = account?.user;
    const declared = mechanism.initialValue.kind === 'universal' ? mechanism.initialValue.value : undefined;
    let refused = 0;
    let delayed = false;
    for (const [at, pair] of pairsFor(user, declared).entries()) {
      if (!mayFail(probe, RESERVE) || (delayed && refused >= ENOUGH)) break;
      const left = probe.login.budget();
      // a delay that other cases have caused is waited out, but not for more than the verdict needs
      const outcome =
        refused < ENOUGH
          ? await attemptPatiently(probe, mechanism, pair)
          : await probe.login.attempt(mechanism.id, pair);
      if (outcome.kind === 'refused') refused += 1;
      delayed ||= left - probe.login.budget() > 1;
      const name = pair.password === declared ? 'the declared value' : `common value ${at + 1}`;
      probe.record('default', mechanism.id, { pair: name, outcome: outcomeOf(outcome) }, blobOf(outcome));
      // The right login clears the count of failures, so that trying does not lock the owner out.
      const control = await signIn(probe, mechanism);
      probe.record('control', mechanism.id, { outcome: outcomeOf(control) }, blobOf(control));
    }
    // On a unit that still has its initial password there is nothing to tell apart.
    const replaced = account?.password !== undefined && account.password !== account.initialPassword;
    if (account?.initialPassword !== undefined && replaced && mayFail(probe)) {
      const outcome = await probe.login.attempt(mechanism.id, { password: account.initialPassword });
      probe.record('initial', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
      const control = await signIn(probe, mechanism);
      probe.record('control', mechanism.id, { outcome: outcomeOf(control) }, blobOf(control));
    }
  }
}

// EN 303 645 5.1-1, G045 AU-1-4: no password in force is shared by a product line.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const mechanisms = passwordMechanisms(seen.declaration);
  const assisted = rows.batch.length > 0 ? ('assisted' as const) : ('automatic' as const);
  return weigh(
    [
      ...parts,
      ...rows.batch
        .filter((row) => row.data.distinct !== row.data.rows)
        .map((row) =>
          fail(`${row.data.rows - row.data.distinct} initial passwords of the batch are not unique`, [row.id]),
        ),
      ...mechanisms.map((mechanism) => judgeOne(mechanism, rows)),
    ],
    'no password with a network login is declared',
    assisted,
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const tried = of(rows.default, name);
  const entered = tried.filter((row) => row.data.outcome.kind === 'in');
  if (entered.length > 0)
    return fail(`${name} is open to ${entered.map((row) => row.data.pair).join(', ')}`, idsOf(entered));
  if (mechanism.initialValue.kind === 'universal' && tried.length > 0) {
    return fail(`${name} is declared to start with the same value on every unit`, idsOf(tried));
  }
  const control = of(rows.control, name).filter((row) => row.data.outcome.kind === 'in');
  if (control.length === 0) return open(`${name}: the right password was not seen to work`, idsOf(tried));
  const refused = tried.filter((row) => row.data.outcome.kind === 'refused');
  if (new Set(refused.map((row) => row.data.pair)).size < ENOUGH) {
    return open(`${name}: fewer than ${ENOUGH} common values could be tried`, idsOf(tried));
  }
  const evidence = [...idsOf(refused), ...idsOf(control)];
  if (mechanism.initialValue.kind === 'defined-by-user') {
    return pass(`${name} is chosen by the user, and common factory values do not open it`, evidence);
  }
  const initial = of(rows.initial, name);
  if (initial.length > 0 && initial.every((row) => row.data.outcome.kind === 'refused')) {
    return pass(
      `${name}: in use only the user’s own password opens it; the initial and common factory values are refused`,
      [...evidence, ...idsOf(initial)],
    );
  }
  const kept = initial.filter((row) => row.data.outcome.kind === 'in');
  if (kept.length > 0 && mechanism.initialValue.kind === 'unique-per-device' && mechanism.initialValue.mustBeChanged) {
    return fail(
      `${name}: the initial password still opens it beside the user’s own, though it is declared to be replaced`,
      idsOf(kept),
    );
  }
  const batch = rows.batch.filter((row) => row.data.rows >= 2 && row.data.distinct === row.data.rows);
  if (batch.length > 0) {
    return pass(
      `${name}: common factory values are refused, and the batch’s initial passwords differ from each other`,
      [...evidence, ...idsOf(batch)],
    );
  }
  return open(`${name}: whether the initial password differs from unit to unit`, evidence);
}

function pairsFor(
  own: string | undefined,
  declared: string | undefined,
): readonly { user?: string; password: string }[] {
  const mine = own === undefined ? {} : { user: own };
  const others = own === undefined ? [] : UNIVERSAL_PAIRS.filter(([user]) => user !== own);
  return [
    ...(declared === undefined ? [] : [{ ...mine, password: declared }]),
    ...UNIVERSAL.map((password) => ({ ...mine, password })),
    ...(own === undefined ? [{ password: 'xc3511' }] : others.map(([user, password]) => ({ user, password }))),
  ];
}
