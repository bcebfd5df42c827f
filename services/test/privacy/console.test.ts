import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { topicsOf } from '@hearthward/protocol';
import { auditTrail } from '../../src/operators/audit.ts';
import { type Answer, bench, call, connectDevice, enrol, makeDevice, type TestBench } from '../bench.ts';

/** EN 303 645 5.8-1: nobody reads what people do at home without a session, a reason and a record. */

describe('personal data in the console', () => {
  let b: TestBench;
  let path: string;
  let deviceId: string;
  let cookie: string;
  before(async () => {
    b = await bench();
    const device = await makeDevice(b.services);
    ({ deviceId } = device.bundle);
    path = `/console/devices/${deviceId}`;
    const client = await connectDevice(b.services, await enrol(b.services, device));
    const at = new Date(b.clock.now()).toISOString();
    for (const [seq, fields] of [{ temperature: 23.75 }, { starts: 97 }].entries())
      await client.publishAsync(topicsOf(deviceId).telemetry, JSON.stringify({ v: 1, seq, at, fields }), { qos: 1 });
    await client.endAsync();
    const password = await b.services.operators.createOperator('alice');
    const page = await call(b.services, '/console/login');
    const form = { _csrf: csrfIn(page.body), user: 'alice', password };
    cookie = cookiesOf(await post('/console/login', cookiesOf(page), form));
  });
  after(() => b.end());

  const post = (where: string, cookies: string, form: Record<string, string>) =>
    call(b.services, where, {
      method: 'POST',
      headers: { cookie: cookies, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
  const page = () => call(b.services, path, { headers: { cookie } });
  const read = async (reason: string) =>
    post(`${path}/personal`, cookie, { _csrf: csrfIn((await page()).body), reason });
  const reads = async () =>
    (await auditTrail(b.services.store.db, 100)).filter(({ action }) => action === 'personal-data-read');

  it('shows-what-is-nobody-s-and-not-what-is-somebody-s', async () => {
    const { status, body } = await page();
    assert.equal(status, 200);
    assert.ok(body.includes('>97'));
    assert.ok(!body.includes('23.75'));
    assert.deepEqual(await reads(), []);
  });

  it('refuses-to-show-it-without-a-session-a-form-of-ours-or-a-reason', async () => {
    assert.equal((await post(`${path}/personal`, '', { _csrf: 'x', reason: 'request 1234567' })).status, 303);
    assert.equal((await post(`${path}/personal`, cookie, { _csrf: 'x', reason: 'request 1234567' })).status, 403);
    for (const reason of ['', 'because', ' '.repeat(12), 'x'.repeat(201)]) {
      const { status, body } = await read(reason);
      assert.equal(status, 422, reason);
      assert.match(body, /id="personal_reason"[^>]+aria-describedby="[^"]*just_happened"[^>]+autofocus/);
      assert.ok(!body.includes('23.75'));
    }
    assert.deepEqual(await reads(), []);
  });

  it('shows-it-for-a-reason-that-is-on-record-with-who-and-what', async () => {
    const { status, body } = await read(' request 1234567 ');
    assert.equal(status, 200);
    assert.ok(body.includes('23.75') && body.includes('request 1234567'));
    const [record, ...more] = await reads();
    assert.deepEqual(more, []);
    assert.deepEqual([record?.actor, record?.subject], ['alice', deviceId]);
    const detail = JSON.parse(record?.detail ?? '{}') as Record<string, unknown>;
    assert.deepEqual([detail['reason'], detail['items']], ['request 1234567', 'climate']);
    assert.ok(!JSON.stringify(record).includes('23.75'));
    assert.ok(!(await page()).body.includes('23.75'));
  });

  it('shows-nothing-of-somebody-erased', async () => {
    const { vault } = b.services.privacy;
    await vault.end(vault.subjectsFrom(deviceId), 'e1');
    const { status, body } = await read('request 7654321');
    assert.equal(status, 200);
    assert.ok(!body.includes('23.75') && body.includes('97'));
  });

  it('shows-what-was-kept-no-longer-by-item-as-a-page-and-as-a-file', async () => {
    const { clock, services } = b;
    const at = (where: string) => call(services, where, { headers: { cookie } });
    assert.equal((await call(services, '/console/dropped')).status, 303);
    assert.ok((await at('/console/dropped')).body.includes('Nothing was dropped yet.'));
    const measured = new Date(clock.now()).toISOString().slice(0, 10);
    const before = clock.now();
    clock.advance(4000 * 86_400_000);
    assert.ok((await services.privacy.data.dropExpired()) > 0);
    // whoever was signed in is still
    clock.advance(before - clock.now());
    const page = await at('/console/dropped?item=climate');
    assert.equal(page.status, 200);
    assert.ok(page.body.includes(`datetime="${measured}"`), page.body);
    assert.ok(!(await at('/console/dropped?item=%3Cb%3E')).body.includes('<b>'));
    const [heads, ...rows] = (await at('/console/dropped.csv?item=climate')).body.trim().split('\r\n');
    assert.equal(heads, 'product,item,measured on,kept days,values,due,dropped');
    assert.deepEqual(
      rows.map((row) => row.split(',').slice(1, 3)),
      [['climate', measured]],
    );
  });
});

const cookiesOf = ({ headers }: Answer) =>
  ((headers['set-cookie'] ?? []) as string[]).map((cookie) => cookie.split(';')[0] ?? '').join('; ');
const csrfIn = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
