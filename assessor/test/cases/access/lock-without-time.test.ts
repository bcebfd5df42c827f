import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bruteForce } from '../../../src/cases/access/logins/brute-force.ts';
import type { Data, Observation } from '../../../src/model.ts';
import { LAMP } from './fake-declaration.ts';

/** A lock that names no time for another try, as products have that answer 403 or 500 until it is over. */
const mechanism = LAMP.authenticationMechanisms[0];
assert.ok(mechanism?.bruteForce);
const { freeAttempts } = mechanism.bruteForce;

const outcome = (kind: string): Data => ({ kind, status: kind === 'in' ? 200 : 403, ms: 20 });
const wrong = (failure: number, kind: string) => ({ kind: 'wrong', data: { failure, outcome: outcome(kind) } });
const right = (when: string, kind: string, waitedSeconds = 0) => ({
  kind: 'right',
  data: { when, outcome: outcome(kind), waitedSeconds },
});
const judged = (seen: readonly { readonly kind: string; readonly data: Data }[]) => {
  const observations = seen.map((each, at): Observation => ({
    ...each,
    id: `brute-force/${at + 1}`,
    case: 'brute-force',
    subject: mechanism.id,
    at: '2026-11-21T00:00:00.000Z',
    blobs: [],
  }));
  const declaration = { ...LAMP, authenticationMechanisms: [mechanism] };
  return bruteForce.judge({ declaration, observations, assessedAt: '2026-11-21T00:00:00.000Z' });
};
const refusals = Array.from({ length: freeAttempts }, (_, at) => wrong(at + 1, 'refused'));
const locked = Array.from({ length: 3 }, () => wrong(freeAttempts, 'throttled'));

test('does-not-condemn-a-lock-that-was-not-seen-to-open', () => {
  const { verdict, uncovered } = judged([
    right('before', 'in'),
    ...refusals,
    ...locked,
    right('during', 'throttled'),
    right('after', 'throttled', 21),
  ]);
  assert.equal(verdict, 'INCONCLUSIVE');
  assert.ok(uncovered.some((each) => /how long a delay lasts/.test(each)));
});

test('condemns-a-lock-that-opens-after-a-second', () => {
  const opening = locked.flatMap((each, at) => [each, wrong(freeAttempts + at + 1, 'refused')]);
  const seen = [right('before', 'in'), ...refusals, ...opening];
  assert.equal(judged([...seen, right('during', 'throttled'), right('after', 'in', 1)]).verdict, 'FAIL');
});
