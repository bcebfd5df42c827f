import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { auditTrail } from '../../src/operators/audit.ts';
import { LONGEST } from '../../src/privacy/account/sessions.ts';
import { IDLE } from '../../src/operators/sessions.ts';
import { type AccountBench, accountBench, linkOf, newCode, newSubject, visitor } from './account-bench.ts';

/** EN 303 645 5.11-2, 6-3, G045 AU-2-3: a person's own page, with the code and with nothing else. */

const CSRF = /name="_csrf" value="([^"]+)"/;
const DAY = 86_400_000;

describe('a person’s own page', () => {
  let b: AccountBench;
  before(async () => {
    b = await accountBench();
  });
  after(() => b.end());
  let lastAddress = 0;
  /** from an address of their own, so that no test waits for another's guesses */
  const someone = () => visitor(b, `192.0.2.${(lastAddress += 1)}`);
  const value = (subject: string, item: string, at: number, fields: Record<string, number | string | boolean>) =>
    b.rows.push({ subject, item, at, fields });
  const signedIn = async (code: string) => {
    const browser = someone();
    assert.equal((await browser.signIn(code)).statusCode, 303);
    return browser;
  };

  it('opens-with-the-code-however-it-is-written-and-with-strict-cookies', async () => {
    const { code } = await b.person('opens');
    const answer = await someone().signIn(` ${code.replaceAll('-', ' ').toUpperCase()} `);
    assert.deepEqual([answer.statusCode, answer.headers['location']], [303, '/account/data']);
    const cookie = String([answer.headers['set-cookie']].flat().find((each) => each?.includes('account=')));
    for (const flag of ['__Host-', 'HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/', 'Max-Age='])
      assert.ok(cookie.includes(flag), flag);
  });

  it('answers-alike-whether-the-code-is-wrong-unknown-or-none', async () => {
    const { code } = await b.person('alike');
    const wrong = `${code.slice(0, -1)}${code.endsWith('a') ? 'b' : 'a'}`;
    const plain = [];
    for (const each of [wrong, newCode(), 'no code', '', '0'.repeat(100)]) {
      const answer = await someone().signIn(each);
      assert.equal(answer.statusCode, 401);
      const { date: _, 'set-cookie': __, ...headers } = answer.headers;
      plain.push(JSON.stringify(headers) + answer.body.replaceAll(CSRF.exec(answer.body)?.[1] ?? '-', ''));
    }
    assert.equal(new Set(plain).size, 1);
    assert.match(plain[0] ?? '', /does not open anything/);
  });

  it('slows-guesses-from-one-address-and-lets-others-in-meanwhile', async () => {
    const { code } = await b.person('slow');
    const guesser = someone();
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await guesser.signIn(newCode())).statusCode);
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    const right = await guesser.signIn(code);
    assert.equal(right.statusCode, 429);
    assert.match(String(right.headers['retry-after']), /^\d+$/);
    assert.equal((await someone().signIn(code)).statusCode, 303);
    b.clock.advance(2000);
    assert.equal((await guesser.signIn(code)).statusCode, 303);
  });

  it('refuses-forms-from-elsewhere-or-without-their-word', async () => {
    const { code, subject } = await b.person('forged');
    const browser = someone();
    const csrf = await browser.csrfOn('/account/sign-in');
    const signIn = (form: Record<string, string>, more = {}) => browser.post('/account/sign-in', form, more);
    assert.equal((await signIn({ _csrf: 'other', code })).statusCode, 403);
    assert.equal((await signIn({ _csrf: csrf, code }, { 'sec-fetch-site': 'cross-site' })).statusCode, 403);
    assert.equal((await signIn({ _csrf: csrf })).statusCode, 400);
    assert.equal((await signIn({ _csrf: csrf, code })).statusCode, 303);
    for (const path of ['data/values', 'consents/withdraw', 'erase', 'erase/keep', 'end', 'sign-out']) {
      const form = { _csrf: csrf, subject, item: 'climate', code, scope: 'everything', order: 'o'.repeat(22) };
      assert.equal((await browser.post(`/account/${path}`, form)).statusCode, 403, path);
    }
    assert.equal(b.orders.size, 0);
    assert.equal(b.vault.subjectsOf(linkOf(code).account).length, 1);
  });

  it('shows-nothing-without-a-session-and-ends-one-that-is-left-alone', async () => {
    const { code } = await b.person('session');
    const paths = [
      'data',
      'data.json',
      'data.csv',
      'consents',
      'erase',
      'erasures',
      `erasures/${'a'.repeat(22)}/1`,
      'looked',
      'end',
    ];
    for (const path of paths) {
      const answer = await someone().get(`/account/${path}`);
      assert.deepEqual(
        [answer.statusCode, answer.headers['location'], answer.body],
        [303, '/account/sign-in', ''],
        path,
      );
    }
    const left = await signedIn(code);
    b.clock.advance(IDLE + 1000);
    assert.equal((await left.get('/account/data')).statusCode, 303);
    const busy = await signedIn(code);
    for (let spent = 0; spent < LONGEST; spent += IDLE - 1000) {
      assert.equal((await busy.get('/account/consents')).statusCode, 200);
      b.clock.advance(IDLE - 1000);
    }
    assert.equal((await busy.get('/account/data')).statusCode, 303);
    const out = await signedIn(code);
    const token = out.cookies.get('__Host-hearthward-account') ?? '';
    await out.post('/account/sign-out', { _csrf: await out.csrfOn('/account/data') });
    out.cookies.set('__Host-hearthward-account', token);
    assert.equal((await out.get('/account/data')).statusCode, 303, 'the token is worth nothing after signing out');
  });

  it('shows-how-much-is-kept-and-values-only-when-asked', async () => {
    const { code, subject } = await b.person('shows');
    value(subject, 'climate', b.clock.now() - 60_000, { temperature: 21.625 });
    const browser = await signedIn(code);
    const page = await browser.get('/account/data');
    assert.match(page.body, /SN-shows/);
    assert.doesNotMatch(page.body, /21\.625/);
    const shown = await browser.post('/account/data/values', {
      _csrf: CSRF.exec(page.body)?.[1] ?? '',
      subject,
      item: 'climate',
    });
    assert.match(shown.body, /21\.625/);
    assert.match((await browser.get('/account/data?lang=ms')).body, /Data saya/);
  });

  it('shows-one-person-nothing-of-another', async () => {
    const [one, other] = [await b.person('one'), await b.person('other')];
    value(other.subject, 'climate', b.clock.now(), { temperature: 33.125 });
    await decide(other, true);
    const browser = await signedIn(one.code);
    const csrf = await browser.csrfOn('/account/data');
    const form = { _csrf: csrf, subject: other.subject, item: 'climate' };
    const stranger = { ...form, subject: newSubject() };
    for (const path of ['data/values', 'consents/withdraw']) {
      const [known, unknown] = [
        await browser.post(`/account/${path}`, form),
        await browser.post(`/account/${path}`, stranger),
      ];
      assert.deepEqual([known.statusCode, known.body], [404, unknown.body], path);
    }
    assert.ok(b.consents.given(other.subject, 'presence'));
    for (const path of ['data', 'data.json', 'data.csv', 'consents', 'looked', 'erase', 'erasures'])
      assert.doesNotMatch((await browser.get(`/account/${path}`)).body, /33\.125|SN-other/, path);
    const order = 'a'.repeat(22);
    const erase = { _csrf: csrf, order, scope: 'other', code: one.code };
    assert.equal((await browser.post('/account/erase', erase)).statusCode, 409);
    assert.equal(b.vault.stateOf(other.subject), 'open');
  });

  const decide = ({ deviceId, subject }: { deviceId: string; subject: string }, given: boolean) =>
    b.consents.decide(
      deviceId,
      {
        kind: 'consent',
        subject,
        item: 'presence',
        given,
        by: 'self',
        how: 'set-up',
        notice: '0'.repeat(16),
        language: 'en',
        n: 1,
      },
      b.clock.now(),
    );

  it('takes-consent-back-at-one-press-at-once-and-tells-the-device', async () => {
    const person = await b.person('consent');
    await decide(person, true);
    const browser = await signedIn(person.code);
    const csrf = await browser.csrfOn('/account/consents');
    const answer = await browser.post('/account/consents/withdraw', {
      _csrf: csrf,
      subject: person.subject,
      item: 'presence',
    });
    assert.match(answer.body, /Nothing more of it is taken/);
    assert.equal(b.consents.given(person.subject, 'presence'), false);
    assert.deepEqual(b.told.at(-1), {
      deviceId: 'consent',
      news: { kind: 'consent', subject: person.subject, item: 'presence', given: false, n: 2 },
    });
    const count = b.told.length;
    await browser.post('/account/consents/withdraw', { _csrf: csrf, subject: person.subject, item: 'presence' });
    assert.equal(b.told.length, count, 'what is withdrawn is not withdrawn again');
  });

  it('gives-everything-declared-and-nothing-else-as-json-and-csv', async () => {
    const person = await b.person('export');
    const now = b.clock.now();
    await decide(person, true);
    value(person.subject, 'climate', now - 60_000, { temperature: -5.5, undeclared: 'secret', starts: 4 });
    value(person.subject, 'climate', now - 40 * DAY, { temperature: 99 });
    const browser = await signedIn(person.code);
    const json = await browser.get('/account/data.json');
    assert.match(String(json.headers['content-disposition']), /attachment/);
    const file = JSON.parse(json.body) as {
      devices: { items: { id: string; values: object[]; decisions: object[] }[] }[];
    };
    const [climate] = file.devices[0]?.items ?? [];
    assert.deepEqual(climate?.values, [{ at: new Date(now - 60_000).toISOString(), fields: { temperature: -5.5 } }]);
    assert.doesNotMatch(json.body, /undeclared|starts|99/, 'no field of another item, and nothing past its time');
    const csv = await browser.get('/account/data.csv');
    assert.equal(
      csv.body.split('\r\n')[1],
      `export,SN-export,climate,temperature,${new Date(now - 60_000).toISOString()},-5.5,°C`,
    );
    for (const { body } of [json, csv]) assert.ok(!body.includes(person.code.replaceAll('-', '')));
    const forms = ['json', 'csv'].map((form) => browser.get(`/account/data.${form}`));
    assert.deepEqual(
      (await Promise.all(forms)).map(({ body }) => body.length),
      [json.body.length, csv.body.length],
      'both may be asked for at once, and again',
    );
  });

  it('lets-no-cell-of-a-table-become-a-formula', async () => {
    const person = await b.person('formula');
    for (const mode of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', 'a"b,c'])
      value(person.subject, 'climate', b.clock.now(), { mode });
    const browser = await signedIn(person.code);
    const cells = (await browser.get('/account/data.csv')).body.split('\r\n').slice(1, -1).join('\n');
    assert.doesNotMatch(cells, /,"?[=+@\t\r]|,"?-[^\d]/);
    assert.match(cells, /'=1\+1/);
    assert.match(cells, /"a""b,c"/);
  });

  it('shows-who-looked-operators-included-and-writes-no-data-and-no-code', async () => {
    const person = await b.person('looked');
    value(person.subject, 'climate', b.clock.now(), { temperature: 17.375 });
    const browser = await signedIn(person.code);
    const csrf = await browser.csrfOn('/account/data');
    await browser.post('/account/data/values', { _csrf: csrf, subject: person.subject, item: 'climate' });
    await browser.get('/account/data.csv');
    await b.store.db
      .insertInto('audit')
      .values({
        at: b.clock.now(),
        actor: 'alice',
        action: 'personal-data-read',
        subject: 'looked',
        detail: '{"reason":"asked by letter"}',
      })
      .execute();
    const page = (await browser.get('/account/looked')).body;
    for (const said of [
      'How much is kept',
      'Latest values',
      'Everything, as a file',
      'The code was used',
      'asked by letter',
      'Somebody who works here',
    ])
      assert.ok(page.includes(said), said);
    assert.doesNotMatch(page, /alice/);
    const trail = JSON.stringify(await auditTrail(b.store.db, 1000));
    const files = readdirSync(b.dir).filter((name) => name.startsWith('services.sqlite'));
    const bytes = Buffer.concat(files.map((name) => readFileSync(join(b.dir, name)))).toString('latin1');
    for (const kept of [trail, bytes])
      for (const secret of [
        person.code,
        person.code.replaceAll('-', ''),
        '17.375',
        browser.cookies.get('__Host-hearthward-account') ?? '-',
      ])
        assert.ok(!kept.includes(secret));
    assert.ok(!trail.includes(person.subject), 'the trail does not lead from an account to a pseudonym');
  });
});
