import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Data } from '../../../src/model.ts';
import { judged } from '../exposure/fake-kettle-run.ts';
import { UPDATING } from './fake-declaration.ts';
import { PAGE } from './recorded-page.ts';

/** A release that does not come up was installed; what is judged of how it ended, from what was recorded. */
const INSTALLED: readonly (readonly [string, string, Data])[] = [
  ['page', 'slots', { ...PAGE, when: 'first' }],
  ['page', 'slots', { ...PAGE, when: 'offered', offered: '1.0.2' }],
  ['page', 'slots', { ...PAGE, when: 'installed', version: '1.0.2' }],
];
const ended = (after: string, settled: string, more: object = {}) =>
  judged(
    'update-rollback',
    [
      ...INSTALLED,
      [
        'refusal',
        'slots',
        {
          release: 'failing',
          before: '1.0.2',
          after,
          offered: true,
          pressed: true,
          onPage: settled === 'told',
          inLog: false,
          settled,
          ...more,
        },
      ],
    ],
    UPDATING,
  );

test('the-version-of-before-runs-again-and-says-so', () => {
  assert.equal(ended('1.0.2', 'told').verdict, 'PASS');
  assert.equal(ended('1.0.2', 'steady', { inLog: true }).verdict, 'PASS');
  assert.equal(ended('1.0.2', 'steady').verdict, 'INCONCLUSIVE', 'nobody is told');
});

test('what-does-not-come-up-and-stays-is-found', () => {
  assert.equal(ended('6.6.5', 'told').verdict, 'FAIL', 'it says that it was installed');
  assert.equal(ended('6.6.5', 'steady').verdict, 'FAIL', 'it runs on and on');
  assert.equal(ended('', 'silent').verdict, 'FAIL', 'nothing answers any more');
});

test('a-product-that-is-still-at-work-is-not-condemned', () => {
  for (const seen of ['6.6.5', '']) {
    const { verdict, because } = ended(seen, 'no');
    assert.equal(verdict, 'INCONCLUSIVE');
    assert.match(because, /still at work/);
  }
});
