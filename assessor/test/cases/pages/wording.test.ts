import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeSecurityTxt } from '../../../src/cases/pages/security-txt.ts';
import { pageOf, visibleText } from '../../../src/cases/pages/reading.ts';
import { says, showsDate, showsSpan } from '../../../src/cases/pages/wording.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';
import { is, judged } from '../exposure/fake-kettle-run.ts';

test('reads dates as people write them, and no others', () => {
  for (const text of [
    '2031-12-31',
    'until 31 December 2031.',
    'December 31, 2031',
    'sehingga 31 Disember 2031',
    '31.12.2031',
  ])
    assert.ok(showsDate(text, '2031-12-31'), text);
  for (const text of ['30 December 2031', '2031', '131 December 2031', '1 December 2031'])
    assert.ok(!showsDate(text, '2031-12-31'), text);
});
test('reads spans with a word of time, near what they are for', () => {
  for (const text of ['within 5 days', 'five working days', 'dalam 5 hari', 'in 120 hours'])
    assert.ok(showsSpan(text, 5), text);
  assert.ok(showsSpan('every two weeks', 14));
  for (const text of ['15 days', '5 people', '5daysX']) assert.ok(!showsSpan(text, 5), text);
  assert.ok(!showsSpan(`We sell kettles. ${'x '.repeat(200)} 5 days of holiday`, 5, /kettle/));
});
test('tells the same words, similar words and none apart', () => {
  const wanted = { en: 'To boil the water before you wake.' };
  assert.equal(says('… to boil the WATER before you wake …', wanted), 'there');
  assert.equal(says('before you wake, water comes to the boil', wanted), 'similar');
  assert.equal(says('We like tea.', wanted), 'missing');
});
test('does not take what a reader cannot see for a text', () => {
  assert.equal(
    visibleText('<script>31 December 2031</script><!-- secret --><p hidden>not this</p><p>a&amp;b <b>c</b>d</p>'),
    'a&b cd',
  );
});

const txt = (text: string, type = 'text/plain; charset=utf-8', secure = true) => {
  const answer = { status: 200, headers: { 'content-type': type }, setCookie: [], body: text, ms: 1, blob: '' };
  const page = pageOf('/.well-known/security.txt', { ok: true, answer });
  return judgeSecurityTxt(KETTLE, { id: 'x/1', subject: 'securityTxt', data: page }, secure, '2026-11-21T00:00:00.000Z')
    .verdict;
};
const GOOD =
  'Contact: mailto:security@kettle.example\nExpires: 2027-06-01T00:00:00Z\nCanonical: https://kettle.example/.well-known/security.txt\n';
test('holds security.txt to RFC 9116', () => {
  assert.equal(txt(GOOD), 'PASS');
  assert.equal(txt(GOOD, 'text/html'), 'FAIL');
  assert.equal(txt(GOOD, 'text/plain; charset=utf-8', false), 'FAIL');
  assert.equal(txt(GOOD.replace('2027', '2029')), 'FAIL');
  assert.equal(txt(GOOD.replace('security@', 'nobody@')), 'FAIL');
  assert.equal(txt(GOOD.replace(/Expires.*\n/, '')), 'FAIL');
  assert.equal(txt(GOOD.replace('well-known/', 'well-known/x/')), 'FAIL');
});

const page = {
  address: '/product',
  reached: true,
  status: 200,
  type: 'text/html',
  text: 'K-77 until 31 December 2031',
  whole: true,
  links: [],
  items: 0,
  detail: '',
};
const unknown = { ...page, address: '/nowhere', status: 404, text: 'none' };
test('fails a page that is not there or asks for a login, and leaves a silent site open', () => {
  const told = (more: object, control = unknown) =>
    judged('support-period', [
      ['page', 'support', { ...page, ...more }],
      ['unknown', 'support', control],
    ]);
  is(told({}), 'PASS');
  is(told({ status: 404 }), 'FAIL', /not there/);
  is(told({ status: 401 }), 'FAIL', /login/);
  is(told({ status: 503 }), 'INCONCLUSIVE');
  is(told({ reached: false, status: 0 }), 'INCONCLUSIVE');
  is(told({}, { ...unknown, status: 200 }), 'INCONCLUSIVE');
  is(judged('support-period', [['page', 'support', page]]), 'INCONCLUSIVE');
});
test('tells the plan of replacement where there are no updates', () => {
  const plan = {
    rationale: { en: 'The memory of it cannot be written again.' },
    period: { en: 'Five years from purchase' },
    method: { en: 'We send another kettle' },
    isolable: 'yes',
    hardwareReplaceable: 'yes',
  };
  const declaration = { ...KETTLE, replacementSupport: plan };
  const text =
    'The memory of it cannot be written again. Five years from purchase. We send another kettle. Until 31 December 2031.';
  const control = ['unknown', 'replacement', unknown] as const;
  is(judged('replacement-information', [['page', 'replacement', { ...page, text }], control], declaration), 'PASS');
  is(
    judged(
      'replacement-information',
      [['page', 'replacement', { ...page, text: 'Until 31 December 2031.' }], control],
      declaration,
    ),
    'FAIL',
  );
});
