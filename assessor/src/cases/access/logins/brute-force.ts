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
import { attemptPatiently, mayFail, signIn, strongPassword } from '../signing-in.ts';
import { accountFor, passwordMechanisms, reachable } from '../subjects.ts';
import { secondsFor } from './guessing-time.ts';

/** Failures in a row meet delays that grow, for the right password too; afterwards the owner gets in again. */
const Wrong = Type.Object({ failure: Type.Integer(), outcome: Outcome }, { additionalProperties: false });
/** the right password while the delay runs */
const Right = Type.Object(
  { when: Type.Enum(['before', 'during', 'after']), outcome: Outcome, waitedSeconds: Type.Number() },
  { additionalProperties: false },
);
const KINDS = { wrong: Wrong, right: Right };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** Failures beyond the declared free ones within which the first delay must come. */
const GRACE = 2;
/** A lock that comes after more than this is none against guessing common passwords. */
const MOST_FREE = 10;
const DELAYS_WANTED = 3;
/** The first million of a list of known passwords. */
const GUESSES = 1_000_000;
const YEAR = 365.25 * 86_400;
/** A refusal that takes so much longer than the first is a delay of its own kind. */
const SLOW_MS = 900;

export const bruteForce: Case = {
  id: 'brute-force',
  topic: 'brute-force',
  title: 'Logs in with wrong passwords in a row, then with the right one, and measures the delays.',
  ready: accountFor(passwordMechanisms, 'no password with a network login is declared'),
  effect: 'disturbing',
  timed: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, passwordMechanisms(probe.declaration))) {
    const before = await signIn(probe, mechanism);
    probe.record(
      'right',
      mechanism.id,
      { when: 'before', outcome: outcomeOf(before), waitedSeconds: 0 },
      blobOf(before),
    );
    if (before.kind !== 'in') continue;
    const most = (mechanism.bruteForce?.freeAttempts ?? MOST_FREE) + GRACE + DELAYS_WANTED;
    let left = probe.patienceSeconds;
    let delays = 0;
    let failures = 0;
    let delayed = false;
    for (let tries = 0; tries < 2 * most && mayFail(probe, 2); tries += 1) {
      // one more than enough, where the last was refused: the right password is tried while a delay runs
      if (failures >= most && (delays === 0 || delayed || failures > most)) break;
      const outcome = await probe.login.attempt(mechanism.id, { password: strongPassword(probe) });
      delayed = outcome.kind === 'throttled';
      if (!delayed) failures += 1;
      probe.record('wrong', mechanism.id, { failure: failures, outcome: outcomeOf(outcome) }, blobOf(outcome));
      if (outcome.kind !== 'throttled') continue;
      delays += 1;
      const wait = outcome.retryAfterSeconds ?? 1;
      // what follows must meet this delay: it is not waited out without an attempt left to make then
      if (delays >= DELAYS_WANTED || wait * 2 > left || failures >= most || !mayFail(probe, 3)) break;
      left -= wait;
      await probe.clock.wait(wait * 1000 + 100);
      delayed = false;
    }
    if (delays === 0 || delayed) await observeRight(probe, mechanism);
  }
}

async function observeRight(probe: Probe, mechanism: AuthenticationMechanism): Promise<void> {
  probe.login.forget(mechanism.id);
  if (!mayFail(probe, 1)) return;
  const during = await probe.login.attempt(mechanism.id);
  probe.record('right', mechanism.id, { when: 'during', outcome: outcomeOf(during), waitedSeconds: 0 }, blobOf(during));
  if (during.kind === 'in') return;
  const from = probe.clock.now();
  if (during.kind === 'refused') return watchSilentLock(probe, mechanism);
  const wait = during.kind === 'throttled' ? (during.retryAfterSeconds ?? 1) : 1;
  if (wait > probe.patienceSeconds || !mayFail(probe)) return;
  await probe.clock.wait(wait * 1000 + 200);
  const after = await attemptPatiently(probe, mechanism);
  const waitedSeconds = (probe.clock.now() - from) / 1000;
  probe.record('right', mechanism.id, { when: 'after', outcome: outcomeOf(after), waitedSeconds }, blobOf(after));
}

/** A lock that no answer tells of: the right password is refused meanwhile. Tried until it opens, or patience ends. */
async function watchSilentLock(probe: Probe, mechanism: AuthenticationMechanism): Promise<void> {
  const from = probe.clock.now();
  const waited = (): number => (probe.clock.now() - from) / 1000;
  for (let wait = 1; waited() + wait <= probe.patienceSeconds && mayFail(probe); wait *= 2) {
    await probe.clock.wait(wait * 1000);
    const after = await probe.login.attempt(mechanism.id);
    const row = { when: 'after', outcome: outcomeOf(after), waitedSeconds: waited() };
    probe.record('right', mechanism.id, row, blobOf(after));
    if (after.kind === 'in') return;
  }
}

// EN 303 645 5.1-5, G045 AU-1-3: guessing over the network is made impracticable.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...passwordMechanisms(seen.declaration).map((mechanism) => judgeOne(mechanism, rows))],
    'no password with a network login is declared',
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const wrong = of(rows.wrong, name);
  const right = of(rows.right, name);
  const accepted = wrong.filter((row) => row.data.outcome.kind === 'in');
  if (accepted.length > 0) return fail(`${name} accepts a wrong password`, idsOf(accepted));
  const firstMs = wrong[0]?.data.outcome.ms ?? 0;
  const slow = (ms: number): boolean => ms > firstMs + SLOW_MS;
  const delayed = wrong.filter((row) => row.data.outcome.kind === 'throttled' || slow(row.data.outcome.ms));
  const free = Math.min(mechanism.bruteForce?.freeAttempts ?? MOST_FREE, MOST_FREE);
  const failures = wrong.filter((row) => row.data.outcome.kind === 'refused').length;
  if (delayed.length === 0 && isSilentlyLocked(right)) return judgeSilentLock(mechanism, wrong, right, failures);
  if (delayed.length === 0) {
    return failures > free + GRACE
      ? fail(`${name}: ${failures} wrong passwords in a row met no delay`, idsOf(wrong))
      : open(`${name}: only ${failures} wrong passwords could be tried, a delay is due after ${free}`, idsOf(wrong));
  }
  const late = delayed[0]?.data.failure ?? 0;
  if (late > free + GRACE)
    return fail(`${name}: the first delay comes only after ${late} wrong passwords`, idsOf(delayed));
  const during = right.filter((row) => row.data.when === 'during');
  const through = during.filter((row) => row.data.outcome.kind === 'in' && !slow(row.data.outcome.ms));
  if (through.length > 0)
    return fail(
      `${name}: the right password is let in while wrong ones are delayed, so that guessing is not slowed`,
      idsOf(through),
    );
  const delays = delayed.map((row) =>
    row.data.outcome.kind === 'throttled'
      ? (row.data.outcome.retryAfterSeconds ?? 1)
      : (row.data.outcome.ms - firstMs) / 1000,
  );
  const longest = mechanism.bruteForce?.longestDelaySeconds;
  const seconds = secondsFor(GUESSES / guessesPerDelay(wrong.map((row) => row.data.outcome.kind)), delays, longest);
  const grows = (delays.at(-1) ?? 0) > (delays[0] ?? 0);
  const years = seconds / YEAR;
  const endless = isEndless(wrong, right);
  const uncovered: string[] = [];
  if (years < 1) {
    const time = years < 0.1 ? `${Math.round(seconds / 86_400)} days` : `${years.toFixed(1)} years`;
    if (endless) uncovered.push(`${name}: how long a delay lasts: no answer says it, and none ended`);
    else if (delays.length >= DELAYS_WANTED)
      return fail(`${name}: a million guesses take ${time} with the delays seen`, idsOf(delayed));
    else
      uncovered.push(
        `${name}: whether delays grow enough (${delays.length} seen, a million guesses would take ${time})`,
      );
  }
  const again = [...during, ...right.filter((row) => row.data.when === 'after')].filter(
    (row) => row.data.outcome.kind === 'in',
  );
  if (during.length === 0) uncovered.push(`${name}: whether the right password is let in during a delay`);
  if (!right.some((row) => row.data.when === 'before' && row.data.outcome.kind === 'in'))
    uncovered.push(`${name}: that the right password works before`);
  if (again.length === 0) uncovered.push(`${name}: that the right password works after waiting`);
  return pass(
    `${name}: delays begin after ${late} wrong passwords${grows ? ' and grow' : ''}; ${endless ? 'none was seen to end' : `a million guesses take about ${Math.round(years)} years`}`,
    idsOf([...wrong, ...right]),
    uncovered,
  );
}

/** The right password worked before, and is refused now like a wrong one. */
const isSilentlyLocked = (right: Rows['right']): boolean =>
  right.some(({ data: { when, outcome } }) => when === 'before' && outcome.kind === 'in') &&
  right.some(({ data: { when, outcome } }) => when === 'during' && outcome.kind === 'refused');

/** One lock that was seen to open says how long that one was, and not how they grow: it is never enough for a PASS alone. */
function judgeSilentLock(
  mechanism: AuthenticationMechanism,
  wrong: Rows['wrong'],
  right: Rows['right'],
  failures: number,
): Part {
  const name = mechanism.id;
  const opened = right.find(({ data: { when, outcome } }) => when === 'after' && outcome.kind === 'in');
  const locked = `${name}: after ${failures} wrong passwords the right one is refused as well, without a word`;
  const evidence = idsOf([...wrong, ...right]);
  if (!opened) return open(`${locked}; how long that lasts was not seen`, evidence);
  const seconds = opened.data.waitedSeconds;
  return open(`${locked}, for about ${Math.round(seconds)} seconds; how such delays grow was not seen`, evidence);
}

/** A lock that tells no time and was not seen to open: it lasts longer than was watched, and nobody knows how long. */
function isEndless(wrong: Rows['wrong'], right: Rows['right']): boolean {
  const first = wrong.findIndex(({ data: { outcome } }) => outcome.kind === 'throttled');
  const locked = first < 0 ? [] : wrong.slice(first);
  return (
    locked.some(({ data: { outcome } }) => outcome.kind === 'throttled' && outcome.retryAfterSeconds === undefined) &&
    !locked.some(({ data: { outcome } }) => outcome.kind === 'refused') &&
    !right.some(({ data: { when, outcome } }) => when !== 'before' && outcome.kind === 'in')
  );
}

/** How many passwords are judged between two delays: one where each failure brings the next, more where a lock opens. */
function guessesPerDelay(kinds: readonly Outcome['kind'][]): number {
  const runs: number[] = [0];
  for (const kind of kinds) {
    if (kind === 'throttled') runs.push(0);
    else runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
  }
  // The run before the first delay is free, the one after the last was not ended by a delay; with one delay only the first is known.
  const between = runs.length > 2 ? runs.slice(1, -1) : runs.slice(0, 1);
  return Math.max(1, ...between);
}
