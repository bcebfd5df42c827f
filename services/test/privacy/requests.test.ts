import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditTrail } from '../../src/operators/audit.ts';
import { bench, call, makeDevice, type Answer, type TestBench } from '../bench.ts';
import { declarationOf } from '../declaration.ts';
import { linkOf, newCode, newSubject } from './account-bench.ts';

/** GDPR Art. 12 to 21, PDPA 2010: a request comes, is proven, is acted on and is answered, in the console and on the public form. */

describe('requests of people', () => {
  let b: TestBench;
  let password: string;
  let cookie = '';
  before(async () => {
    b = await bench([declarationOf('hub')]);
    password = await b.services.operators.createOperator('alice');
    const login = await call(b.services, '/console/login');
    const form = { _csrf: csrfIn(login.body), user: 'alice', password };
    cookie = cookiesOf(await post('/console/login', form, cookiesOf(login)));
  });
  after(() => b.end());

  const get = (path: string, as = cookie) => call(b.services, path, { headers: { cookie: as } });
  const post = (path: string, form: Record<string, string>, as = cookie) =>
    call(b.services, path, {
      method: 'POST',
      headers: { cookie: as, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
  const csrf = async () => csrfIn((await get('/console/requests')).body);
  const today = () => new Date(b.clock.now()).toISOString().slice(0, 10);
  async function noted(change: Record<string, string> = {}): Promise<string> {
    const form = { _csrf: await csrf(), kind: 'erasure', law: 'gdpr', via: 'letter', received: today(), ...change };
    const answer = await post('/console/requests', form);
    assert.equal(answer.status, 303);
    return String(answer.headers['location']).split('/').at(-1) ?? '';
  }
  const act = async (id: string, what: string, form: Record<string, string> = {}) =>
    post(`/console/requests/${id}/${what}`, { _csrf: await csrf(), password, ...form });
  /** of a device of the factory */
  async function person() {
    const { bundle, label } = await makeDevice(b.services);
    const code = newCode();
    const subject = newSubject();
    const origin = { deviceId: bundle.deviceId, epoch: 0, items: ['climate'], account: linkOf(code) };
    await b.services.privacy.vault.begin(subject, origin);
    return { code, subject, deviceId: bundle.deviceId, serial: label.serial };
  }
  async function visitor() {
    const page = await call(b.services, '/account/request');
    return { as: cookiesOf(page), _csrf: csrfIn(page.body) };
  }

  it('shows-nothing-without-a-session-and-takes-no-forged-form', async () => {
    for (const path of ['/console/requests', '/console/requests.csv', '/console/requests/abcdefgh23456789'])
      assert.equal((await get(path, '')).status, 303, path);
    const form = { kind: 'access', law: 'gdpr', via: 'letter', received: today() };
    assert.equal((await post('/console/requests', { ...form, _csrf: 'other' })).status, 403);
    assert.equal((await get('/console/requests/abcdefgh23456789')).status, 404);
    const late = await post('/console/requests', {
      ...form,
      law: 'pdpa-my',
      _csrf: await csrf(),
      received: '2999-01-01',
    });
    assert.match(late.body, /id="new_received"[^>]+value="2999-01-01"[^>]+autofocus/);
    assert.match(late.body, /id="new_law"[\s\S]*<option value="pdpa-my"\s+selected/);
    for (const received of ['2999-01-01', '2001-01-01', '2026-02-31', 'today'])
      assert.equal((await post('/console/requests', { ...form, _csrf: await csrf(), received })).status, 422, received);
  });

  it('notes-a-letter-sorts-by-what-is-due-and-exports-what-the-address-says', async () => {
    const month = await noted({ kind: 'access' });
    const weeks = await noted({ kind: 'access', law: 'pdpa-my' });
    const list = (await get('/console/requests?kind=access')).body;
    assert.ok(list.indexOf(weeks) > 0 && list.indexOf(weeks) < list.indexOf(month), '21 days end before a month');
    const csv = (await get('/console/requests.csv?law=pdpa-my&kind=access')).body.trimEnd().split('\r\n');
    assert.equal(csv.length, 2);
    assert.match(csv[1] ?? '', new RegExp(`^${weeks},access,pdpa-my,letter,`));
    assert.match((await get('/console/requests?state=odd&kind=%00&page=-1')).body, new RegExp(month));
    b.clock.advance(22 * 86_400_000);
    const login = await call(b.services, '/console/login');
    cookie = cookiesOf(
      await post('/console/login', { _csrf: csrfIn(login.body), user: 'alice', password }, cookiesOf(login)),
    );
    const overdue = (await get('/console/requests?state=overdue')).body;
    assert.ok(overdue.includes(weeks) && !overdue.includes(month));
    assert.equal((await act(weeks, 'extend', { reason: 'two companies have to answer' })).status, 409);
    assert.equal((await act(month, 'extend', { reason: 'two companies have to answer' })).status, 200);
  });

  it('does-nothing-before-it-is-proven-nor-without-the-operators-password', async () => {
    const { subject, serial } = await person();
    const id = await noted();
    assert.equal((await act(id, 'erase', { confirm: 'on' })).status, 409);
    assert.equal((await act(id, 'export')).status, 409);
    assert.equal((await act(id, 'erase', { confirm: 'on', password: 'wrong' })).status, 403);
    const unknown = await act(id, 'identify', { serial: 'none', what: 'receipt' });
    assert.equal(unknown.status, 409);
    assert.match(unknown.body, /<details\s+open>\s*<summary>Note that documents were seen</, 'the form is open again');
    const [input = ''] = /<input[^>]+id="identify_serial"[^>]+>/.exec(unknown.body) ?? [];
    assert.match(input, /value="none"[\s\S]*aria-describedby="just_happened"[\s\S]*autofocus/);
    assert.match(unknown.body, /id="just_happened"[\s\S]*No device has this serial number/);
    assert.ok(unknown.body.includes('value="receipt"') && !unknown.body.includes(password));
    for (const [what, field] of Object.entries({ extend: 'extend_reason', close: 'close_reason' })) {
      const blank = await act(id, what, { as: 'refused', reason: ' '.repeat(12) });
      assert.equal(blank.status, 422, 'blanks are no reason');
      assert.match(blank.body, new RegExp(`id="${field}"[^>]+autofocus`));
    }
    assert.equal((await act(id, 'identify', { serial, what: 'receipt with the serial number' })).status, 200);
    const refused = await act(id, 'erase', { confirm: 'on' });
    assert.match(refused.body, /Nothing is kept of this person/, 'documents do not speak for who has a code');
    assert.equal(b.services.privacy.vault.stateOf(subject), 'open');
    b.clock.advance(3_600_000 / 6);
  });

  it('is-proven-by-the-code-on-the-public-page-then-erased-followed-and-closed', async () => {
    const { code, subject } = await person();
    const id = await noted();
    const { as, _csrf } = await visitor();
    const wrong = await post('/account/request/prove', { _csrf, number: id, code: newCode() }, as);
    assert.equal(wrong.status, 401);
    assert.match(wrong.body, /id="code"[^>]+aria-describedby="[^"]*code_error"[^>]+autofocus/);
    assert.equal((await act(id, 'export')).status, 409, 'a wrong code proves nothing');
    const proven = await post('/account/request/prove', { _csrf, number: ` ${id.toUpperCase()} `, code }, as);
    assert.match(proven.body, /Proven/);
    assert.equal((await act(id, 'close', { as: 'answered', reason: 'it is all gone' })).status, 409);
    const file = await act(id, 'export');
    assert.equal(file.status, 200);
    assert.match(String(file.headers['content-disposition']), /attachment/);
    assert.equal((JSON.parse(file.body) as { schema: string }).schema, 'hearthward/personal-data/1');
    assert.equal((await act(id, 'erase')).status, 422, 'the box has to be ticked');
    const begun = await act(id, 'erase', { confirm: 'on' });
    assert.equal(begun.status, 200);
    assert.notEqual(b.services.privacy.vault.stateOf(subject), 'open');
    assert.equal((await act(id, 'erase', { confirm: 'on' })).status, 409);
    await b.services.privacy.erasing.erasures.goOn();
    const page = (await get(`/console/requests/${id}`)).body;
    assert.match(page, /The keys to the data/);
    assert.equal((await act(id, 'close', { as: 'answered', reason: 'erased, backups end in a month' })).status, 200);
    const followed = await post('/account/request/follow', { _csrf, number: id }, as);
    assert.match(followed.body, /erased, backups end in a month/);
    const trail = (await auditTrail(b.services.store.db, 200)).filter((entry) => entry.subject === id);
    assert.deepEqual(
      new Set(trail.map(({ action }) => action)),
      new Set(['request-received', 'request-identified', 'request-acted', 'request-closed']),
    );
    const all = JSON.stringify(await auditTrail(b.services.store.db, 500));
    for (const secret of [code, code.replaceAll('-', ''), linkOf(code).account, password])
      assert.ok(!all.includes(secret));
  });

  it('comes-by-the-form-with-a-number-and-no-name-alike-for-everybody-and-not-in-floods', async () => {
    const { as, _csrf } = await visitor();
    const form = { _csrf, kind: 'access', law: 'pdpa-my' };
    assert.equal((await post('/account/request', { ...form, _csrf: 'other' }, as)).status, 403);
    assert.equal((await post('/account/request', { ...form, kind: 'other' }, as)).status, 400);
    const statuses: number[] = [];
    let body = '';
    for (let n = 0; n < 7; n += 1) {
      const answer = await post('/account/request', form, as);
      statuses.push(answer.status);
      if (n === 0) ({ body } = answer);
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429]);
    const id = /<code>([a-z2-9]{16})<\/code>/.exec(body)?.[1] ?? '';
    assert.match((await get(`/console/requests/${id}`)).body, /Form on our site/);
    assert.equal((await post('/account/request/follow', { _csrf, number: 'zzzzzzzz22222222' }, as)).status, 404);
  });

  it('reports-each-quarter', async () => {
    const page = (await get('/console/requests')).body;
    assert.match(page, /By quarter/);
    assert.match(page, new RegExp(`${new Date(b.clock.now()).getUTCFullYear()}-Q[1-4]`));
    assert.match((await get('/console/requests?lang=ms')).body, /Permintaan orang/);
  });
});

const cookiesOf = ({ headers }: Answer) =>
  ((headers['set-cookie'] ?? []) as string[]).map((each) => each.split(';')[0] ?? '').join('; ');
const csrfIn = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
