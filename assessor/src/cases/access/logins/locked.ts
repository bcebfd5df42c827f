import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { LoginOutcome, Probe } from '../../../model.ts';
import { blobOf, fail, idsOf, of, type Part, type Reading } from '../evidence.ts';
import { madeUp, signIn, strongPassword } from '../signing-in.ts';

/**
 * A lock that only accounts have tells which names are accounts. As many wrong passwords in a row are tried with the
 * name that exists and then with one that does not: what comes at the end must be the same.
 */
export const Locked = Type.Object(
  {
    side: Type.Enum(['known', 'unknown']),
    failures: Type.Integer(),
    throttled: Type.Boolean(),
    status: Type.Integer(),
    headers: Type.String(),
    body: Type.String(),
  },
  { additionalProperties: false },
);

/** What is compared of an answer, without what belongs to one request. */
export interface Left {
  readonly headers: string;
  readonly body: string;
}

/** Where nothing is declared: a lock that comes after more than this is none against guessing common passwords. */
const MOST_FREE = 10;

/** Nothing is tried where the budget does not allow both sides. */
export async function observeLocked(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  leave: number,
  leftOf: (outcome: Exclude<LoginOutcome, { kind: 'unreachable' }>, tried: readonly (string | undefined)[]) => Left,
): Promise<void> {
  const user = probe.target.accounts?.[mechanism.id]?.user;
  const tries = Math.min(mechanism.bruteForce?.freeAttempts ?? MOST_FREE, MOST_FREE) + 1;
  if (user === undefined || probe.login.budget() < leave + 2 * tries) return;
  const names = { known: user, unknown: madeUp(user.length) };
  // The name that exists comes first: a source that is counted over both sides can then only hide a difference.
  for (const side of ['known', 'unknown'] as const) {
    const control = await signIn(probe, mechanism);
    if (control.kind !== 'in') return;
    for (let failures = 1; failures <= tries; failures += 1) {
      const tried = { user: names[side], password: strongPassword(probe) };
      const outcome = await probe.login.attempt(mechanism.id, tried);
      if (outcome.kind === 'unreachable' || outcome.kind === 'in') return;
      const throttled = outcome.kind === 'throttled';
      if (!throttled && failures < tries) continue;
      const left = leftOf(outcome, [tried.user, tried.password]);
      const { status } = outcome.answer;
      probe.record('locked', mechanism.id, { side, failures, throttled, status, ...left }, blobOf(outcome));
      break;
    }
  }
  await signIn(probe, mechanism);
}

// G045 AU-2-3: that an account is held back is no more told than that it exists
export function judgeLocked(
  mechanism: AuthenticationMechanism,
  rows: readonly Reading<Static<typeof Locked>>[],
): readonly Part[] {
  const mine = of(rows, mechanism.id);
  const known = mine.find((row) => row.data.side === 'known');
  const unknown = mine.find((row) => row.data.side === 'unknown');
  if (!known || !unknown) return [];
  if (known.data.throttled && !unknown.data.throttled) {
    const because = `only an account that exists is delayed, after ${known.data.failures} wrong passwords`;
    return [fail(`${mechanism.id}: ${because}`, idsOf(mine))];
  }
  if (known.data.throttled !== unknown.data.throttled) return [];
  const differing = (['status', 'headers', 'body'] as const).filter((part) => known.data[part] !== unknown.data[part]);
  if (differing.length === 0) return [];
  const because = `the ${differing.join(' and ')} of the answer tells a locked account from a name that does not exist`;
  return [fail(`${mechanism.id}: ${because}`, idsOf(mine))];
}
