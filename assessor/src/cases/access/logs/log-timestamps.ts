import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered } from '../answers.ts';
import { fail, idsOf, of, open, Outcome, outcomeOf, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { signIn } from '../signing-in.ts';
import { guardOf } from '../subjects.ts';
import { logFunction } from './entries.ts';
import { logReady, provokeEntry } from './provoked.ts';

/** The entry of an event bears the time of the event, with its zone. */
const Stamped = Type.Object(
  {
    outcome: Outcome,
    after: Answered,
    /** seconds between the event and the nearest new entry’s time; absent where no new entry has a time with zone */
    offsetSeconds: Type.Optional(Type.Number()),
    unzoned: Type.Integer(),
  },
  { additionalProperties: false },
);
const KINDS = { stamped: Stamped };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** Enough for a clock set over the network (NTP keeps milliseconds), too little for one that was never set. */
const MOST_SECONDS = 5;

export const logTimestamps: Case = {
  id: 'log-timestamps',
  topic: 'log-timestamps',
  title: 'Compares the time of a fresh entry of the security log with the assessor’s clock.',
  ready: logReady,
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const seen = await provokeEntry(probe);
  if (seen === undefined) return;
  const distances = seen.after.fresh.map((at) => Math.max(0, seen.from - at, at - seen.to) / 1000);
  const offset = distances.length === 0 ? undefined : distances.reduce((least, each) => Math.min(least, each));
  probe.record(
    'stamped',
    seen.subject,
    {
      outcome: outcomeOf(seen.outcome),
      after: seen.after.answer,
      ...(offset === undefined ? {} : { offsetSeconds: offset }),
      unzoned: seen.after.unzoned,
    },
    seen.after.blobs,
  );
  const log = logFunction(probe.declaration);
  const guard = log === undefined ? undefined : guardOf(probe.declaration, log);
  if (guard !== undefined) await signIn(probe, guard);
}

// G045 PL-4-3: log entries bear a reliable time.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const log = logFunction(seen.declaration);
  const nothing = 'no function with purpose security-log is declared';
  return weigh(log === undefined ? parts : [...parts, judgeLog(log.id, rows)], nothing);
}

function judgeLog(name: string, rows: Rows): Part {
  const mine = of(rows.stamped, name);
  if (mine.length === 0) return open(`${name}: no fresh entry of the log was seen`);
  const read = mine.filter((row) => row.data.after.success && row.data.outcome.kind === 'refused');
  if (read.length === 0) return open(`${name}: the security log could not be read after a refused login`, idsOf(mine));
  const off = read.filter(
    (row) => row.data.offsetSeconds !== undefined && Math.abs(row.data.offsetSeconds) > MOST_SECONDS,
  );
  if (off.length > 0)
    return fail(
      `${name}: a fresh entry is ${Math.round(off[0]?.data.offsetSeconds ?? 0)} s away from the event`,
      idsOf(off),
    );
  const timed = read.filter((row) => row.data.offsetSeconds !== undefined);
  if (timed.length > 0)
    return pass(
      `${name}: a fresh entry bears the time of its event within ${MOST_SECONDS} s, with its zone`,
      idsOf(timed),
    );
  const unzoned = read.filter((row) => row.data.unzoned > 0);
  if (unzoned.length > 0) return fail(`${name}: entries bear a time without a zone`, idsOf(unzoned));
  return open(`${name}: no fresh entry with a time was seen`, idsOf(read));
}
