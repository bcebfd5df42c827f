import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offeredAtSetUp } from '../../../src/cases/privacy/asking.ts';
import { choicesOf } from '../../../src/cases/privacy/choices.ts';
import { consentValid } from '../../../src/cases/privacy/consent-valid.ts';
import { inputsOffered, readForms } from '../../../src/observe/login/forms.ts';
import { judged, TELLING_LAMP, type Told } from './told.ts';

const MECHANISM = choicesOf(TELLING_LAMP)[0]?.mechanism.id ?? '';
const offered = (item: string, more: object = {}): Told => [
  'offered',
  item,
  { where: 'set-up', type: 'checkbox', yes: false, required: false, ...more },
];
const made = (item: string, to: string, more: object = {}): Told => [
  'made',
  item,
  { to, shown: true, others: [], yes: to === 'given', ...more },
];
const ANSWER = { reached: true, status: 200, success: true, bytes: 9 } as const;
const WALKED: Told = ['walked', MECHANISM, { ended: 'nothing-asked', pages: 4 }];
const WORKS: Told = ['works', MECHANISM, { function: 'home', answer: ANSWER }];
const good = (item: string): readonly Told[] => [
  offered(item),
  ['first', item, { given: false, readable: true }],
  made(item, 'given'),
  made(item, 'withdrawn'),
  offered(item, { where: 'page' }),
  ['explained', item, { found: 'there' }],
  ['restored', item, { restored: true }],
];
const instead = (at: number, ...told: readonly Told[]): readonly Told[] => good('habits').toSpliced(at, 1, ...told);
const verdict = (habits: readonly Told[], whole: readonly Told[] = [WALKED, WORKS]) =>
  judged(consentValid, [...whole, ...good('advice'), ...habits]).verdict;

test('each-purpose-asked-by-itself-and-off-until-chosen-passes', () => assert.equal(verdict(good('habits')), 'PASS'));

test('consent-that-nobody-gave-is-found', () => {
  assert.equal(verdict(instead(0, offered('habits', { yes: true }))), 'FAIL', 'ticked');
  assert.equal(verdict(instead(0, offered('habits', { type: 'hidden' }))), 'FAIL', 'not to be seen');
  assert.equal(verdict(instead(0, offered('habits', { required: true }))), 'FAIL', 'no way on without it');
  assert.equal(verdict(instead(1, ['first', 'habits', { given: true, readable: true }])), 'FAIL', 'silence');
  assert.equal(verdict(instead(4, offered('habits', { where: 'page', yes: true }))), 'FAIL', 'ticked again');
  assert.equal(verdict(instead(4, offered('habits', { where: 'page', type: 'none' }))), 'FAIL', 'not asked');
});

test('consent-for-several-purposes-at-once-is-found', () => {
  assert.equal(verdict(instead(2, made('habits', 'given', { others: ['advice'] }))), 'FAIL');
  const one = TELLING_LAMP.personalData.map((each) =>
    each.consent?.control === undefined
      ? each
      : { ...each, consent: { ...each.consent, control: { ...each.consent.control, field: 'all' } } },
  );
  const told = [WALKED, WORKS, ...good('habits'), ...good('advice')];
  assert.equal(judged(consentValid, told, { ...TELLING_LAMP, personalData: one }).verdict, 'FAIL');
});

test('a-no-that-costs-the-product-is-found', () => {
  const broken: Told = ['works', MECHANISM, { function: 'home', answer: { ...ANSWER, status: 403, success: false } }];
  assert.equal(verdict(good('habits'), [WALKED, broken]), 'FAIL');
});

test('a-page-that-does-not-say-what-for-is-found', () => {
  assert.equal(verdict(instead(5, ['explained', 'habits', { found: 'missing' }])), 'FAIL');
  assert.equal(verdict(instead(5, ['explained', 'habits', { found: 'similar' }])), 'INCONCLUSIVE');
});

test('what-was-not-seen-of-it-is-left-open', () => {
  assert.equal(verdict(good('habits'), [WALKED]), 'INCONCLUSIVE', 'whether it works');
  assert.equal(verdict(good('habits'), [['walked', MECHANISM, { ended: 'lost', pages: 2 }]]), 'INCONCLUSIVE');
  assert.equal(verdict(instead(1)), 'INCONCLUSIVE', 'a unit in use');
  assert.equal(verdict(instead(2, made('habits', 'given', { shown: false }))), 'INCONCLUSIVE', 'never given');
  assert.equal(
    verdict(instead(2, made('habits', 'given', { yes: false }))),
    'INCONCLUSIVE',
    'a page that shows no yes',
  );
  assert.equal(verdict(instead(6, ['restored', 'habits', { restored: false }])), 'ERROR');
});

test('boxes-are-read-as-a-browser-reads-them', () => {
  const [choice] = choicesOf(TELLING_LAMP);
  assert.ok(choice);
  const seen = (input: string) => {
    const html = `<form method="post" action="/setup">${input}</form>`;
    const inputs = readForms(html).flatMap((form) => inputsOffered(html, form));
    const page = { path: '/setup', status: 200, asks: [], inputs, blob: '' };
    return offeredAtSetUp(choice, {
      pages: [page],
      sent: [],
      ended: 'nothing-asked',
      session: { cookies: {}, headers: {} },
    });
  };
  const box = { where: 'set-up', type: 'checkbox', yes: false, required: false };
  assert.deepEqual(seen('<input type="checkbox" name="habits" value="yes">'), box);
  assert.deepEqual(seen('<input type="checkbox" name="habits" checked>'), { ...box, yes: true });
  assert.deepEqual(seen('<input type="checkbox" name="habits" required>'), { ...box, required: true });
  assert.deepEqual(seen('<input type="hidden" name="habits" value="yes">'), { ...box, type: 'hidden' });
  const radios = (checked: string) =>
    seen(
      `<input type="radio" name="habits" value="yes"${checked}><input type="radio" name="habits" value="no" checked>`,
    );
  assert.deepEqual(radios(''), { ...box, type: 'radio' });
  assert.deepEqual(radios(' checked'), { ...box, type: 'radio', yes: true });
  assert.equal(seen('<input name="other">'), undefined);
});
