import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged } from '../exposure/fake-kettle-run.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';

const [item] = KETTLE.personalData;
assert.ok(item);
const SPEAKING: typeof KETTLE = {
  ...KETTLE,
  personalData: [
    {
      ...item,
      name: { en: 'Boiling times', ms: 'Masa mendidih' },
      purpose: { en: 'To plan the next cup.', ms: 'Untuk merancang cawan seterusnya.' },
      processedBy: ['Kettles Ltd'],
      recipients: [],
      retentionDays: 30,
      legalBasis: 'consent',
      consent: { how: 'asked', withdraw: 'press the blue button twice' },
    },
  ],
  translations: { ms: { 'press the blue button twice': 'tekan butang biru dua kali' } },
  dataParties: [
    {
      id: 'tea',
      name: 'Teas of Perak',
      role: 'advertiser',
      where: ['MY'],
      purpose: { en: 'To offer tea.', ms: 'Untuk menawarkan teh.' },
      items: [item.id],
      erases: { how: 'by-request', withinDays: 7 },
    },
  ],
};
const ENGLISH =
  'Boiling times. To plan the next cup. Kettles Ltd. Kept 30 days. Teas of Perak: To offer tea. press the blue button twice';
const MALAY =
  'Masa mendidih. Untuk merancang cawan seterusnya. Kettles Ltd. 30 hari. Teas of Perak: Untuk menawarkan teh. tekan butang biru dua kali';

const page = (text: string, status = 200) => ({
  address: '/privacy',
  reached: true,
  status,
  type: 'text/html',
  text,
  whole: true,
  links: [],
  items: 0,
  detail: '',
});
const said = (english: string, malay?: string, status = 200) =>
  judged(
    'privacy-information',
    [
      ['page', 'privacy', page(english)],
      ['unknown', 'privacy', page('Not found', 404)],
      ...(malay === undefined ? [] : [['translated', 'privacy', page(malay, status)] as const]),
    ],
    SPEAKING,
  );
const verdict = (...given: Parameters<typeof said>) => said(...given).verdict;

test('a-notice-that-names-each-party-and-the-way-back-passes', () => {
  assert.equal(verdict(ENGLISH), 'PASS');
  assert.equal(verdict(ENGLISH, MALAY), 'PASS');
});

test('a-notice-that-hides-a-party-or-its-reason-or-the-withdrawal-is-found', () => {
  for (const hidden of ['Teas of Perak', 'To offer tea', 'press the blue button twice', '30 days'])
    assert.equal(verdict(ENGLISH.replace(hidden, '')), 'FAIL', hidden);
});

test('whoever-reads-malay-is-told-no-less', () => {
  for (const hidden of ['Masa mendidih', 'Teas of Perak', 'Untuk menawarkan teh', '30 hari', 'tekan butang biru'])
    assert.equal(verdict(ENGLISH, MALAY.replace(hidden, '')), 'FAIL', hidden);
  assert.equal(verdict(ENGLISH, ENGLISH), 'PASS', 'a site of one language');
  assert.equal(verdict(ENGLISH, 'Tiada', 500), 'INCONCLUSIVE', 'not served');
});
