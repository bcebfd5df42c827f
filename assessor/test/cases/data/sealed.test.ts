import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { readEvidence } from '../../../src/cases/access/evidence.ts';
import { sensitiveDataInTransit } from '../../../src/cases/data/in-transit.ts';
import { factsOfSealed, judgeSealed, Sealed } from '../../../src/cases/data/sealed.ts';
import type { HeldRow } from '../../../src/observe/manufacturer/held.ts';
import { judged, TELLING_LAMP } from '../privacy/told.ts';

/** EN 303 645 5.8-2, G044 6.8.2: what is sealed to a party, as the services that carry it have it. */

const at = '2026-11-21T00:00:00.000Z';
const lamp: Declaration = {
  ...TELLING_LAMP,
  personalData: TELLING_LAMP.personalData.map((item) =>
    item.id === 'climate' ? { ...item, sensitive: true, sealedTo: 'care' } : item,
  ),
};
const climate = lamp.personalData.find(({ id }) => id === 'climate');
assert.ok(climate);
const bytes = (length: number) => randomBytes(length).toString('base64url');
const held = (value: HeldRow['value'], more: Partial<HeldRow> = {}): HeldRow => ({
  field: 'climate',
  at,
  value,
  sealedTo: 'care',
  ...more,
});
const said = (...rows: readonly HeldRow[]) => {
  const data = { ...factsOfSealed(lamp, climate, rows) };
  const observations = [{ id: 'x/1', case: 'x', kind: 'sealed', subject: 'climate', at, data, blobs: [] }];
  return judgeSealed(
    climate,
    readEvidence({ declaration: lamp, observations, assessedAt: at }, { sealed: Sealed }).rows,
  );
};

test('what the services hold sealed to the declared party passes, beside what is nobody’s', () => {
  const part = said(held(bytes(528)), held(bytes(1_040)), { field: 'use', at, value: 1 });
  assert.equal(part.verdict, 'PASS', part.because);
});

test('a value of a sealed item that the services can read is found', () => {
  const part = said(held(bytes(528)), { field: 'warmth', at, value: 20.5 });
  assert.equal(part.verdict, 'FAIL');
  assert.match(part.because, /hold 1 values readable/);
});

test('what is called sealed and is text, a number, or too short to be sealed is found', () => {
  const text = Buffer.from(JSON.stringify({ warmth: 20.5, at: 'the living room' })).toString('base64url');
  for (const value of [text, 20.5, true, '', bytes(16)]) {
    const part = said(held(bytes(528)), held(value));
    assert.equal(part.verdict, 'FAIL', String(value));
    assert.match(part.because, /can be read all the same/);
  }
});

test('nothing held, or something sealed to somebody else, proves nothing', () => {
  assert.equal(said().verdict, 'INCONCLUSIVE');
  assert.equal(said(held(bytes(528), { sealedTo: 'broker' })).verdict, 'INCONCLUSIVE');
  assert.equal(said(held(bytes(528), { field: 'habits' })).verdict, 'INCONCLUSIVE');
});

test('random bytes are never taken for text', () => {
  for (let n = 0; n < 500; n++) assert.equal(factsOfSealed(lamp, climate, [held(bytes(528))]).plain, 0);
});

test('the case asks for it where an item is sealed, and is as before where none is', () => {
  const sealed = judged(sensitiveDataInTransit, [['sealed', 'climate', { sealed: 0, plain: 0, readable: 2 }]], lamp);
  assert.equal(sealed.verdict, 'FAIL');
  const plain: Declaration = {
    ...lamp,
    personalData: TELLING_LAMP.personalData.map((item) => ({ ...item, sensitive: true })),
  };
  assert.doesNotMatch(judged(sensitiveDataInTransit, [], plain).because, /sealed/);
});
