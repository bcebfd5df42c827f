import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered } from '../answers.ts';
import { fail, fault, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { strongPassword } from '../signing-in.ts';
import { accountAndChanges, reachable, userPasswords } from '../subjects.ts';
import { changerOf, lengthFor, type Changer } from './changing.ts';

/** Weak passwords are refused, each with the account’s password still working; a strong one is accepted. */
const WEAKNESSES = ['short', 'repeated', 'run', 'keyboard', 'common', 'context'] as const;
type Weakness = (typeof WEAKNESSES)[number];

const Tried = Type.Object(
  {
    weakness: Type.Enum([...WEAKNESSES]),
    length: Type.Integer(),
    answer: Answered,
    /** whether the account’s password still logs in afterwards */
    unchanged: Type.Boolean(),
  },
  { additionalProperties: false },
);
const Strong = Type.Object({ answer: Answered, entered: Type.Boolean() }, { additionalProperties: false });
const Restored = Type.Object({ restored: Type.Boolean() }, { additionalProperties: false });
const KINDS = { weak: Tried, strong: Strong, restored: Restored };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const passwordStrength: Case = {
  id: 'password-strength',
  topic: 'password-strength',
  title:
    'Asks for weak passwords through the declared function: short, repeated, runs, common ones, the product’s name.',
  ready: accountAndChanges(userPasswords, 'no password that a user changes is declared'),
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, userPasswords(probe.declaration))) {
    const changer = changerOf(probe, mechanism);
    if (changer === undefined) continue;
    for (const [weakness, candidate] of candidates(probe, mechanism)) {
      if (!(await tryWeak(probe, mechanism, changer, weakness, candidate))) return;
    }
    const session = await changer.enter(changer.current);
    if (session === undefined) continue;
    const strong = strongPassword(probe, lengthFor(mechanism));
    const { answer, blobs } = await changer.change(session, changer.current, strong);
    const entered = (await changer.enter(strong)) !== undefined;
    probe.record('strong', mechanism.id, { answer, entered }, blobs);
    if (entered) probe.record('restored', mechanism.id, { restored: await changer.restore(strong) });
  }
}

/** False where the product is left with a password that the assessor could not take back. */
async function tryWeak(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  changer: Changer,
  weakness: Weakness,
  candidate: string,
): Promise<boolean> {
  const session = await changer.enter(changer.current);
  if (session === undefined) {
    probe.record('blocked', mechanism.id, { because: 'the right password is not accepted' });
    return true;
  }
  const { answer, blobs } = await changer.change(session, changer.current, candidate);
  const unchanged = (await changer.enter(changer.current)) !== undefined;
  probe.record('weak', mechanism.id, { weakness, length: candidate.length, answer, unchanged }, blobs);
  if (unchanged) return true;
  const restored = await changer.restore(candidate);
  probe.record('restored', mechanism.id, { restored });
  return restored;
}

// G045 AU-1-8: length, variety, repeats and runs decide whether a password is taken.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...userPasswords(seen.declaration).flatMap((mechanism) => judgeOne(mechanism, rows))],
    'no password that a user changes is declared',
  );
}

function judgeOne({ id: name }: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const weak = of(rows.weak, name);
  const parts: Part[] = of(rows.restored, name)
    .filter((row) => !row.data.restored)
    .map((row) => fault(`${name}: the account’s password could not be put back`, [row.id]));
  const taken = weak.filter((row) => !row.data.unchanged);
  if (taken.length > 0) {
    const kinds = [...new Set(taken.map((row) => row.data.weakness))].join(', ');
    return [...parts, fail(`${name} accepts weak passwords: ${kinds}`, idsOf(taken))];
  }
  const strong = of(rows.strong, name).filter((row) => row.data.entered);
  if (strong.length === 0)
    return [...parts, open(`${name}: a strong password was not seen to be accepted`, idsOf(weak))];
  const seen = new Set(weak.filter((row) => row.data.answer.reached).map((row) => row.data.weakness));
  const missing = WEAKNESSES.filter((each) => !seen.has(each)).map((each) => `${name}: a password that is ${each}`);
  if (of(rows.restored, name).length === 0) missing.push(`${name}: that the password was put back`);
  const evidence = [...idsOf(weak), ...idsOf(strong), ...idsOf(of(rows.restored, name))];
  return [
    ...parts,
    pass(`${name} refuses ${seen.size} kinds of weak passwords and accepts a strong one`, evidence, missing),
  ];
}

/** Each is weak for one reason alone: apart from `short`, all are as long as the declared rules ask. */
function candidates(probe: Probe, mechanism: AuthenticationMechanism): readonly (readonly [Weakness, string])[] {
  // NIST SP 800-63B 5.1.1.2: eight characters where the user chooses.
  const least = Math.max(8, mechanism.rules?.minimumLength ?? 8);
  const fill = (text: string): string => text.repeat(Math.ceil(least / text.length)).slice(0, least);
  const user = probe.target.accounts?.[mechanism.id]?.user ?? '';
  const context = `${user}${probe.declaration.product.model.designation}`.toLowerCase();
  const common = COMMON.find((each) => each.length >= least) ?? fill('password');
  const short = strongPassword(probe, 20).slice(0, Math.max(1, (mechanism.rules?.minimumLength ?? 8) - 1));
  probe.secret(short);
  return [
    ['short', short],
    ['repeated', 'a'.repeat(least)],
    ['run', fill('abcdefghijklmnopqrstuvwxyz')],
    ['keyboard', fill('qwertyuiopasdfghjkl')],
    ['common', common],
    ['context', context.length >= least ? context : fill(context === '' ? 'device' : context)],
  ];
}
/** From public lists of the commonest passwords, by length. */
const COMMON = [
  'password',
  'iloveyou1',
  'password12',
  'password123',
  'password1234',
  'administrator',
  'password123456',
];
