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

/** Two logins of one administrator: the first is ended, or the second is refused; never without a word where an offer is declared. */
const Login = Type.Object(
  { which: Type.Enum(['first', 'declining', 'second']), outcome: Outcome },
  { additionalProperties: false },
);
const Use = Type.Object(
  {
    session: Type.Enum(['first', 'second']),
    when: Type.Enum(['before', 'declined', 'after']),
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
  title:
    'Logs in twice with one account, declines and takes what it is offered, and looks which of the sessions still works.',
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
    if (offers(mechanism)) {
      const declining = await probe.login.attempt(mechanism.id, undefined, 'decline');
      probe.record('login', mechanism.id, { which: 'declining', outcome: outcomeOf(declining) }, blobOf(declining));
      await use(probe, mechanism, 'first', 'declined', first.session);
      if (declining.kind === 'in') {
        // nothing was offered: whether the first session goes on beside it has been seen
        await signOut(probe, mechanism, declining.session);
        await signOut(probe, mechanism, first.session);
        continue;
      }
    }
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
  when: 'before' | 'declined' | 'after',
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

const offers = ({ session }: AuthenticationMechanism): boolean => session?.secondLogin?.kind === 'offers';

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const { id: name } = mechanism;
  const uses = of(rows.use, name);
  const by = (session: string, when: string) =>
    uses.filter((row) => row.data.session === session && row.data.when === when);
  const worked = by('first', 'before').filter((row) => row.data.answer.success);
  if (worked.length === 0) return open(`${name}: the first session was not seen to work`, idsOf(uses));
  const unasked = offers(mechanism) ? judgeOffer(name, rows, worked) : undefined;
  if (unasked) return unasked;
  const firstAfter = by('first', 'after').filter((row) => row.data.answer.reached);
  const second = of(rows.login, name).filter((row) => row.data.which === 'second');
  const entered = second.some((row) => row.data.outcome.kind === 'in');
  const evidence = idsOf([...uses, ...of(rows.login, name)]);
  if (firstAfter.length === 0 || second.length === 0)
    return open(`${name}: the first session after the second login`, evidence);
  const firstLives = firstAfter.some((row) => row.data.answer.success);
  if (entered && firstLives) return fail(`${name}: two sessions of one administrator work at the same time`, evidence);
  if (entered && mechanism.session?.secondLogin?.kind === 'refuses')
    return fail(`${name}: a second login enters, though it is declared as refused`, evidence);
  if (entered) {
    return by('second', 'after').some((row) => row.data.answer.success)
      ? pass(
          offers(mechanism)
            ? `${name}: a second login offers to end the first session, and ends it only when that is taken`
            : `${name}: a second login ends the first session`,
          evidence,
        )
      : open(`${name}: neither session works after the second login`, evidence);
  }
  if (second.some((row) => row.data.outcome.kind === 'unreachable'))
    return open(`${name}: the second login had no answer`, evidence);
  return firstLives
    ? pass(`${name}: a second login is refused while the first session lasts`, evidence)
    : open(`${name}: neither session works after the second login`, evidence);
}

/** What is wrong with the declared offer; undefined where it came, and declining it left the first session alone. */
function judgeOffer(name: string, rows: Rows, worked: readonly { readonly id: string }[]): Part | undefined {
  const declining = of(rows.login, name).filter((row) => row.data.which === 'declining');
  const declined = of(rows.use, name).filter((row) => row.data.when === 'declined' && row.data.answer.reached);
  const evidence = [...worked.map((row) => row.id), ...idsOf([...declining, ...declined])];
  const [tried] = declining;
  if (tried === undefined || declined.length === 0)
    return open(`${name}: whether a second login offers to end the first session`, evidence);
  const lives = declined.some((row) => row.data.answer.success);
  if (tried.data.outcome.kind === 'in') {
    return lives
      ? fail(`${name}: two sessions of one administrator work at the same time`, evidence)
      : fail(`${name}: a second login ends the first session without offering it`, evidence);
  }
  if (tried.data.outcome.kind !== 'offered')
    return open(`${name}: the offer of a second login could not be followed`, evidence);
  return lives ? undefined : fail(`${name}: declining the offer ended the first session all the same`, evidence);
}

function mechanisms(declaration: Declaration): readonly AuthenticationMechanism[] {
  const sessions = withSession(declaration);
  return userPasswords(declaration).filter((each) => sessions.includes(each));
}
