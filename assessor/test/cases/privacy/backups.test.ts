import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupSanitisation } from '../../../src/cases/privacy/backup-sanitisation.ts';
import { copiesIn } from '../../../src/observe/manufacturer/copies.ts';
import { ERASE, FORGETFUL_LAMP, judged, type Told } from './told.ts';

const ANSWER = { reached: true, status: 303, success: true, bytes: 0 } as const;
const declared = (backupsWithinDays?: number): typeof FORGETFUL_LAMP => ({
  ...FORGETFUL_LAMP,
  backupsKept: true,
  deletionFunctions: FORGETFUL_LAMP.deletionFunctions.map((row) => ({
    ...row,
    ...(backupsWithinDays === undefined ? {} : { backupsWithinDays }),
  })),
});
const restored = (when: string, shown: number): Told => ['restored', ERASE, { when, held: 7, shown }];
const copies = (more: object = {}): Told => [
  'copies',
  ERASE,
  { when: 'after', count: 1, overdue: 0, days: 29.9, ...more },
];
const confirmed = (...places: object[]): Told => [
  'confirmed',
  ERASE,
  { when: 'after', kind: 'read', fresh: true, signed: true, ofTheRoots: true, places, still: 0 } as never,
];
const BACKUPS = { place: 'backups', state: 'unreadable', until: true, because: false, days: 29.9 };
const good: readonly Told[] = [
  ['copies', ERASE, { when: 'before', count: 1, overdue: 0, days: 30 }],
  restored('before', 7),
  ['erased', ERASE, { answer: ANSWER }],
  ['left', ERASE, { before: 7, still: 0, seconds: 3 }],
  confirmed(BACKUPS),
  restored('after', 0),
  copies(),
];
const verdict = (at: number, ...told: readonly Told[]) =>
  judged(backupSanitisation, good.toSpliced(at, 1, ...told), declared(30)).verdict;

test('a-copy-that-brings-nobody-back-and-ends-when-it-is-said-passes', () => {
  const { verdict: said, decided } = judged(backupSanitisation, good, declared(30));
  assert.deepEqual([said, decided], ['PASS', 'assisted']);
  assert.equal(verdict(6, copies({ count: 0, days: 0 })), 'PASS', 'removed at once');
});

test('a-copy-that-brings-somebody-back-is-found', () => {
  assert.equal(verdict(5, restored('after', 7)), 'FAIL');
  assert.equal(verdict(5, restored('after', 1)), 'FAIL', 'one row');
});

test('a-copy-that-outlives-its-day-is-found', () => {
  assert.equal(verdict(6, copies({ days: 400 })), 'FAIL', 'longer than declared');
  assert.equal(verdict(6, copies({ overdue: 1 })), 'FAIL', 'its day is over');
  assert.equal(verdict(4, confirmed({ ...BACKUPS, days: 3 })), 'FAIL', 'longer than the person was told');
  assert.equal(verdict(4, confirmed()), 'FAIL', 'nothing of it is told');
});

test('copies-that-were-not-tried-prove-nothing', () => {
  assert.equal(verdict(1), 'INCONCLUSIVE', 'not restored before');
  assert.equal(verdict(1, restored('before', 0)), 'INCONCLUSIVE', 'a copy with nothing in it');
  assert.equal(verdict(2), 'INCONCLUSIVE', 'nobody was erased');
  assert.equal(verdict(3, ['left', ERASE, { before: 7, still: 2, seconds: 12 }]), 'INCONCLUSIVE', 'not erased yet');
  assert.equal(verdict(4), 'INCONCLUSIVE', 'not confirmed yet');
  assert.equal(verdict(5), 'INCONCLUSIVE', 'not restored after');
  assert.equal(verdict(6), 'INCONCLUSIVE', 'which there are is not known');
  assert.equal(judged(backupSanitisation, good, declared()).verdict, 'INCONCLUSIVE', 'no day is declared');
  assert.equal(judged(backupSanitisation, [], declared(30)).verdict, 'INCONCLUSIVE');
});

test('a-list-of-copies-is-read-strictly-and-without-those-that-are-gone', () => {
  const copy = { madeAt: '2026-11-21T00:00:00.000Z', until: '2026-12-21T00:00:00.000Z' };
  const text = JSON.stringify([copy, { ...copy, removedAt: copy.until }]);
  assert.deepEqual(copiesIn({ ok: true, text }), { ok: true, copies: [copy] });
  for (const hostile of ['', '{}', '[1]', 'null', JSON.stringify([{ ...copy, until: 'some day' }])])
    assert.equal(copiesIn({ ok: true, text: hostile }).ok, false, hostile);
  assert.equal(copiesIn({ ok: false, because: 'it ended with 1' }).ok, false);
});
