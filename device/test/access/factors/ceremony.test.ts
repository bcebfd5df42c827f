import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ceremonyOf,
  decideCeremonies,
  LASTS_MS,
  NO_CEREMONIES,
  type CeremoniesState,
} from '../../../src/access/factors/ceremony/decide.ts';
import { pictureOf } from '../../../src/access/factors/picture.ts';

/** A question belongs to who was asked, lasts minutes, and is answered once. */

const MINE = 'm'.repeat(43);
const OTHER = 'o'.repeat(43);
const asked = (holder: string, challenge = 'c'.repeat(43)) =>
  ({ kind: 'begun', ceremony: { holder, kind: 'passkey-sign-in', challenge } }) as const;
const take = (state: CeremoniesState, holder: string, now: number) =>
  decideCeremonies(state, { kind: 'taken', holder, of: 'passkey-sign-in' }, now);

test('gives-a-challenge-out-once-and-only-to-who-was-asked', () => {
  const { state } = decideCeremonies(NO_CEREMONIES, asked(MINE), 0);
  assert.deepEqual(take(state, OTHER, 1).effects, []);
  const first = take(state, MINE, 1);
  assert.equal(first.effects.length, 1);
  assert.deepEqual(take(first.state, MINE, 1).effects, []);
  assert.deepEqual(first.state, NO_CEREMONIES);
});

test('forgets-a-question-after-minutes-and-after-a-clock-that-was-set-back', () => {
  const begun = 1_000_000_000;
  const { state } = decideCeremonies(NO_CEREMONIES, asked(MINE), begun);
  const end = begun + LASTS_MS['passkey-sign-in'];
  assert.equal(take(state, MINE, end - 1).effects.length, 1);
  assert.deepEqual(take(state, MINE, end), { state: NO_CEREMONIES, effects: [] });
  assert.deepEqual(take(state, MINE, begun - 1).effects, []);
  assert.equal(ceremonyOf(state, MINE, 'passkey-sign-in', end), undefined);
});

test('has-one-question-of-a-kind-for-each-and-few-in-all', () => {
  let state: CeremoniesState = NO_CEREMONIES;
  for (let at = 0; at < 100; at++) state = decideCeremonies(state, asked(String(at).padStart(43, 'h')), at).state;
  assert.equal(state.ceremonies.length, 32);
  state = decideCeremonies(state, asked(MINE, 'a'.repeat(43)), 100).state;
  state = decideCeremonies(state, asked(MINE, 'b'.repeat(43)), 101).state;
  assert.equal(state.ceremonies.length, 32);
  assert.equal(ceremonyOf(state, MINE, 'passkey-sign-in', 102)?.challenge, 'b'.repeat(43));
  assert.equal(ceremonyOf(state, MINE, 'new-code', 102), undefined);
});

test('draws-a-code-that-a-phone-finds', async () => {
  const { side, path } = await pictureOf('otpauth://totp/Hallway:owner?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const squares = new Set(path.match(/M\d+ \d+/g));
  const dark = (column: number, row: number) => squares.has(`M${column} ${row}`);
  // a finder pattern in three corners: a ring of seven around a square of three; nothing within four units of the edge
  for (const [x, y] of [
    [4, 4],
    [side - 11, 4],
    [4, side - 11],
  ] as const) {
    for (let at = 0; at < 7; at++)
      assert.ok(dark(x + at, y) && dark(x, y + at) && dark(x + at, y + 6) && dark(x + 6, y + at));
    assert.ok(dark(x + 3, y + 3) && !dark(x + 1, y + 1));
  }
  for (let at = 0; at < side; at++) for (let edge = 0; edge < 4; edge++) assert.ok(!dark(edge, at) && !dark(at, edge));
});
