import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ABSOLUTE, IDLE } from '../src/operators/sessions.ts';
import { openAccounts } from '../src/operators/accounts.ts';
import { auditTrail } from '../src/operators/audit.ts';
import { readForm } from '../src/operators/form.ts';
import { type Answer, bench, call, enrol, makeDevice, type TestBench } from './bench.ts';

describe('operator console', () => {
  let b: TestBench;
  let password: string;
  before(async () => {
    b = await bench(undefined, 30);
  });
  after(() => b.end());
  beforeEach(async () => {
    password = await b.services.operators.createOperator('alice');
  });

  const get = (path: string, cookie = '') => call(b.services, path, { headers: { cookie } });
  const post = (path: string, cookie: string, form: Record<string, string>, headers = {}) =>
    call(b.services, path, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    });
  async function login(user: string, secret: string, headers = {}): Promise<Answer> {
    const page = await get('/console/login');
    return post('/console/login', cookiesOf(page), { _csrf: csrfIn(page.body), user, password: secret }, headers);
  }
  async function session(): Promise<string> {
    const answer = await login('alice', password);
    assert.equal(answer.status, 303);
    return cookiesOf(answer);
  }

  it('lets-an-operator-in-with-strict-cookies', async () => {
    const answer = await login('alice', password);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers['location'], '/console/fleet');
    const cookie = String((answer.headers['set-cookie'] as string[]).find((c) => c.includes('operator=')));
    for (const flag of ['__Host-', 'HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(flag));
    assert.equal((await get('/console/fleet', cookiesOf(answer))).status, 200);
  });

  it('wipes-the-bytes-of-a-form-and-takes-no-field-twice', async () => {
    const bytes = Buffer.from(`user=alice&password=${encodeURIComponent(password)}`);
    assert.deepEqual({ ...readForm(bytes) }, { user: 'alice', password });
    assert.ok(bytes.every((byte) => byte === 0));
    const rubbish = Buffer.from('password=%zz%ff&=&&a');
    readForm(rubbish);
    assert.ok(rubbish.every((byte) => byte === 0));
    const page = await get('/console/login');
    const twice = await call(b.services, '/console/login', {
      method: 'POST',
      headers: { cookie: cookiesOf(page), 'content-type': 'application/x-www-form-urlencoded' },
      body: `_csrf=${csrfIn(page.body)}&user=alice&user=bob&password=${password}`,
    });
    assert.equal(twice.status, 400);
    const many = `${'a=1&'.repeat(100)}user=alice`;
    assert.equal(readForm(Buffer.from(many))['user'], undefined, 'a flood of fields is not read to its end');
  });

  it('shows-nothing-without-a-session', async () => {
    for (const path of ['/console/fleet', '/console/fleet.csv', '/console/devices/0123456789', '/console']) {
      const answer = await get(path, '__Host-hearthward-operator=AAAA');
      assert.equal(answer.status, 303);
      assert.match(String(answer.headers['location']), /^\/console\/(login|fleet)$/);
      assert.equal(answer.body, '');
    }
  });

  it('refuses-wrong-password-and-unknown-name-alike', async () => {
    const wrong = await login('alice', 'wrong');
    const unknown = await login('nobody', 'wrong');
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    const plain = (answer: Answer) => answer.body.replaceAll(csrfIn(answer.body), '');
    assert.equal(plain(wrong), plain(unknown));
  });

  it('delays-guessing-and-forgives-a-day-later', async () => {
    b.clock.advance(25 * 3_600_000);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await login('alice', `guess-${attempt}`)).status);
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    const right = await login('alice', password);
    assert.equal(right.status, 429);
    assert.match(String(right.headers['retry-after']), /^\d+$/);
    b.clock.advance(2000);
    assert.equal((await login('alice', password)).status, 303);
  });

  it('tells-nobody-that-an-account-is-held-back-and-lets-a-known-browser-in', async () => {
    b.clock.advance(25 * 3_600_000);
    const known = cookiesOf(await login('alice', password));
    assert.match(known, /__Host-hearthward-device=/);
    const { store } = b.services;
    const accounts = openAccounts(store, b.clock);
    const from = (n: number) => ({ source: `198.51.100.${n}`, device: undefined });
    for (let n = 0; n < 6; n += 1)
      assert.deepEqual(await accounts.check('alice', 'wrong', from(n)), { ok: false, code: 'refused' });
    const held = await accounts.check('alice', password, from(9));
    assert.deepEqual(held, await accounts.check('nobody', password, from(10)), 'as a name that does not exist');
    const device = /__Host-hearthward-device=([^;]*)/.exec(known)?.[1];
    const again = await accounts.check('alice', password, { source: '198.51.100.1', device });
    assert.deepEqual(again, { ok: true, operator: 'alice' });
    for (const forged of ['', 'a.b', `${device?.split('.')[0]}.${'A'.repeat(43)}`])
      assert.equal((await accounts.check('alice', password, { source: '198.51.100.20', device: forged })).ok, false);
    password = await b.services.operators.createOperator('alice');
    const after = await accounts.check('alice', password, { source: '198.51.100.21', device });
    assert.equal(after.ok, false, 'a new password makes every browser unknown');
    b.clock.advance(25 * 3_600_000);
  });

  it('delays-attempts-made-at-once', async () => {
    b.clock.advance(25 * 3_600_000);
    const attempts = await Promise.all(Array.from({ length: 6 }, () => login('alice', 'wrong')));
    assert.equal(attempts.filter(({ status }) => status === 401).length, 3);
    b.clock.advance(25 * 3_600_000);
  });

  it('ends-sessions-when-idle-and-after-a-working-day', async () => {
    const cookie = await session();
    b.clock.advance(IDLE - 1000);
    assert.equal((await get('/console/fleet', cookie)).status, 200);
    b.clock.advance(IDLE + 1000);
    assert.equal((await get('/console/fleet', cookie)).status, 303);
    const other = await session();
    for (let spent = 0; spent < ABSOLUTE; spent += IDLE - 1000) {
      await get('/console/fleet', other);
      b.clock.advance(IDLE - 1000);
    }
    assert.equal((await get('/console/fleet', other)).status, 303);
  });

  it('keeps-no-session-token', async () => {
    const token = /operator=([^;]+)/.exec(await session())?.[1] ?? '';
    assert.ok(Buffer.from(token, 'base64url').length >= 32);
    const rows = await b.services.store.db.selectFrom('operator_sessions').selectAll().execute();
    assert.ok(rows.length > 0);
    assert.equal(JSON.stringify(rows).includes(token), false);
  });

  it('refuses-forged-forms', async () => {
    const page = await get('/console/login');
    const form = { user: 'alice', password };
    assert.equal((await post('/console/login', '', { ...form, _csrf: csrfIn(page.body) })).status, 403);
    assert.equal((await post('/console/login', cookiesOf(page), { ...form, _csrf: 'other' })).status, 403);
    assert.equal((await login('alice', password, { 'sec-fetch-site': 'cross-site' })).status, 403);
    const cookie = await session();
    assert.equal((await post('/console/logout', cookie, { _csrf: 'other' })).status, 403);
    assert.equal((await get('/console/fleet', cookie)).status, 200);
    const token = csrfIn((await get('/console/fleet', cookie)).body);
    assert.equal((await post('/console/logout', cookie, { _csrf: token })).status, 303);
    assert.equal((await get('/console/fleet', cookie)).status, 303);
  });

  it('ends-sessions-when-the-password-is-given-anew', async () => {
    const cookie = await session();
    await b.services.operators.createOperator('alice');
    assert.equal((await get('/console/fleet', cookie)).status, 303);
    assert.equal((await login('alice', password)).status, 401);
  });

  it('filters-the-fleet-by-its-address-and-exports-it', async () => {
    await makeDevice(b.services, { serial: 'FLEET0001' });
    const enrolled = await makeDevice(b.services, { serial: 'FLEET0002' });
    await enrol(b.services, enrolled);
    const cookie = await session();
    const page = await get('/console/fleet?state=enrolled&search=fleet', cookie);
    assert.ok(page.body.includes('FLEET0002') && !page.body.includes('FLEET0001'));
    const csv = await get('/console/fleet.csv?search=FLEET', cookie);
    assert.match(String(csv.headers['content-type']), /^text\/csv/);
    const lines = csv.body.trimEnd().split('\r\n');
    assert.equal(lines.length, 3);
    assert.match(lines[1] ?? '', /^[0-9a-f]{20},FLEET0001,TH-1,made,,$/);
    const device = await get(`/console/devices/${enrolled.bundle.deviceId}`, cookie);
    assert.equal(device.status, 200);
    assert.match(device.body, /FLEET0002/);
    assert.equal((await get('/console/devices/none', cookie)).status, 404);
    const odd = await get('/console/fleet?page=-1&state=odd&search=%00%27', cookie);
    assert.equal(odd.status, 200);
  });

  it('lets-an-operator-release-a-held-device-and-take-one-out-of-service-with-confirmation-alone', async () => {
    const { bundle } = await makeDevice(b.services);
    const path = `/console/devices/${bundle.deviceId}`;
    const cookie = await session();
    await b.services.custody.hold(bundle.deviceId, 'two-places');
    const page = await get(path, cookie);
    assert.match(page.body, /seen in two places/);
    const csrf = csrfIn(page.body);
    const found = () => b.services.registry.find(bundle.deviceId);
    assert.equal((await post(`${path}/release`, cookie, { _csrf: csrf })).status, 400);
    assert.equal((await post(`${path}/release`, cookie, { _csrf: 'other', confirm: 'yes' })).status, 403);
    assert.equal((await post(`${path}/release`, '', { _csrf: csrf, confirm: 'yes' })).status, 303);
    assert.ok((await found())?.held, 'nothing of this released it');
    assert.equal((await post(`${path}/release`, cookie, { _csrf: csrf, confirm: 'yes' })).status, 303);
    assert.equal((await found())?.held, undefined);
    assert.equal((await post(`${path}/revoke`, cookie, { _csrf: csrf })).status, 400);
    assert.equal((await found())?.revokedAt, undefined);
    assert.equal((await post(`${path}/revoke`, cookie, { _csrf: csrf, confirm: 'yes' })).status, 303);
    assert.notEqual((await found())?.revokedAt, undefined);
    assert.equal((await post(`${path}/revoke`, cookie, { _csrf: csrf, confirm: 'yes' })).status, 404);
    const trail = await auditTrail(b.services.store.db, 10);
    const mine = trail.filter(({ subject, actor }) => subject === bundle.deviceId && actor === 'alice');
    assert.deepEqual(new Set(mine.map(({ action }) => action)), new Set(['device-released', 'device-revoked']));
    const [custody = ''] =
      /aria-labelledby="device_custody"[^]*?<\/section>/.exec((await get(path, cookie)).body) ?? [];
    assert.match(custody, /out of service/i);
    assert.doesNotMatch(custody, /<button/);
  });

  it('records-who-did-what-without-secrets', async () => {
    await login('alice', password);
    await login(password, 'swapped');
    const trail = await auditTrail(b.services.store.db, 200);
    const actions = new Set(trail.map(({ action }) => action));
    for (const action of ['login-succeeded', 'login-failed', 'operator-password-reset']) assert.ok(actions.has(action));
    assert.equal(JSON.stringify(trail).includes(password), false);
  });

  it('refuses-names-that-are-none', async () => {
    await assert.rejects(b.services.operators.createOperator('a b'), /name/);
  });
});

const cookiesOf = ({ headers }: Answer) =>
  ((headers['set-cookie'] ?? []) as string[]).map((cookie) => cookie.split(';')[0] ?? '').join('; ');
const csrfIn = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
