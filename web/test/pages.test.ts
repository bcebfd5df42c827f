import assert from 'node:assert/strict';
import test from 'node:test';
import { noticeDocument } from '@hearthward/product';
import { sampleDeclaration } from '../gallery/declaration.ts';
import { samplePages } from '../gallery/samples.ts';
import * as web from '../src/index.ts';

const { languages, paths, securityTxt } = web;
/** Markup with its white space folded, so that tests read what a browser reads. */
const flat = (markup: string): string =>
  markup
    .replace(/\s+/g, ' ')
    .replace(/ ?\/?>/g, '>')
    .replace(/> | </g, (edge) => edge.trim());
const homePage: typeof web.homePage = (view) => flat(web.homePage(view));
const loginPage: typeof web.loginPage = (view) => flat(web.loginPage(view));
const privacyPage: typeof web.privacyPage = (view) => flat(web.privacyPage(view));
const setupPage: typeof web.setupPage = (view) => flat(web.setupPage(view));
const publicPage: typeof web.publicPage = (page, view) => flat(web.publicPage(page, view));

const ALL = languages.flatMap(({ id }) =>
  Object.entries(samplePages(id)).map(([path, page]) => ({ id, path, page: () => flat(page()) })),
);
const outside = { language: 'en', csrf: 'token-1' } as const;
const inside = { ...outside, account: { name: 'owner', role: 'owner' } } as const;
const publicView = { language: 'en', declaration: sampleDeclaration, links: {} } as const;

test('puts-no-code-and-no-style-into-a-page', () => {
  for (const { path, page } of ALL) {
    assert.doesNotMatch(page(), /<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=/i, path);
  }
});

test('gives-every-id-once-and-points-only-at-ids-there-are', () => {
  for (const { path, page } of ALL) {
    const markup = page();
    const ids = [...markup.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id ?? '');
    assert.deepEqual(
      ids.filter((id, i) => ids.indexOf(id) !== i),
      [],
      `${path}: ids twice`,
    );
    const pointers = [...markup.matchAll(/\s(?:for|aria-describedby|aria-labelledby|href)="(#?)([^"]+)"/g)]
      .filter(([all, hash]) => !all.includes(' href=') || hash === '#')
      .flatMap(([, , to]) => (to ?? '').split(' '));
    assert.deepEqual(
      pointers.filter((to) => !ids.includes(to)),
      [],
      `${path}: points at nothing`,
    );
  }
});

test('carries-the-token-in-every-form-that-changes-something', () => {
  for (const { path, page } of ALL) {
    for (const [form] of page().matchAll(/<form method="post"[\s\S]*?<\/form>/g)) {
      assert.match(form, /<input type="hidden" name="_csrf" value="sample-csrf">/, path);
    }
  }
});

test('tells-nothing-of-product-or-maker-before-login', () => {
  const pages = [
    loginPage({ ...outside, failed: true }),
    loginPage({ ...outside, failed: false, waitSeconds: 8 }),
    setupPage({ ...outside, step: 1, minimumLength: 12, maximumLength: 128, choices: [] }),
  ];
  for (const page of pages) {
    assert.doesNotMatch(page, /hearthward|ST-100|1\.4\.2|version|model|serial|generator|<!--/i);
  }
  assert.match(pages[0] ?? '', /<title>Sign in to your device<\/title>/);
});

test('says-the-same-for-a-wrong-name-and-a-wrong-password', () => {
  const page = loginPage({ ...outside, failed: true });
  assert.match(page, /role="alert"[^>]*>[\s\S]*The user name or the password is not right\./);
  assert.match(page, /name="password" type="password"/);
});

test('masks-passwords-and-names-their-use', () => {
  const page = setupPage({
    ...outside,
    step: 2,
    minimumLength: 12,
    maximumLength: 100,
    choices: [],
    refused: ['refused.common'],
  });
  const inputs = [...page.matchAll(/<input id="(password|repeat)"[^>]*>/g)].map(([input]) => input);
  assert.equal(inputs.length, 2);
  for (const input of inputs) {
    assert.match(input, /type="password" maxlength="100" autocomplete="new-password"/);
    assert.doesNotMatch(input, /\svalue=/);
  }
  // the one that was refused is marked, told why and has the focus; its repetition was right
  assert.match(inputs[0] ?? '', /aria-describedby="[^"]*setup_errors" required aria-invalid="true" autofocus/);
  assert.doesNotMatch(inputs[1] ?? '', /setup_errors|aria-invalid/);
  assert.match(page, /12 to 100 characters/);
  assert.match(page, /name="step" value="2"/);
});

test('leaves-every-choice-off-until-it-was-made', () => {
  const choices = [
    { id: 'share-a', text: 'A', on: false },
    { id: 'share-b', text: 'B', on: true },
  ];
  const page = setupPage({ ...outside, step: 3, minimumLength: 12, maximumLength: 100, choices });
  assert.match(page, /name="share-a" type="checkbox" value="on">/);
  assert.match(page, /name="share-b" type="checkbox" value="on" checked/);
});

test('shows-hostile-values-as-text', () => {
  const hostile = '"><img src=x onerror=alert(1)>';
  const page = homePage({
    ...inside,
    deviceName: hostile,
    connected: true,
    cards: [{ title: hostile, value: hostile, action: { path: 'javascript:alert(1)', label: hostile, fields: [] } }],
  });
  assert.doesNotMatch(page, /<img|javascript:/);
});

test('links-the-panel-only-to-pages-there-are', () => {
  const known = new Set<string>(Object.values(paths.panel));
  const page = privacyPage({
    ...inside,
    told: noticeDocument(sampleDeclaration),
    last: {},
    noticeUrl: 'https://maker.example/privacy',
  });
  for (const [, path = ''] of page.matchAll(/(?:href|action)="(\/[^"]*)"/g)) {
    assert.ok(known.has(path) || path === paths.stylesheet, path);
  }
  assert.match(page, /<a href="\/privacy" aria-current="page">/);
});

test('tells-on-the-device-all-that-the-notice-tells-of-each-sensor-item-and-field', () => {
  for (const { id: language } of languages) {
    const view = { ...inside, language, told: noticeDocument(sampleDeclaration), last: {}, noticeUrl: '' };
    const said = (page: string) =>
      new Set(
        Array.from(page.matchAll(/<d[td]>([\s\S]*?)<\/d[td]>/g), ([, text = '']) =>
          text.replaceAll(/#(item-)?[^"]*"/g, '"').trim(),
        ),
      );
    const here = said(privacyPage(view));
    const parties = new Set(sampleDeclaration.dataParties?.map(({ id }) => id));
    assert.equal(parties.size, 0, 'parties are told of on the public page alone');
    const missing = [...said(publicPage('privacy', { ...publicView, language }))].filter((text) => !here.has(text));
    assert.deepEqual(missing, []);
  }
});

test('tells-every-declared-item-of-personal-data-sensing-and-telemetry', () => {
  for (const { id: language } of languages) {
    const page = publicPage('privacy', { ...publicView, language });
    for (const table of ['externalSensors', 'personalData', 'telemetryData'] as const) {
      for (const { id } of sampleDeclaration[table]) {
        assert.match(page, new RegExp(`<article class="item" id="[^"]+" data-table="${table}" data-item="${id}">`));
      }
    }
    for (const { id } of sampleDeclaration.personalData) assert.match(page, new RegExp(` id="${id}"`));
  }
  const page = publicPage('privacy', publicView);
  for (const told of [
    'Only if you agree',
    'Habits at home',
    'Nobody',
    '30 days',
    'once in 5 minutes',
    'steps of 0.5 °C',
  ]) {
    assert.ok(page.includes(told), told);
  }
});

test('publishes-both-time-limits-and-every-contact', () => {
  const page = publicPage('disclosure', publicView);
  assert.match(page, /id="disclosure_acknowledge" data-days="5">[^<]*within 5 days/);
  assert.match(page, /id="disclosure_status" data-days="14">Until the weakness is resolved[^<]*every 14 days/);
  assert.match(page, /href="mailto:security@maker\.example"/);
  assert.match(page, /href="https:\/\/maker\.example\/report"/);
});

test('publishes-the-model-and-the-end-of-support', () => {
  for (const page of ['product', 'support'] as const) {
    assert.match(publicPage(page, publicView), /id="support_until"><time datetime="2031-12-31">31 December 2031/);
    assert.match(publicPage(page, publicView), /id="model_designation">ST-100</);
  }
});

test('links-no-page-that-is-not-declared', () => {
  const { replacement: _, ...userInformation } = sampleDeclaration.userInformation;
  const page = publicPage('product', { ...publicView, declaration: { ...sampleDeclaration, userInformation } });
  assert.doesNotMatch(page, /replacement/i);
});

test('writes-security-txt-without-room-for-a-foreign-field', () => {
  const disclosure = { ...sampleDeclaration.disclosure, languages: ['en', 'ms\r\nContact: mailto:thief@evil.example'] };
  const when = { expires: '2031-01-01T00:00:00Z', site: 'https://maker.example/' };
  const lines = securityTxt({ ...sampleDeclaration, disclosure }, when).split('\r\n');
  assert.deepEqual(lines, [
    'Contact: mailto:security@maker.example',
    'Contact: https://maker.example/report',
    'Expires: 2031-01-01T00:00:00Z',
    'Preferred-Languages: en, ms Contact: mailto:thief@evil.example',
    'Canonical: https://maker.example/.well-known/security.txt',
    'Policy: https://maker.example/p/disclosure',
    '',
  ]);
});

test('says-how-long-data-is-kept-in-every-case', () => {
  const [first] = sampleDeclaration.personalData;
  assert.ok(first);
  const kept = (...days: readonly number[]): string => {
    const personalData = days.map((retentionDays, i) => ({ ...first, id: `item-${i}`, retentionDays }));
    return publicPage('privacy', { ...publicView, declaration: { ...sampleDeclaration, personalData } });
  };
  assert.match(kept(), /Nothing about you is kept\./);
  assert.match(kept(0), /What is kept stays until you delete it\./);
  assert.match(kept(0, 30, 7), /the rest for 30 days at most/);
  assert.match(kept(7, 30), /The longest that anything is kept: 30 days\./);
  assert.match(kept(0), /<dt>Kept for<\/dt> ?<dd>Until you delete it<\/dd>/);
});

test('marks-words-that-are-not-in-the-language-of-the-page', () => {
  const page = publicPage('privacy', { ...publicView, language: 'ms' });
  assert.match(page, /<html lang="ms">/);
  assert.match(page, /<span lang="en">Your user name<\/span>/);
  assert.match(page, /<h3>Termometer<\/h3>/);
});

test('says-of-every-item-who-gets-it-where-and-how-it-ends-and-that-no-advertiser-does', () => {
  const without = publicPage('privacy', publicView);
  assert.match(without, /<dt>Given to advertisers<\/dt> ?<dd>No advertiser<\/dd>/);
  assert.match(without, /None of it is given to other companies or to advertisers/);
  const pages = samplePages('en');
  const page = flat(pages['/p/privacy-parties']?.() ?? '');
  for (const told of [
    '<dd>Example Adverts</dd>',
    '<dd>Germany, Malaysia and Singapore</dd>',
    '<dd>Everybody who lives with it</dd>',
    'Under a number that changes every 30 days',
    'It stops within 1 minute',
    '<dt>Locked, so that only this party can read it</dt><dd>Example App</dd>',
    'They delete it within 14 days',
  ]) {
    assert.ok(page.includes(told), told);
  }
  // once for the item, once for the field that carries it
  assert.equal([...page.matchAll(/<dt>Given to advertisers<\/dt>/g)].length, 3);
});

test('tells-what-changed-between-two-notices-row-by-row', () => {
  for (const { id: language } of languages) {
    const history = samplePages(language)['/p/privacy/history']?.() ?? '';
    assert.match(history, /\?version=[0-9a-f]{16}/);
    assert.match(history, /Example Adverts<\/strong>/);
  }
  const compared = flat(samplePages('en')['/p/privacy/history-compared']?.() ?? '');
  assert.match(compared, /Warmth of your rooms<\/strong>\. Changed:<ul>/);
  assert.match(compared, /<li>Given to advertisers: No advertiser → Example Adverts<\/li>/);
  assert.match(compared, /Example Adverts<\/strong>\. Added\./);
  assert.match(samplePages('en')['/p/privacy-past']?.() ?? '', /id="past_notice"/);
});
