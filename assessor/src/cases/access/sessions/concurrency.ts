import { Type } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered, sessionWorks } from '../answers.ts';
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
import { signIn, signOut } from '../signing-in.ts';
import { accountFor, reachable, userPasswords, withSession } from '../subjects.ts';

/** Two logins of one administrator: the first is ended, or the second is refused. */
const Login = Type.Object({ which: Type.Enum(['first', 'second']), outcome: Outcome }, { additionalProperties: false });
const Use = Type.Object(
  {
    session: Type.Enum(['first', 'second']),
    when: Type.Enum(['before', 'after']),
    function: Type.String(),
    answer: Answered,
  },
  { additionalProperties: false },
);
const KINDS = { login: Login, use: Use };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const administratorConcurrency: Case = {
  id: 'administrator-concurrency',
  topic: 'administrator-concurrency',
  title: 'Logs in twice with one account and looks which of the two sessions still works.',
  ready: accountFor(mechanisms, 'no login of a person with a session is declared'),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, mechanisms(probe.declaration))) {
    const first = await signIn(probe, mechanism);
    probe.record('login', mechanism.id, { which: 'first', outcome: outcomeOf(first) }, blobOf(first));
    if (first.kind !== 'in') continue;
    await use(probe, mechanism, 'first', 'before', first.session);
    const second = await signIn(probe, mechanism);
    probe.record('login', mechanism.id, { which: 'second', outcome: outcomeOf(second) }, blobOf(second));
    await use(probe, mechanism, 'first', 'after', first.session);
    if (second.kind === 'in') {
      await use(probe, mechanism, 'second', 'after', second.session);
      await signOut(probe, mechanism, second.session);
    } else await signOut(probe, mechanism, first.session);
  }
}

async function use(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  session: 'first' | 'second',
  when: 'before' | 'after',
  held: Parameters<typeof sessionWorks>[2],
): Promise<void> {
  const seen = await sessionWorks(probe, mechanism, held);
  if (seen === undefined) {
    probe.record('blocked', mechanism.id, {
      because: 'no read function behind it is declared, so that a session cannot be tried',
    });
  } else probe.record('use', mechanism.id, { session, when, function: seen.function, answer: seen.answer }, seen.blobs);
}

// G045 AU-1-7: one administrator at a time, with a way to end the session before.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...mechanisms(seen.declaration).map((mechanism) => judgeOne(mechanism, rows))],
    'no login of a person with a session is declared',
  );
}

function judgeOne({ id: name }: AuthenticationMechanism, rows: Rows): Part {
  const uses = of(rows.use, name);
  const by = (session: string, when: string) =>
    uses.filter((row) => row.data.session === session && row.data.when === when);
  const worked = by('first', 'before').filter((row) => row.data.answer.success);
  if (worked.length === 0) return open(`${name}: the first session was not seen to work`, idsOf(uses));
  const firstAfter = by('first', 'after').filter((row) => row.data.answer.reached);
  const second = of(rows.login, name).filter((row) => row.data.which === 'second');
  const entered = second.some((row) => row.data.outcome.kind === 'in');
  const evidence = idsOf([...uses, ...of(rows.login, name)]);
  if (firstAfter.length === 0 || second.length === 0)
    return open(`${name}: the first session after the second login`, evidence);
  const firstLives = firstAfter.some((row) => row.data.answer.success);
  if (entered && firstLives) return fail(`${name}: two sessions of one administrator work at the same time`, evidence);
  if (entered) {
    return by('second', 'after').some((row) => row.data.answer.success)
      ? pass(`${name}: a second login ends the first session`, evidence)
      : open(`${name}: neither session works after the second login`, evidence);
  }
  if (second.some((row) => row.data.outcome.kind === 'unreachable'))
    return open(`${name}: the second login had no answer`, evidence);
  return firstLives
    ? pass(`${name}: a second login is refused while the first session lasts`, evidence)
    : open(`${name}: neither session works after the second login`, evidence);
}

function mechanisms(declaration: Declaration): readonly AuthenticationMechanism[] {
  const sessions = withSession(declaration);
  return userPasswords(declaration).filter((each) => sessions.includes(each));
}
