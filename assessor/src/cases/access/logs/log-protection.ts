import { Type } from 'typebox';
import type { Case, HttpAnswer, Judgement, LoginSession, Probe, Reached, Seen } from '../../../model.ts';
import { Answered, answered, blobsOf } from '../answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { attemptPatiently, mayFail, RESERVE, signIn, strongPassword } from '../signing-in.ts';
import { guardOf, type HttpFunction } from '../subjects.ts';
import { logFunction, logTimes, newTimes } from './entries.ts';
import { logReady } from './provoked.ts';

/** The log read again after something was done to it. */
const Kept = Type.Object(
  {
    /** `flood`: failed logins; else a method with which its address was called, with the session that may read it */
    after: Type.Union([Type.Literal('flood'), Type.String({ pattern: '^[A-Z]{3,7}$' })]),
    /** failed logins, or the status of the answer */
    how: Type.Integer(),
    answer: Answered,
    /** entries that were watched: the newest of before, by their times */
    watched: Type.Integer(),
    /** those of them that are there no more */
    lost: Type.Integer(),
  },
  { additionalProperties: false },
);
const KINDS = { kept: Kept };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

const METHODS = ['DELETE', 'PUT', 'PATCH', 'POST'] as const;
/** A log that is read in parts shows its newest entries; these stay in any part that is worth reading. */
const WATCHED = 20;
const FIRST = 2;
const FLOOD = 3;
/** One may be an entry that counts, and bears the time of the last. */
const MAY_MOVE = 1;

export const logProtection: Case = {
  id: 'log-protection',
  topic: 'log-protection',
  title: 'Fails logins, and calls the security log with methods that write: earlier entries must still be there.',
  ready: logReady,
  effect: 'disturbing',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const log = logFunction(probe.declaration);
  const guard = log === undefined ? undefined : guardOf(probe.declaration, log);
  if (log === undefined || guard === undefined) return;
  let session = await probe.login.shared(guard.id);
  if (session === undefined) {
    probe.record('blocked', log.id, { because: 'no login succeeded with which the log could be read' });
    return;
  }
  const read = async (): Promise<Reached<HttpAnswer>> => {
    const reached = await probe.login.call(log.id, session);
    if (answered(log, reached).success) return reached;
    // it may have run out while failed logins were waited for
    const outcome = await signIn(probe, guard);
    session = outcome.kind === 'in' ? outcome.session : undefined;
    return probe.login.call(log.id, session);
  };
  let before: readonly number[] = [];
  const look = async (after: string, how: number): Promise<void> => {
    const reached = await read();
    const now = timesOf(reached);
    const watched = before.toSorted((one, other) => other - one).slice(0, WATCHED);
    const data = { after, how, answer: answered(log, reached), watched: watched.length };
    probe.record('kept', log.id, { ...data, lost: newTimes(now, watched).length }, blobsOf(reached));
    before = now;
  };

  const failLogins = async (most: number): Promise<number> => {
    let failed = 0;
    for (; failed < most && mayFail(probe, RESERVE); failed += 1) {
      await attemptPatiently(probe, guard, { password: strongPassword(probe) });
    }
    return failed;
  };

  // a log may be empty until something goes wrong
  await failLogins(FIRST);
  before = timesOf(await read());
  await look('flood', await failLogins(FLOOD));
  for (const method of METHODS) {
    if (method === log.request.method) continue;
    const reached = await called(probe, log, method, session);
    await look(method, reached.ok ? reached.answer.status : 0);
  }
  await signIn(probe, guard);
}

const called = (probe: Probe, { service, request }: HttpFunction, method: string, session: LoginSession | undefined) =>
  probe.http.request(service, {
    method,
    path: request.path,
    headers: { ...session?.headers, 'content-type': 'application/json' },
    cookies: session?.cookies ?? {},
    body: '{}',
  });

const timesOf = (reached: Reached<HttpAnswer>): readonly number[] =>
  reached.ok ? logTimes(reached.answer.body).zoned : [];

// G045 PL-4-2: the log is protected against loss and against changes by whoever may read it.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const log = logFunction(seen.declaration);
  const nothing = 'no function with purpose security-log is declared';
  return weigh(log === undefined ? parts : [...parts, ...judgeLog(log.id, rows)], nothing);
}

function judgeLog(name: string, rows: Rows): readonly Part[] {
  const mine = of(rows.kept, name);
  if (mine.length === 0) return [open(`${name}: the log was not read again after anything`)];
  const unread = mine.filter((row) => !row.data.answer.success);
  if (unread.length > 0) return [open(`${name}: the security log could not be read`, idsOf(unread))];
  const lost = mine.filter((row) => row.data.lost > MAY_MOVE);
  if (lost.length > 0)
    return lost.map((row) =>
      fail(
        row.data.after === 'flood'
          ? `${name}: ${row.data.lost} entries are gone after ${row.data.how} failed logins`
          : `${name}: ${row.data.lost} entries are gone after ${row.data.after} to the log’s address`,
        [row.id],
      ),
    );
  const flood = mine.filter(({ data }) => data.after === 'flood' && data.how > 1 && data.watched > MAY_MOVE);
  const writes = mine.filter(({ data }) => data.after !== 'flood' && data.watched > MAY_MOVE);
  if (flood.length === 0)
    return [open(`${name}: no entries were seen before failed logins and after them`, idsOf(mine))];
  if (writes.length === 0) return [open(`${name}: no method that writes was tried on it`, idsOf(mine))];
  return [
    pass(
      `${name}: what was logged is still there after ${flood[0]?.data.how} failed logins, and after each method that writes`,
      idsOf([...flood, ...writes]),
    ),
  ];
}
