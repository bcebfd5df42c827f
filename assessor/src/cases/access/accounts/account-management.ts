import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered, sessionWorks } from '../answers.ts';
import { fail, idsOf, of, open, Outcome, outcomeOf, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { accountAndChanges, reachable } from '../subjects.ts';
import { lend, managed, managedMechanisms, type Lent, type Managed } from './lent.ts';

/** An account is added, used and removed by the declared functions; afterwards neither its session nor its password opens anything. */
const Added = Type.Object(
  { answer: Answered, first: Outcome, entered: Type.Boolean() },
  { additionalProperties: false },
);
const Removed = Type.Object({ answer: Answered, session: Answered, login: Outcome }, { additionalProperties: false });
const Used = Type.Object({ answer: Answered }, { additionalProperties: false });
const KINDS = { added: Added, used: Used, removed: Removed };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const accountManagement: Case = {
  id: 'account-management',
  topic: 'account-management',
  title: 'Adds an account, signs in with it, removes it, and looks whether it is out.',
  ready: accountAndChanges(managedMechanisms, 'no functions that add and remove accounts are declared'),
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const found = managed(probe.declaration);
  const within = reachable(
    probe,
    found.map(({ mechanism }) => mechanism),
  );
  for (const each of found.filter(({ mechanism }) => within.includes(mechanism))) {
    const lent = await lend(probe, each, leastRole(each));
    if (lent !== undefined) await useAndRemove(probe, each, lent);
  }
}

/** The role that has least to lose where the product asks for one: its example. */
const leastRole = ({ add }: Managed): string | undefined => {
  const example = add.request.fields.find((field) => field.role === 'account-role')?.example;
  return typeof example === 'string' ? example : undefined;
};

async function useAndRemove(probe: Probe, { mechanism }: Managed, lent: Lent): Promise<void> {
  const first = lent.first ? outcomeOf(lent.first) : { kind: 'unreachable' as const, status: 0, ms: 0 };
  const entered = lent.session !== undefined;
  probe.record('added', mechanism.id, { answer: lent.added, first, entered }, lent.blobs);
  const before = lent.session && (await sessionWorks(probe, mechanism, lent.session));
  if (before) probe.record('used', mechanism.id, { answer: before.answer }, before.blobs);
  const answer = await lent.remove();
  const after = lent.session && (await sessionWorks(probe, mechanism, lent.session));
  if (after) {
    const login = await probe.login.attempt(mechanism.id, { user: lent.name, password: lent.password });
    probe.record('removed', mechanism.id, { answer, session: after.answer, login: outcomeOf(login) }, after.blobs);
  }
  await probe.login.logout(mechanism.id, lent.owner);
  probe.login.forget(mechanism.id);
}

// G045 AU-1-5: accounts and their rights are managed, from their beginning to their end
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...managed(seen.declaration).map(({ mechanism }) => judgeOne(mechanism.id, rows))],
    'no functions that add and remove accounts are declared',
  );
}

function judgeOne(name: string, rows: Rows): Part {
  const [added] = of(rows.added, name);
  const [used] = of(rows.used, name);
  const [removed] = of(rows.removed, name);
  const evidence = idsOf([...of(rows.added, name), ...of(rows.used, name), ...of(rows.removed, name)]);
  if (!added?.data.answer.reached) return open(`${name}: adding an account`, evidence);
  if (!added.data.answer.success) return fail(`${name}: the declared function adds no account`, evidence);
  if (!added.data.entered || !used?.data.answer.success)
    return open(`${name}: the added account was not seen to work`, evidence);
  if (!removed?.data.answer.reached) return open(`${name}: removing the account`, evidence);
  if (!removed.data.answer.success) return fail(`${name}: the declared function does not remove the account`, evidence);
  if (removed.data.session.success) return fail(`${name}: a session of the removed account goes on`, evidence);
  if (removed.data.login.kind === 'in') return fail(`${name}: the removed account still signs in`, evidence);
  if (removed.data.login.kind !== 'refused')
    return open(`${name}: whether the removed account still signs in`, evidence);
  return pass(`${name}: an added account works until it is removed, and no longer`, evidence);
}
