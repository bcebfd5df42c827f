import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { topicsOf } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { eventsOf } from '../../src/telemetry/events.ts';
import { logOf, lookedAt } from '../../src/telemetry/reports/reports.ts';
import { bench, call, connectDevice, enrol, makeDevice, type TestBench } from '../bench.ts';
import { key, newDevice, type Report, sealOf, told } from './told.ts';

describe('the chain of what a device reports, as it arrives', () => {
  let b: TestBench;
  let deviceId: string;
  let client: MqttClient;
  let device = newDevice(2);
  before(async () => {
    b = await bench();
    const made = await makeDevice(b.services);
    deviceId = made.bundle.deviceId;
    client = await connectDevice(b.services, await enrol(b.services, made));
  });
  after(async () => {
    await client.endAsync(true);
    await b.end();
  });
  const send = (report: Report) => client.publishAsync(topicsOf(deviceId).events, JSON.stringify(report), { qos: 1 });
  const next = async (what: string) => {
    const [then, report] = told(device, what);
    device = then;
    await send(report);
    return report;
  };
  const log = () => logOf(b.services.store.db, deviceId);
  const kept = async () =>
    (await eventsOf(b.services.store.db, deviceId, 100)).filter(({ kind }) => kind === 'update-refused').length;

  it('keeps-one-history-once-whatever-comes-again', async () => {
    const first = await next('a');
    await next('b');
    await send(first);
    await send({ ...first, seq: 77 });
    await client.publishAsync(
      topicsOf(deviceId).seals,
      JSON.stringify({ v: 1, seq: 78, seal: sealOf(device, key, deviceId) }),
      { qos: 1 },
    );
    const found = await log();
    assert.deepEqual([found?.next, found?.gaps, found?.doubts, found?.sealed], [4, [], {}, 4]);
    assert.equal(await kept(), 2);
    assert.equal((await b.services.registry.counts()).doubted, 0);
  });

  it('points-at-a-device-that-was-put-back-and-keeps-what-it-tells', async () => {
    const before = device;
    await next('c');
    device = { ...before, boot: 2 };
    const other = await next('another');
    const found = await log();
    assert.equal(found?.doubts.rewritten?.count, 1);
    assert.equal(found?.doubtedAt, b.clock.now());
    assert.equal(await kept(), 4, 'also where its number was used');
    assert.equal((await b.services.registry.find(deviceId))?.doubtedAt, b.clock.now());
    await send(other);
    assert.equal(await kept(), 4, 'and that once');
  });

  it('sees-a-report-that-is-kept-back-and-a-place-that-is-no-longer-said', async () => {
    [device] = told(device, 'withheld');
    await next('d');
    const { place: _place, since: _since, ...bare } = told(device, 'e')[1];
    await client.publishAsync(topicsOf(deviceId).events, JSON.stringify({ ...bare, seq: 900 }), { qos: 1 });
    const found = await log();
    assert.deepEqual([found?.doubts.missing?.count, found?.doubts['place-withheld']?.count], [1, 1]);
    const observed = (await eventsOf(b.services.store.db, deviceId, 100)).filter(({ kind }) => kind === 'log-doubted');
    assert.deepEqual(observed.map(({ detail }) => (JSON.parse(detail) as { what: string }).what).toSorted(), [
      'missing',
      'place-withheld',
      'rewritten',
    ]);
  });

  it('writes-a-doubt-that-comes-again-and-again-on-record-now-and-then', async () => {
    for (let each = 0; each < 20; each += 1) {
      await client.publishAsync(
        topicsOf(deviceId).seals,
        JSON.stringify({ v: 1, seq: 0, seal: { statement: '', signature: '', key: '' } }),
        { qos: 1 },
      );
    }
    const times = (await eventsOf(b.services.store.db, deviceId, 100))
      .map(({ detail }) => JSON.parse(detail) as { what?: string; times?: number })
      .filter(({ what }) => what === 'seal-forged')
      .map((each) => each.times);
    assert.deepEqual(times.toReversed(), [1, 2, 4, 8, 16]);
    assert.equal((await log())?.doubts['seal-forged']?.count, 20);
  });

  it('shows-the-operator-and-takes-the-word-of-one-who-has-looked', async () => {
    const password = await b.services.operators.createOperator('mina');
    const login = await call(b.services, '/console/login', {});
    const cookies = (answer: { headers: Record<string, unknown> }) =>
      ((answer.headers['set-cookie'] as string[] | undefined) ?? []).map((each) => each.split(';')[0]).join('; ');
    const csrf = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
    const post = (path: string, cookie: string, form: Record<string, string>) =>
      call(b.services, path, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      });
    const form = { _csrf: csrf(login.body), user: 'mina', password };
    const cookie = cookies(await post('/console/login', cookies(login), form));
    const get = async (path: string) => (await call(b.services, path, { headers: { cookie } })).body;

    assert.match(await get('/console/fleet?log=doubted'), new RegExp(`devices/${deviceId}`));
    const page = await get(`/console/devices/${deviceId}`);
    assert.match(page, /an old copy of its data was put back/);
    assert.match(page, /Something speaks against it/);
    const looked = `/console/devices/${deviceId}/looked`;
    assert.equal((await post(looked, cookie, { _csrf: csrf(page) })).status, 400, 'not without the tick');
    assert.equal((await log())?.doubtedAt, b.clock.now());
    assert.equal((await post(looked, cookie, { _csrf: csrf(page), confirm: 'yes' })).status, 303);
    assert.doesNotMatch(await get('/console/fleet?log=doubted'), new RegExp(`devices/${deviceId}`));
    assert.match(
      await get(`/console/devices/${deviceId}`),
      /an old copy of its data was put back/,
      'it stays on record',
    );
    assert.equal(await lookedAt(b.services.store.db, deviceId), false);
    assert.equal((await post(looked, cookie, { _csrf: csrf(page), confirm: 'yes' })).status, 404);
  });
});
