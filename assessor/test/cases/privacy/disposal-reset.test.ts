import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resets } from '../../../src/cases/data/erase-device-data.ts';
import { disposalReset } from '../../../src/cases/privacy/disposal-reset.ts';
import { judged, TELLING_LAMP, type Told } from './told.ts';

const RESET = 'wipe';
const WIPED_LAMP: typeof TELLING_LAMP = {
  ...TELLING_LAMP,
  externalFunctions: [
    ...TELLING_LAMP.externalFunctions,
    {
      id: RESET,
      description: { en: 'Wipes' },
      service: 'panel',
      kind: 'change',
      securityRelevant: true,
      personalData: true,
      purpose: 'factory-reset',
      request: { transport: 'http', method: 'POST', path: '/wipe', encoding: 'form', page: '/wipe', fields: [] },
      success: { status: [303] },
    },
  ],
};
const page = (text: string, status = 200) => ({
  address: '/delete',
  reached: true,
  status,
  type: 'text/html',
  text,
  whole: true,
  links: [],
  items: 0,
  detail: '',
});
const OUTCOME = { kind: 'in', status: 303, ms: 5 } as const;
const ANSWER = { reached: true, status: 303, success: true, bytes: 0 } as const;
const walked = (label: boolean, renewed = true, ended = 'nothing-asked'): Told => [
  'walked',
  RESET,
  { ended, label, renewed },
];
const good: readonly Told[] = [
  ['page', 'deletion', page('Before you sell it: press and hold.')],
  ['unknown', 'deletion', page('Not found', 404)],
  ['entered', RESET, { when: 'before', outcome: OUTCOME }],
  ['wiped', RESET, { answer: ANSWER }],
  walked(true),
  ['entered', RESET, { when: 'after', outcome: OUTCOME }],
  ['mark', RESET, { set: true, readable: true, same: false }],
];
const verdict = (at: number, ...told: readonly Told[]) =>
  judged(disposalReset, good.toSpliced(at, 1, ...told), WIPED_LAMP).verdict;

test('a-product-that-is-wiped-as-its-guide-says-passes', () => {
  assert.equal(resets(WIPED_LAMP).length, 1);
  assert.equal(judged(disposalReset, good, WIPED_LAMP).verdict, 'PASS');
});

test('a-product-that-goes-on-to-the-next-owner-as-it-was-is-found', () => {
  assert.equal(verdict(4, walked(false, false)), 'FAIL', 'not in its factory state');
  assert.equal(verdict(6, ['mark', RESET, { set: true, readable: true, same: true }]), 'FAIL', 'a setting');
  assert.equal(verdict(3, ['wiped', RESET, { answer: { ...ANSWER, success: false, status: 403 } }]), 'FAIL', 'refused');
});

test('a-guide-that-does-not-speak-of-parting-is-found', () => {
  assert.equal(verdict(0, ['page', 'deletion', page('Press and hold.')]), 'FAIL');
  assert.equal(verdict(0, ['page', 'deletion', page('Not found', 404)]), 'FAIL');
});

test('a-wipe-that-was-not-seen-to-its-end-is-left-open', () => {
  assert.equal(verdict(4), 'INCONCLUSIVE');
  assert.equal(verdict(4, walked(true, true, 'lost')), 'INCONCLUSIVE');
  assert.equal(verdict(4, walked(true, false)), 'INCONCLUSIVE', 'not set up again');
  assert.equal(verdict(6), 'INCONCLUSIVE', 'nothing was set');
});
