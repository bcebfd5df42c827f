import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered } from '../answers.ts';
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
import { changerOf, lengthFor } from '../passwords/changing.ts';
import { mayFail, strongPassword } from '../signing-in.ts';
import { accountAndChanges, reachable, userPasswords } from '../subjects.ts';

/** The declared function changes the value: the new one opens, the old one no more; the old one is put back. */
const Changed = Type.Object({ answer: Answered, entered: Type.Boolean() }, { additionalProperties: false });
const Old = Type.Object({ outcome: Outcome }, { additionalProperties: false });
const Restored = Type.Object({ restored: Type.Boolean() }, { additionalProperties: false });
/** asked with a wrong current value */
const Unproven = Type.Object({ answer: Answered, unchanged: Type.Boolean() }, { additionalProperties: false });
const KINDS = { changed: Changed, old: Old, restored: Restored, unproven: Unproven };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** More pages or dialogues than this is no simple mechanism. */
const MOST_STEPS = 5;

export const authenticationValueChange: Case = {
  id: 'authentication-value-change',
  topic: 'authentication-value-change',
  title: 'Changes the password by the declared function, sees the old one refused, and puts it back.',
  ready: accountAndChanges(userPasswords, 'no password with which a user logs in is declared'),
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, userPasswords(probe.declaration))) {
    const changer = changerOf(probe, mechanism);
    if (changer === undefined) continue;
    if (changer.asksCurrent) {
      const session = await changer.enter(changer.current);
      if (session !== undefined) {
        const wanted = strongPassword(probe, lengthFor(mechanism));
        const { answer, blobs } = await changer.change(session, strongPassword(probe, lengthFor(mechanism)), wanted);
        const unchanged = (await changer.enter(changer.current)) !== undefined;
        probe.record('unproven', mechanism.id, { answer, unchanged }, blobs);
        if (!unchanged) {
          const restored = await changer.restore(wanted);
          probe.record('restored', mechanism.id, { restored });
          if (!restored) continue;
        }
      }
    }
    const session = await changer.enter(changer.current);
    if (session === undefined) {
      probe.record('blocked', mechanism.id, { because: 'the right password is not accepted' });
      continue;
    }
    const fresh = strongPassword(probe, lengthFor(mechanism));
    const { answer, blobs } = await changer.change(session, changer.current, fresh);
    const entered = (await changer.enter(fresh)) !== undefined;
    probe.record('changed', mechanism.id, { answer, entered }, blobs);
    if (!entered) continue;
    if (mayFail(probe, 2)) {
      const outcome = await probe.login.attempt(mechanism.id, { password: changer.current });
      probe.record('old', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
    }
    probe.record('restored', mechanism.id, { restored: await changer.restore(fresh) });
  }
}

// EN 303 645 5.1-4: a user can change the value with which they log in.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...userPasswords(seen.declaration).flatMap((mechanism) => judgeOne(seen, mechanism, rows))],
    'no password with which a user logs in is declared',
  );
}

function judgeOne(seen: Seen, mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const parts: Part[] = of(rows.restored, name)
    .filter((row) => !row.data.restored)
    .map((row) => fault(`${name}: the account’s password could not be put back`, [row.id]));
  const changed = of(rows.changed, name);
  if (changed.length === 0) return [...parts, open(`${name}: no change of the value was tried`)];
  if (changed.some((row) => row.data.answer.reached && !row.data.entered)) {
    return [...parts, fail(`${name}: after the declared change the new password does not log in`, idsOf(changed))];
  }
  const old = of(rows.old, name);
  const stillGood = old.filter((row) => row.data.outcome.kind === 'in');
  if (stillGood.length > 0)
    return [...parts, fail(`${name}: the old password still logs in after the change`, idsOf(stillGood))];
  const unproven = of(rows.unproven, name);
  const taken = unproven.filter((row) => !row.data.unchanged);
  if (taken.length > 0)
    return [...parts, fail(`${name}: the password is changed without the current one`, idsOf(taken))];
  const steps = mechanism.change?.steps ?? 0;
  if (steps > MOST_STEPS) return [...parts, fail(`${name}: the change takes ${steps} steps`, idsOf(changed))];
  const uncovered: string[] = [];
  if (!old.some((row) => row.data.outcome.kind === 'refused'))
    uncovered.push(`${name}: that the old password is refused`);
  if (asksCurrent(seen, mechanism) && unproven.length === 0)
    uncovered.push(`${name}: that the current password is asked for`);
  if (of(rows.restored, name).length === 0) uncovered.push(`${name}: that the password was put back`);
  const evidence = idsOf([...changed, ...old, ...unproven, ...of(rows.restored, name)]);
  return [
    ...parts,
    pass(
      `${name}: the password can be changed in ${steps} steps; the new one works, the old one is refused`,
      evidence,
      uncovered,
    ),
  ];
}

function asksCurrent(seen: Seen, mechanism: AuthenticationMechanism): boolean {
  const found = seen.declaration.externalFunctions.find((each) => each.id === mechanism.change?.function);
  return found?.request.transport === 'http' && found.request.fields.some((field) => field.role === 'current-password');
}
