import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consentWithdrawal } from '../../../src/cases/privacy/consent-withdrawal.ts';
import { judged, TELLING_LAMP, type Told } from './told.ts';

const ANSWER = { reached: true, status: 303, success: true, bytes: 0 } as const;
const decided = (item: string, to: string, shown = true): Told => ['decided', item, { to, answer: ANSWER, shown }];
const flow = (item: string, when: string, more: number, enough = true): Told => [
  'flow',
  item,
  { when, more, seconds: 4, enough },
];
const good = (item: string): readonly Told[] => [
  decided(item, 'given'),
  flow(item, 'given', 2),
  decided(item, 'withdrawn'),
  ['restarted', item, { withdrawn: true }],
  flow(item, 'withdrawn', 0),
  ['restored', item, { restored: true }],
];
/** The other item is in order. */
const verdict = (...told: readonly Told[]) => judged(consentWithdrawal, [...good('advice'), ...told]).verdict;
const instead = (at: number, ...told: readonly Told[]): readonly Told[] => good('habits').toSpliced(at, 1, ...told);

test('consent-that-is-taken-back-and-stays-back-passes', () => assert.equal(verdict(...good('habits')), 'PASS'));

test('a-withdrawal-that-does-not-hold-is-found', () => {
  assert.equal(verdict(...instead(2, decided('habits', 'withdrawn', false))), 'FAIL', 'not taken');
  assert.equal(verdict(...instead(3, ['restarted', 'habits', { withdrawn: false }])), 'FAIL', 'back after a start');
  assert.equal(verdict(...instead(4, flow('habits', 'withdrawn', 1))), 'FAIL', 'goes on');
});

test('silence-without-its-control-proves-nothing', () => {
  assert.equal(verdict(), 'INCONCLUSIVE', 'the second item was not tried');
  assert.equal(verdict(...instead(0, decided('habits', 'given', false))), 'INCONCLUSIVE', 'never given');
  assert.equal(verdict(...instead(1, flow('habits', 'given', 0))), 'INCONCLUSIVE', 'never arrived');
  assert.equal(verdict(...instead(1)), 'INCONCLUSIVE', 'never looked');
  assert.equal(verdict(...instead(4)), 'INCONCLUSIVE', 'not looked afterwards');
  assert.equal(verdict(...instead(4, flow('habits', 'withdrawn', 0, false))), 'INCONCLUSIVE', 'looked too short');
});

test('a-choice-that-is-not-put-back-is-an-error', () =>
  assert.equal(verdict(...instead(5, ['restored', 'habits', { restored: false }])), 'ERROR'));

test('an-item-whose-consent-no-function-gives-is-left-open', () => {
  const { personalData } = TELLING_LAMP;
  const silent = personalData.map((each) =>
    each.id === 'habits' ? { ...each, consent: { how: 'asked', withdraw: 'by letter' } } : each,
  );
  assert.equal(
    judged(consentWithdrawal, good('advice'), { ...TELLING_LAMP, personalData: silent }).verdict,
    'INCONCLUSIVE',
  );
});
