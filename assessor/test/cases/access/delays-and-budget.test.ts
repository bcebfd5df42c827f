import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bruteForce } from '../../../src/cases/access/logins/brute-force.ts';
import { passwordUnique } from '../../../src/cases/access/passwords/unique.ts';
import type { Case, Data, HttpAnswer, LoginOutcome, Observation, Probe } from '../../../src/model.ts';
import { LAMP, MECHANISM } from './fake-declaration.ts';

const RIGHT = 'Brisk-Otter-92-Lagoon';
const answer: HttpAnswer = { status: 200, headers: {}, setCookie: [], body: '', ms: 20, blob: 'blob' };

/** A login by value: each failure after the free ones brings a delay twice as long; the clock is the test's. */
async function seen(each: Case, budget: number, untilAtFirst = 0): Promise<readonly Observation[]> {
  let now = 0;
  let until = untilAtFirst;
  let failures = 0;
  let left = budget;
  const attempt: Probe['login']['attempt'] = async (_id, override): Promise<LoginOutcome> => {
    const password = override?.password ?? RIGHT;
    if (now < until) {
      left -= 1;
      return { kind: 'throttled', answer, retryAfterSeconds: (until - now) / 1000 };
    }
    if (password === RIGHT) {
      failures = 0;
      return { kind: 'in', session: { cookies: {}, headers: {} }, answer };
    }
    failures += 1;
    left -= 1;
    if (failures >= 3) until = now + 1000 * 2 ** (failures - 3);
    return { kind: 'refused', answer };
  };
  const observations: Observation[] = [];
  await each.observe({
    declaration: LAMP,
    target: { accounts: { [MECHANISM.id]: { user: 'owner', password: RIGHT, initialPassword: 'ZK4PQ7RW2MXB9TDH' } } },
    record: (kind: string, subject: string, data: Data) => {
      const id = `${each.id}/${observations.length + 1}`;
      observations.push({ id, case: each.id, kind, subject, at: '2026-11-21T00:00:00.000Z', data, blobs: [] });
    },
    secret: () => undefined,
    files: { text: async () => undefined, packetFilter: async () => undefined },
    login: { attempt, forget: () => undefined, budget: () => left },
    clock: { now: () => now, wait: async (ms: number) => void (now += ms) },
    patienceSeconds: 20,
  } as unknown as Probe);
  return observations;
}
const judged = (each: Case, observations: readonly Observation[]) =>
  each.judge({ declaration: LAMP, observations, assessedAt: '2026-11-21T00:00:00.000Z' });

for (const budget of [5, 6, 7, 8, 9, 10, 11, 12, 20, 40]) {
  test(`does-not-condemn-a-good-lock-for-want-of-attempts: brute-force, ${budget}`, async () => {
    const observations = await seen(bruteForce, budget);
    const judgement = judged(bruteForce, observations);
    assert.notEqual(judgement.verdict, 'FAIL', judgement.because);
    if (budget >= 20) assert.equal(judgement.verdict, 'PASS', judgement.because);
  });
}

test('waits-out-the-delay-that-another-case-has-caused: password-unique', async () => {
  const observations = await seen(passwordUnique, 20, 8000);
  assert.equal(judged(passwordUnique, observations).verdict, 'PASS', judged(passwordUnique, observations).because);
});
