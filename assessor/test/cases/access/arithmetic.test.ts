import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { spreadOf } from '../../../src/cases/access/entropy.ts';
import { secondsFor } from '../../../src/cases/access/logins/guessing-time.ts';
import { median, rankTest } from '../../../src/cases/access/logins/rank-test.ts';
import { withoutRequest } from '../../../src/cases/access/logins/error-uniformity.ts';
import { logTimes, newTimes } from '../../../src/cases/access/logs/entries.ts';
import { batchStatistics, readBatch } from '../../../src/cases/access/passwords/batch.ts';

const close = (actual: number, expected: number, by: number): void =>
  assert.ok(Math.abs(actual - expected) <= by, `${actual} is not ${expected}`);

test('rank-test-agrees-with-published-values', () => {
  // All of one sample below all of the other: 2 / C(10, 5) and 2 / C(14, 7).
  close(rankTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).p, 2 / 252, 1e-12);
  close(rankTest([1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14]).p, 2 / 3432, 1e-12);
  // Tables of U for n = m = 5: P(U <= 2) two-sided is 0.0317.
  close(rankTest([1, 2, 3, 4, 8], [5, 6, 7, 9, 10]).p, 0.0556, 0.001);
  assert.equal(rankTest([], [1]).p, 1);
  assert.equal(rankTest([3, 3, 3], [3, 3, 3]).p, 1);
  const tied = rankTest([1, 1, 2, 2, 3, 3, 4, 4], [5, 5, 6, 6, 7, 7, 8, 8]);
  assert.ok(tied.p < 0.01 && tied.p > 0);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('rank-test-does-not-depend-on-which-sample-comes-first', () => {
  const a = Array.from({ length: 7 }, () => randomInt(1000) + Math.random());
  const b = Array.from({ length: 9 }, () => randomInt(1000) + Math.random());
  close(rankTest(a, b).p, rankTest(b, a).p, 1e-9);
});

test('guessing-time-follows-its-formula', () => {
  assert.equal(secondsFor(1000, [], 900), 0);
  assert.equal(secondsFor(1000, [30, 30, 30], undefined), 30_000);
  assert.equal(secondsFor(5, [1, 2, 4], 16), 8 + 16 + 16 + 16 + 16);
  assert.equal(secondsFor(1000, [1, 2, 4], undefined), 4000, 'growth beyond what was seen is not taken on trust');
  assert.equal(secondsFor(1000, [1, 2], 900), 2000, 'two delays show no growth');
  assert.ok(secondsFor(1e6, [1, 2, 4], 900) > 365 * 86_400);
});

test('tells-random-identifiers-from-counted-ones', () => {
  const random = Array.from({ length: 10 }, () => randomBytes(16).toString('hex'));
  assert.ok(spreadOf(random).bits >= 126, String(spreadOf(random).bits));
  assert.ok(spreadOf(Array.from({ length: 10 }, () => randomBytes(16).toString('base64url'))).bits >= 126);
  const counted = Array.from({ length: 10 }, (_, at) => `session-${1000 + at}`);
  assert.equal(spreadOf(counted).rising, true);
  assert.ok(spreadOf(counted).bits < 10);
  assert.equal(spreadOf(counted).commonPrefix, 'session-100'.length);
  const clock = Array.from({ length: 10 }, (_, at) => `${1_700_000_000 + at * 3}${randomBytes(4).toString('hex')}`);
  assert.ok(spreadOf(clock).bits < 60);
  assert.equal(spreadOf([]).bits, 0);
});

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const drawn = (length: number): string => Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');
const csv = (password: (at: number, serial: string, mac: string) => string, rows = 60): string =>
  [
    'serial,mac,password',
    ...Array.from({ length: rows }, (_, at) => {
      const serial = `HH${String(100_000 + at)}`;
      const mac = `02:00:5e:10:${(at >> 4).toString(16).padStart(2, '0')}:${((at * 7) % 256).toString(16).padStart(2, '0')}`;
      return `${serial},${mac},${password(at, serial, mac)}`;
    }),
  ].join('\r\n');

test('sees-how-a-batch-of-initial-passwords-was-made', () => {
  const good = batchStatistics(readBatch(csv(() => drawn(16))), LETTERS);
  assert.equal(good.rows, 60);
  assert.equal(good.distinct, 60);
  assert.equal(good.capacityBits, 80);
  assert.ok(
    good.observedBits >= 72 &&
      good.nearPairs === 0 &&
      good.tied === 0 &&
      good.digested === 0 &&
      Math.abs(good.order) < 4,
  );
  const counted = batchStatistics(readBatch(csv((at) => `PASSWORD${String(at).padStart(4, '0')}`)), undefined);
  assert.ok(counted.nearPairs > 100 && counted.observedBits < 30 && counted.order > 4);
  const tied = batchStatistics(readBatch(csv((_at, serial) => `${drawn(4)}${serial.slice(-6)}`)), undefined);
  assert.ok(tied.tied === 60 && tied.tiedByChance < 60);
  assert.equal(batchStatistics(readBatch(csv(() => 'SAMESAMESAME')), undefined).distinct, 1);
  assert.equal(batchStatistics([], undefined).rows, 0);
});

test('reads-times-of-a-log-and-tells-the-new-ones', () => {
  const log = logTimes(
    '[{"at":"2026-11-21T10:00:00.500Z"},{"at":"2026-11-21T12:00:00+02:00"}] <td>2026-11-21 10:00:01</td> "ts":1700000000000,',
  );
  assert.deepEqual(log.zoned, [
    Date.parse('2026-11-21T10:00:00.500Z'),
    Date.parse('2026-11-21T10:00:00Z'),
    1_700_000_000_000,
  ]);
  assert.equal(log.unzoned, 1);
  assert.deepEqual(newTimes([1, 2, 2], [3, 2, 2, 2, 1]), [3, 2]);
});

test('compares-refusals-without-what-belongs-to-one-request', () => {
  const page = (user: string, token: string): string =>
    `<p>No.</p><input type="hidden" name="csrf" value="${token}"><b>${user}</b> at 2026-11-21T10:00:00Z`;
  assert.equal(withoutRequest(page('owner', 'a1'), ['owner']), withoutRequest(page('nobody', 'b2'), ['nobody']));
  assert.notEqual(withoutRequest('wrong password', []), withoutRequest('no such user', []));
});
