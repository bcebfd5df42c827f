import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deletionConfirmation } from '../../../src/cases/privacy/deletion-confirmation.ts';
import { eraseServiceData } from '../../../src/cases/privacy/erase-service-data.ts';
import { erasingOf } from '../../../src/cases/privacy/erasing.ts';
import { ERASE, FORGETFUL_LAMP, judged, type Told } from './told.ts';

const ANSWER = { reached: true, status: 303, success: true, bytes: 0 } as const;
const entered = (when: string, kind = 'in'): Told => [
  'entered',
  ERASE,
  { when, outcome: { kind, status: 303, ms: 5 } },
];
const erased = (answer: object = ANSWER): Told => ['erased', ERASE, { answer: { ...ANSWER, ...answer } }];
const left = (before: number, still: number): Told => ['left', ERASE, { before, still, seconds: 8 }];
const kept = (settings: number, ...changed: string[]): Told => ['kept', ERASE, { settings, changed }];
const place = (name: string, state = 'erased', until = false, because = false) => ({
  place: name,
  state,
  until,
  because,
});
const PLACES = [place('device:lamp'), place('services'), place('backups', 'unreadable', true), place('party:weather')];
const confirmed = (when: string, more: object = {}): Told => [
  'confirmed',
  ERASE,
  { when, kind: 'read', fresh: true, signed: true, ofTheRoots: true, places: PLACES, still: 0, ...more },
];
const NONE = { kind: 'none', fresh: false, signed: false, ofTheRoots: false, places: [] } as const;
const good: readonly Told[] = [
  entered('before'),
  confirmed('before', NONE),
  erased(),
  confirmed('early', { ...NONE, still: 7 }),
  left(7, 0),
  confirmed('after'),
  entered('after'),
  kept(3),
];
const instead = (at: number, ...told: readonly Told[]): readonly Told[] => good.toSpliced(at, 1, ...told);
const erasing = (told: readonly Told[]) => judged(eraseServiceData, told, FORGETFUL_LAMP).verdict;
const confirming = (told: readonly Told[]) => judged(deletionConfirmation, told, FORGETFUL_LAMP).verdict;

test('data-that-is-gone-and-truly-confirmed-passes', () => {
  assert.deepEqual(erasingOf(FORGETFUL_LAMP)[0]?.fields, ['warmth', 'use', 'advised']);
  assert.equal(erasing(good), 'PASS');
  assert.equal(confirming(good), 'PASS');
});

test('an-erasure-that-is-refused-or-keeps-a-copy-is-found', () => {
  assert.equal(erasing(instead(2, erased({ success: false, status: 403 }))), 'FAIL', 'refused');
  assert.equal(erasing(instead(4, left(7, 2))), 'FAIL', 'a copy, and confirmed');
  assert.equal(erasing(good.toSpliced(4, 2, left(7, 2))), 'INCONCLUSIVE', 'not gone yet, and not said to be');
  const part = FORGETFUL_LAMP.deletionFunctions.map((each) => ({ ...each, deletes: ['climate'] }));
  assert.equal(
    judged(eraseServiceData, good, { ...FORGETFUL_LAMP, deletionFunctions: part }).verdict,
    'FAIL',
    'a part',
  );
});

test('an-erasure-that-takes-the-device-with-it-is-found', () => {
  assert.equal(erasing(instead(6, entered('after', 'refused'))), 'FAIL', 'locked out');
  assert.equal(erasing(instead(7, kept(3, 'set-name'))), 'FAIL', 'a setting');
  assert.equal(erasing(instead(7)), 'INCONCLUSIVE', 'not looked at');
});

test('what-was-never-held-proves-no-erasure', () => {
  assert.equal(erasing(instead(4, left(0, 0))), 'INCONCLUSIVE');
  assert.equal(confirming(instead(4, left(0, 0))), 'INCONCLUSIVE');
  assert.equal(erasing([]), 'INCONCLUSIVE');
  assert.equal(confirming([]), 'INCONCLUSIVE');
});

test('a-confirmation-that-is-not-true-is-found', () => {
  const after = (more: object) => confirming(instead(5, confirmed('after', more)));
  assert.equal(after({ still: 1 }), 'FAIL', 'still held');
  assert.equal(confirming(instead(3, confirmed('early', { still: 7 }))), 'FAIL', 'before it was done');
  assert.equal(after({ signed: false }), 'FAIL', 'another key');
  assert.equal(after({ ofTheRoots: false }), 'FAIL', 'somebody else');
  assert.equal(after({ places: PLACES.slice(1) }), 'FAIL', 'without the device');
  assert.equal(after({ places: PLACES.slice(0, 3) }), 'FAIL', 'without a party');
  assert.equal(after({ places: [...PLACES, place('keys', 'failed')] }), 'FAIL', 'a place that failed');
  assert.equal(after({ places: [...PLACES, place('keys', 'held', true)] }), 'FAIL', 'held for no reason');
  assert.equal(after({ places: [...PLACES, place('copies', 'unreadable')] }), 'FAIL', 'without end');
  assert.equal(after({ ...NONE, kind: 'unreadable', because: 'no envelope' }), 'FAIL', 'no envelope');
  assert.equal(after(NONE), 'INCONCLUSIVE', 'not there yet');
  assert.equal(after({ fresh: false }), 'INCONCLUSIVE', 'that of another erasure');
});
