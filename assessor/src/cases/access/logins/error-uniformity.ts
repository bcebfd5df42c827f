import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, HttpAnswer, Judgement, LoginOutcome, Probe, Seen } from '../../../model.ts';
import { blobOf, fail, idsOf, of, open, pass, readEvidence, weigh, type Part, type Reading } from '../evidence.ts';
import { attemptPatiently, madeUp, signIn, strongPassword } from '../signing-in.ts';
import { accountFor, passwordMechanisms, reachable } from '../subjects.ts';
import { judgeLocked, Locked, observeLocked, type Left } from './locked.ts';
import { rankTest } from './rank-test.ts';
import type { Static } from 'typebox';

/**
 * A refused login tells nothing of why. Where there are user names, an unknown one is compared with a wrong password;
 * where there is only a password, one that is nearly right with one that is far from it. Both come in turns, so that
 * drift of the product’s speed falls on both alike.
 */
const Refusal = Type.Object(
  {
    pair: Type.Integer(),
    side: Type.Enum(['known', 'unknown']),
    status: Type.Integer(),
    /** SHA-256 of what is left of headers and body without what belongs to one request */
    headers: Type.String(),
    body: Type.String(),
    bytes: Type.Integer(),
    ms: Type.Number(),
  },
  { additionalProperties: false },
);
const Control = Type.Object({ entered: Type.Boolean() }, { additionalProperties: false });
const Stopped = Type.Object({ because: Type.String(), pairs: Type.Integer() }, { additionalProperties: false });
const KINDS = { refusal: Refusal, control: Control, stopped: Stopped, locked: Locked };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type Refused = Reading<Static<typeof Refusal>>;

/**
 * A right login clears what an account has failed, but not what a source has failed with names that do not exist: each
 * of those waits longer than the one before. Four against ten tell as much as six against six (2 of 40 pairs may lie
 * the other way round at p < 0.01, 2 of 36 there) and wait a quarter of the time.
 */
const ROUNDS = [
  ['known', 'unknown'],
  ['known', 'known'],
  ['unknown', 'known'],
  ['known', 'known'],
  ['known', 'unknown'],
  ['known', 'known'],
  ['unknown', 'known'],
] as const;
const LEAST_ROUNDS = 3;
const ENOUGH_FOR_TEXT = 2;
const CHANCE = 0.01;
/** Below this a difference drowns in the jitter of a home network (Crosby et al. 2009, Opportunities and limits of remote timing attacks). */
const LEAST_MS = 5;
/** Failed logins left for the cases that come after. */
const LEAVE = 23;

export const authenticationErrorUniformity: Case = {
  id: 'authentication-error-uniformity',
  topic: 'authentication-error-uniformity',
  title:
    'Compares how an unknown user and a wrong password are refused, and an account that is held back: status, headers, text and time.',
  ready: accountFor(passwordMechanisms, 'no password with a network login is declared'),
  effect: 'disturbing',
  timed: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, passwordMechanisms(probe.declaration))) {
    const rounds = Math.max(LEAST_ROUNDS, Math.floor((probe.login.budget() - LEAVE) / 2));
    const pace: Pace = { seconds: 0, since: 0 };
    for (const [pair, sides] of ROUNDS.slice(0, rounds).entries()) {
      // The right login clears the count of failures, so that throttling does not hide the answers.
      const control = await signIn(probe, mechanism);
      probe.record('control', mechanism.id, { entered: control.kind === 'in' }, blobOf(control));
      if (control.kind !== 'in' || probe.login.budget() < 3) {
        const because =
          control.kind === 'in' ? 'the budget of failed logins is used up' : 'the right password is not accepted';
        probe.record('stopped', mechanism.id, { because, pairs: pair });
        break;
      }
      for (const side of sides) await observeOne(probe, mechanism, pair, side, pace);
    }
    await signIn(probe, mechanism);
    await observeLocked(probe, mechanism, LEAVE, (outcome, tried) => leftOf(outcome.answer, tried));
  }
}

/** A delay that is told counts down: its number is not compared. */
const leftOf = (answer: HttpAnswer, tried: readonly (string | undefined)[]): Left => ({
  headers: digest(headersLeft(answer).replace(/\d+/g, '*')),
  body: digest(withoutRequest(answer.body, tried).replace(/\d+/g, '*')),
});

/** The last delay that unknown names met, and when it was over: the next is expected to be twice as long. */
interface Pace {
  seconds: number;
  since: number;
}

/** A throttled answer tells nothing here and costs a failed login, so a delay that grows is waited out beforehand. */
async function attemptUnknown(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  tried: { readonly user?: string; readonly password: string },
  pace: Pace,
): Promise<LoginOutcome> {
  const due = pace.since + 2 * pace.seconds * 1000 + 100 - probe.clock.now();
  if (pace.seconds > 0) pace.seconds *= 2;
  if (pace.seconds > 0 && due > 0 && due <= probe.patienceSeconds * 1000) await probe.clock.wait(due);
  const first = await probe.login.attempt(mechanism.id, tried);
  const wait = first.kind === 'throttled' ? (first.retryAfterSeconds ?? 1) : 0;
  if (wait > probe.patienceSeconds) return first;
  if (wait > 0) {
    pace.seconds = wait;
    await probe.clock.wait(wait * 1000 + 100);
  }
  const outcome = wait > 0 ? await attemptPatiently(probe, mechanism, tried) : first;
  pace.since = probe.clock.now();
  return outcome;
}

async function observeOne(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  pair: number,
  side: 'known' | 'unknown',
  pace: Pace,
): Promise<void> {
  const tried = triedBy(probe, mechanism, side);
  if (tried === undefined || probe.login.budget() < 1) return;
  const outcome =
    side === 'known'
      ? await attemptPatiently(probe, mechanism, tried)
      : await attemptUnknown(probe, mechanism, tried, pace);
  if (outcome.kind === 'unreachable' || outcome.kind === 'throttled' || outcome.kind === 'in') return;
  const { status, body, ms, blob } = outcome.answer;
  const left = withoutRequest(body, [tried.user, tried.password, probe.target.accounts?.[mechanism.id]?.user]);
  const headers = digest(headersLeft(outcome.answer));
  probe.record('refusal', mechanism.id, { pair, side, status, headers, body: digest(left), bytes: left.length, ms }, [
    blob,
  ]);
}

function triedBy(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  side: 'known' | 'unknown',
): { user?: string; password: string } | undefined {
  const account = probe.target.accounts?.[mechanism.id];
  const login = mechanism.login;
  const named =
    (login?.kind === 'form' || login?.kind === 'json' ? login.fields.user !== undefined : true) &&
    account?.user !== undefined;
  if (named)
    return side === 'known'
      ? { password: strongPassword(probe) }
      : { user: madeUp(account?.user?.length), password: strongPassword(probe) };
  if (side === 'unknown') return { password: strongPassword(probe) };
  const right = account?.password;
  if (right === undefined) return undefined;
  const near = `${right.slice(0, -1)}${right.endsWith('x') ? 'y' : 'x'}`;
  probe.secret(near);
  return { password: near };
}

/** What stays the same from request to request; lengths follow from the rest. */
function headersLeft(answer: HttpAnswer): string {
  const names = Object.keys(answer.headers)
    .filter((name) => !PER_REQUEST.has(name))
    .sort();
  const cookies = answer.setCookie.map((cookie) => cookie.split('=')[0] ?? '').sort();
  return JSON.stringify([names.map((name) => [name, withoutRequest(answer.headers[name] ?? '', [])]), cookies]);
}
const PER_REQUEST = new Set([
  'date',
  'content-length',
  'etag',
  'expires',
  'last-modified',
  'x-request-id',
  'request-id',
  'traceparent',
  'age',
  'x-response-time',
  'server-timing',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
]);

/** Without tokens, times, and what the request itself contained. */
export function withoutRequest(text: string, sent: readonly (string | undefined)[]): string {
  let left = text;
  for (const value of sent) if (value !== undefined && value !== '') left = left.replaceAll(value, '*');
  return left
    .replace(/(<input\b[^>]*\bvalue\s*=\s*)("[^"]*"|'[^']*')/gi, '$1"*"')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, '*')
    .replace(/[\w+/=-]{16,}/g, (token) => (/\d/.test(token) && /[A-Za-z]/.test(token) ? '*' : token))
    .replace(/(nonce\s*=\s*|'nonce-)["']?[^"'\s>]+["']?/gi, '$1*');
}
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

// G045 AU-2-3: a refused login gives no specific feedback.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...passwordMechanisms(seen.declaration).flatMap((mechanism) => [
        judgeOne(mechanism, rows),
        ...judgeLocked(mechanism, rows.locked),
      ]),
    ],
    'no password with a network login is declared',
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const mine = of(rows.refusal, name);
  const known = mine.filter((row) => row.data.side === 'known');
  const unknown = mine.filter((row) => row.data.side === 'unknown');
  const controls = of(rows.control, name).filter((row) => row.data.entered);
  if (Math.min(known.length, unknown.length) < ENOUGH_FOR_TEXT)
    return open(`${name}: too few refusals to compare (${known.length} and ${unknown.length})`, idsOf(mine));
  if (controls.length === 0) return open(`${name}: the right password was not seen to work`, idsOf(mine));
  const differing = (['status', 'headers', 'body'] as const).filter((part) => !overlap(known, unknown, part));
  if (differing.length > 0) {
    return fail(
      `${name}: the ${differing.join(' and ')} of a refusal tells an unknown user from a wrong password`,
      idsOf(mine),
    );
  }
  // A connection-oriented login without HTTP answer has no time of its own.
  const timed = mechanism.login?.kind !== 'mqtt';
  const times = rankTest(
    known.map((row) => row.data.ms),
    unknown.map((row) => row.data.ms),
  );
  const n = `${known.length} and ${unknown.length} refusals`;
  if (timed && times.p < CHANCE && Math.abs(times.medianDifference) >= LEAST_MS) {
    return fail(
      `${name}: the time of a refusal tells an unknown user from a wrong password (median difference ${Math.round(Math.abs(times.medianDifference))} ms, p = ${times.p.toFixed(4)}, ${n})`,
      idsOf(mine),
    );
  }
  const enough = timed && leastChance(known.length, unknown.length) < CHANCE;
  return pass(
    `${name}: unknown user and wrong password are refused alike (${n}${enough ? `, p = ${times.p.toFixed(2)} in time` : ''})`,
    idsOf([...mine, ...controls]),
    enough ? [] : [`${name}: the time that a refusal takes (${n} are too few to tell)`],
  );
}

/** What chance alone reaches where every answer of one side is slower than each of the other. */
const leastChance = (known: number, unknown: number): number =>
  rankTest(
    Array.from({ length: known }, (_, at) => at),
    Array.from({ length: unknown }, (_, at) => known + at),
  ).p;

/** Do both sides show the same values, in whatever share? One value of one side alone is a telling difference. */
function overlap(a: readonly Refused[], b: readonly Refused[], part: 'status' | 'headers' | 'body'): boolean {
  const left = new Set<string | number>(a.map((row) => row.data[part]));
  const right = new Set<string | number>(b.map((row) => row.data[part]));
  return [...left].some((value) => right.has(value));
}
