import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered, sessionWorks } from '../answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { signIn, signOut } from '../signing-in.ts';
import { accountFor, reachable, withSession } from '../subjects.ts';

/** A session that is not used ends after the declared time. Needs patience longer than that time. */
const Use = Type.Object(
  { when: Type.Enum(['before', 'after']), idleSeconds: Type.Number(), function: Type.String(), answer: Answered },
  { additionalProperties: false },
);
const KINDS = { use: Use };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** Clocks that count whole seconds may end a session one later. */
const MARGIN_SECONDS = 1.5;
/** NIST SP 800-63B 4.2.3: half an hour without activity; a whole hour is beyond any reading of it. */
const LONGEST_IDLE_SECONDS = 3600;

export const sessionTimeout: Case = {
  id: 'session-timeout',
  topic: 'session-timeout',
  title: 'Leaves a session idle for the declared time and sees it refused.',
  ready: accountFor(withSession, 'no login with a session is declared'),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, withSession(probe.declaration))) {
    const idle = (mechanism.session?.idleSeconds ?? 0) + MARGIN_SECONDS;
    if (idle > probe.patienceSeconds) {
      probe.record('blocked', mechanism.id, {
        because: `that an idle session ends: it takes ${idle} s, and the target file allows waits of ${probe.patienceSeconds} s (/limits/patienceSeconds)`,
      });
      continue;
    }
    const login = await signIn(probe, mechanism);
    if (login.kind !== 'in') {
      probe.record('blocked', mechanism.id, { because: 'the right password is not accepted' });
      continue;
    }
    await use(probe, mechanism, 'before', 0, login.session);
    const from = probe.clock.now();
    await probe.clock.wait(idle * 1000);
    await use(probe, mechanism, 'after', (probe.clock.now() - from) / 1000, login.session);
    await signOut(probe, mechanism, login.session);
  }
}

async function use(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  when: 'before' | 'after',
  idleSeconds: number,
  session: Parameters<typeof sessionWorks>[2],
): Promise<void> {
  const seen = await sessionWorks(probe, mechanism, session);
  if (seen === undefined) {
    probe.record('blocked', mechanism.id, {
      because: 'no read function behind it is declared, so that a session cannot be tried',
    });
  } else
    probe.record('use', mechanism.id, { when, idleSeconds, function: seen.function, answer: seen.answer }, seen.blobs);
}

// G045 DS-3-1: an idle session ends, and going on needs a new login.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...withSession(seen.declaration).map((mechanism) => judgeOne(mechanism, rows))],
    'no login with a session is declared',
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const declared = mechanism.session?.idleSeconds ?? 0;
  const uses = of(rows.use, name);
  if (uses.length === 0) return open(`${name}: that a session ends after ${declared} s without use`);
  const worked = uses.filter((row) => row.data.when === 'before' && row.data.answer.success);
  if (worked.length === 0) return open(`${name}: the session was not seen to work before`, idsOf(uses));
  const after = uses.filter(
    (row) => row.data.when === 'after' && row.data.answer.reached && row.data.idleSeconds >= declared,
  );
  const alive = after.filter((row) => row.data.answer.success);
  if (alive.length > 0)
    return fail(
      `${name}: a session still works after ${Math.round(alive[0]?.data.idleSeconds ?? 0)} s without use, ${declared} s are declared`,
      idsOf(alive),
    );
  if (after.length === 0) return open(`${name}: the session after ${declared} s without use`, idsOf(uses));
  if (declared > LONGEST_IDLE_SECONDS) return fail(`${name}: a session lasts ${declared} s without use`, idsOf(after));
  return pass(`${name}: a session ends after ${declared} s without use`, idsOf([...worked, ...after]));
}
