import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered } from '../answers.ts';
import { fail, idsOf, of, open, Outcome, outcomeOf, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { signIn } from '../signing-in.ts';
import { guardOf } from '../subjects.ts';
import { logFunction } from './entries.ts';
import { logReady, provokeEntry } from './provoked.ts';

/** A failed login leaves an entry in the declared security log, and no password in it. */
const Logged = Type.Object(
  {
    outcome: Outcome,
    quiet: Answered,
    /** entries that came between two readings with nothing in between */
    quietFresh: Type.Integer(),
    after: Answered,
    fresh: Type.Integer(),
    unzoned: Type.Integer(),
    secret: Type.Boolean(),
  },
  { additionalProperties: false },
);
const KINDS = { logged: Logged };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const securityLogging: Case = {
  id: 'security-logging',
  topic: 'security-logging',
  title: 'Fails one login and looks for its entry in the security log.',
  ready: logReady,
  effect: 'reading',
  observe,
  judge,
};

/** One failure could meet an entry of something else that happened just then; two in a row hardly do. */
const FAILURES = 2;

async function observe(probe: Probe): Promise<void> {
  for (let failure = 0; failure < FAILURES; failure += 1) {
    const seen = await provokeEntry(probe);
    if (seen === undefined) break;
    const { quiet, after } = seen;
    probe.record(
      'logged',
      seen.subject,
      {
        outcome: outcomeOf(seen.outcome),
        quiet: quiet.answer,
        quietFresh: quiet.fresh,
        after: after.answer,
        fresh: after.fresh.length,
        unzoned: after.unzoned,
        secret: after.secret,
      },
      after.blobs,
    );
  }
  const log = logFunction(probe.declaration);
  const guard = log === undefined ? undefined : guardOf(probe.declaration, log);
  if (guard !== undefined) await signIn(probe, guard);
}

// G045 PL-4-1: security-related events are logged.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const log = logFunction(seen.declaration);
  const nothing = 'no function with purpose security-log is declared';
  return weigh(log === undefined ? parts : [...parts, judgeLog(log.id, rows)], nothing);
}

function judgeLog(name: string, rows: Rows): Part {
  const mine = of(rows.logged, name);
  if (mine.length === 0) return open(`${name}: no failed login was followed into the log`);
  if (mine.some((row) => row.data.secret)) return fail(`${name}: a password stands in the security log`, idsOf(mine));
  const read = mine.filter((row) => row.data.quiet.success && row.data.after.success);
  if (read.length === 0) return open(`${name}: the security log could not be read`, idsOf(mine));
  const failed = read.filter((row) => row.data.outcome.kind === 'refused');
  if (failed.length === 0) return open(`${name}: no login was refused`, idsOf(read));
  const entered = failed.filter(
    (row) => row.data.fresh > row.data.quietFresh || row.data.unzoned > row.data.quietFresh,
  );
  const silent = failed.filter((row) => !entered.includes(row) && row.data.quiet.bytes === row.data.after.bytes);
  if (silent.length > 0) return fail(`${name}: a failed login leaves no entry in the security log`, idsOf(silent));
  if (entered.length < failed.length)
    return open(`${name}: the log changed, but no new entry with a time can be told from it`, idsOf(failed));
  return pass(
    `${name}: a failed login is entered in the security log, without the password that was tried`,
    idsOf(entered),
  );
}
