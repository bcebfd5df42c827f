import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Data, Judgement } from '../../../src/model.ts';
import { judged } from '../exposure/fake-kettle-run.ts';
import { UPDATING } from './fake-declaration.ts';
import { PAGE } from './recorded-page.ts';

/** A good release was installed; what is judged of how long the product was away, from what was recorded. It declares 30 s. */
const away = (seconds: number, more: { readonly back?: boolean; readonly heat?: string } = {}): Judgement => {
  const { back = true, heat = '60' } = more;
  const installed = back ? { ...PAGE, version: '1.0.2' } : { ...PAGE, version: '', read: false };
  const told: readonly (readonly [string, string, Data])[] = [
    ['page', 'slots', { ...PAGE, when: 'first' }],
    ['page', 'slots', { ...PAGE, when: 'offered', offered: '1.0.2', downtime: 'half a minute' }],
    ['gap', 'slots', { seconds, back }],
    ['page', 'slots', { ...installed, when: 'installed' }],
    ['kept', 'slots', { function: 'set-heat', before: '60', after: heat }],
  ];
  return judged('update-disruption', told, UPDATING);
};

test('a-product-that-is-away-no-longer-than-it-says-passes', () => {
  assert.equal(away(30).verdict, 'PASS');
});

test('a-product-that-a-slow-machine-keeps-away-is-not-condemned', () => {
  for (const seconds of [31, 120]) {
    const { verdict, because } = away(seconds);
    assert.equal(verdict, 'INCONCLUSIVE');
    assert.match(because, new RegExp(`away for ${seconds} s, and 30 s are declared: measure it`));
  }
});

test('a-product-that-is-away-for-many-times-what-it-says-is-found', () => {
  assert.equal(away(121).verdict, 'FAIL');
});

test('a-product-that-does-not-come-back-is-found', () => {
  const { verdict, because } = away(0, { back: false });
  assert.equal(verdict, 'FAIL');
  assert.match(because, /does not answer any more/);
});

test('a-setting-that-is-lost-is-found-however-short-it-was-away', () => {
  assert.equal(away(1, { heat: '40' }).verdict, 'FAIL');
});
