import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../src/cases/exposure/inputs/input-verdict.ts';
import type { Observation } from '../../../src/model.ts';
import { LAMP } from '../access/fake-declaration.ts';

const mechanism = LAMP.authenticationMechanisms[0];
assert.ok(mechanism);
const judged = (kind: string, status: number) => {
  const seen = [
    { kind: 'login', data: { name: 'markup as user', kind, status, reflected: false, timeout: false } },
    { kind: 'entered', data: { entered: true } },
  ];
  const observations = seen.map((each, at): Observation => ({
    ...each,
    id: `input-validation/${at + 1}`,
    case: 'input-validation',
    subject: mechanism.id,
    at: '2026-11-21T00:00:00.000Z',
    blobs: [],
  }));
  const declaration = { ...LAMP, authenticationMechanisms: [mechanism], externalFunctions: [] };
  return judge({ declaration, observations, assessedAt: '2026-11-21T00:00:00.000Z' }).verdict;
};

test('takes-a-declared-throttle-with-status-503-for-no-breakdown', () => {
  assert.equal(judged('throttled', 503), 'PASS');
});

test('condemns-a-login-that-breaks-down-under-hostile-input', () => {
  assert.equal(judged('unexpected', 500), 'FAIL');
});
