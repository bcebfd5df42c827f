import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAddress, judgeData } from '../../../src/cases/pages/data-twin.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';

/** What a page says of itself as data, beside the declaration that the page was held to. */
const [first] = KETTLE.personalData;
assert.ok(first);
const item = {
  ...first,
  name: { en: 'Boiling times', ms: 'Masa mendidih' },
  purpose: { en: 'To plan the next cup.' },
  processedBy: ['Kettles Ltd'],
  recipients: ['Teas of Perak'],
  retentionDays: 30,
};
const RECORD = {
  id: 'times',
  name: item.name,
  purpose: item.purpose,
  processedBy: [{ en: 'Kettles Ltd' }],
  advertisers: [{ en: 'Teas of Perak' }],
  retentionDays: 30,
};
const judged = (text?: string, whole = true) =>
  judgeData(
    {
      declaration: { ...KETTLE, personalData: [item] },
      assessedAt: '2026-11-21T00:00:00.000Z',
      observations:
        text === undefined
          ? []
          : [
              {
                id: 'privacy-information/1',
                case: 'privacy-information',
                kind: 'data',
                subject: 'privacy',
                at: '2026-11-21T00:00:00.000Z',
                data: { address: '/privacy.json', text, whole },
                blobs: [],
              },
            ],
    },
    'told',
  );
const verdict = (record: object) => judged(JSON.stringify({ product: { name: { en: 'Kettle' } }, items: [record] }))[0];

test('data-that-say-what-the-page-says-pass', () => {
  assert.equal(verdict(RECORD)?.verdict, 'PASS');
  assert.equal(
    verdict({ ...RECORD, name: 'Boiling times', purpose: 'To plan the next cup.' })?.verdict,
    'PASS',
    'one language',
  );
  assert.deepEqual(judged(), [], 'no code asks for data');
});

test('data-that-say-less-or-else-are-found', () => {
  const because = (record: object) => {
    const part = verdict(record);
    assert.equal(part?.verdict, 'FAIL');
    return part?.because ?? '';
  };
  assert.match(because({ ...RECORD, retentionDays: 365 }), /another time/);
  assert.match(because({ ...RECORD, advertisers: [] }), /without Teas of Perak/);
  assert.match(because({ ...RECORD, purpose: { en: 'To sell more tea than before.' } }), /another purpose/);
  const two = { ...KETTLE, personalData: [item, { ...item, id: 'b', name: { en: 'Water used' } }] };
  const [part] = judgeData(
    {
      declaration: two,
      assessedAt: '',
      observations: [
        {
          id: 'x/1',
          case: 'x',
          kind: 'data',
          subject: 'privacy',
          at: '',
          blobs: [],
          data: { address: '/p', text: JSON.stringify([RECORD]), whole: true },
        },
      ],
    },
    'told',
  );
  assert.match(part?.because ?? '', /nothing of “Water used”/);
});

test('what-is-no-data-or-not-about-it-is-left-open', () => {
  for (const text of [
    '',
    '<p>Not found</p>',
    '{"a":1}',
    '"Boiling times"',
    '{"name":{"en":"Boiling times","ms":"Masa"}}',
  ])
    assert.equal(judged(text)[0]?.verdict, 'INCONCLUSIVE', text);
  assert.equal(judged(JSON.stringify(RECORD), false)[0]?.verdict, 'INCONCLUSIVE', 'cut off');
});

test('the-address-is-that-of-a-link-typed-as-json', () => {
  assert.equal(
    dataAddress('<link rel="manifest" href="/m.json"><a href="/p.json" type="application/json">x</a>'),
    '/p.json',
  );
  assert.equal(dataAddress('<a href="/p.json">x</a>'), undefined);
});
