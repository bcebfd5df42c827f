import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCESS_CASES } from '../../../src/cases/access/index.ts';
import type { Observation } from '../../../src/model.ts';
import { LAMP } from './fake-declaration.ts';
import { runAll, type Ran } from './fake-run.ts';

/** A good run, then less of it or with other bytes: a judge may say less, never more. */
const CASES = ACCESS_CASES.filter(
  (each) =>
    ![
      'certificate-authentication',
      'certificate-lifecycle',
      'certificate-renewal',
      'device-identity-unique',
      'mutual-authentication',
      'password-generation',
      'password-change-forced',
    ].includes(each.id),
);
let run: Promise<readonly Ran[]> | undefined;
const goodRun = (): Promise<readonly Ran[]> => (run ??= runAll(CASES));

const judged = (at: number, observations: readonly Observation[]) =>
  CASES[at]?.judge({ declaration: LAMP, observations, assessedAt: '2026-11-21T00:00:00.000Z' });

test('judges-a-good-run-alike-every-time', async () => {
  for (const [at, { observations, judgement }] of (await goodRun()).entries()) {
    assert.equal(judgement.verdict, 'PASS', judgement.because);
    assert.deepEqual(judged(at, structuredClone(observations)), judgement);
  }
});

test('does-not-pass-without-the-control-or-the-refusal', async () => {
  for (const [at, { observations }] of (await goodRun()).entries()) {
    for (const kind of new Set(observations.map((each) => each.kind))) {
      const less = observations.filter((each) => each.kind !== kind);
      const spared = ['stopped', 'public'].includes(kind);
      assert.ok(spared || judged(at, less)?.verdict !== 'PASS', `${CASES[at]?.id} passes without ${kind}`);
    }
  }
});

test('does-not-pass-on-an-observation-that-cannot-be-read', async () => {
  for (const [at, { observations }] of (await goodRun()).entries()) {
    for (const [broken] of observations.entries()) {
      const tampered = observations.map((each, index) => (index === broken ? { ...each, data: { extra: 1 } } : each));
      const verdict = judged(at, tampered)?.verdict;
      assert.ok(verdict === 'ERROR' || verdict === 'FAIL', `${CASES[at]?.id} says ${verdict}`);
    }
  }
});

test('does-not-pass-when-the-observations-are-of-another-subject', async () => {
  for (const [at, { observations }] of (await goodRun()).entries()) {
    assert.notEqual(
      judged(
        at,
        observations.map((each) => ({ ...each, subject: 'another' })),
      )?.verdict,
      'PASS',
    );
  }
});
