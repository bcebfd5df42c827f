import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, it } from 'node:test';
import { EST_PATHS, MAX_MESSAGE_BYTES, topicsOf } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { MAX_PACKET_BYTES } from '../src/bus/framing.ts';
import { eventsOf } from '../src/telemetry/events.ts';
import { latestOf, seriesOf } from '../src/telemetry/queries.ts';
import {
  bench,
  chainIn,
  type ClientIdentity,
  connectDevice,
  enrol,
  initialOf,
  makeDevice,
  makeKeys,
  requestCertificate,
  selfSigned,
  type TestBench,
} from './bench.ts';
import { declarationOf } from './declaration.ts';
import { onEachStore } from './store/everywhere.ts';

/** what belongs to nobody; telemetry of people is in privacy/ */
const nobodys = declarationOf('hub', {
  telemetryData: declarationOf('hub').telemetryData.map((field) => ({ ...field, personalData: false })),
});

onEachStore('messages', (lies) => {
  let b: TestBench;
  let deviceId: string;
  let identity: ClientIdentity;
  let seq = 0;
  const open: MqttClient[] = [];

  before(async () => {
    b = await bench([nobodys], 0, await lies.address());
    const device = await makeDevice(b.services);
    deviceId = device.bundle.deviceId;
    identity = await enrol(b.services, device);
  });
  after(async () => {
    await Promise.all(open.map((client) => client.endAsync(true)));
    await b.end();
  });

  const connect = async (as: ClientIdentity | undefined = identity, options = {}) => {
    const client = await connectDevice(b.services, as, options);
    client.on('error', () => undefined);
    open.push(client);
    return client;
  };
  const message = (fields: object, change: object = {}): string =>
    JSON.stringify({ v: 1, seq: seq++, at: new Date(b.clock.now()).toISOString(), fields, ...change });
  const kinds = async (id = deviceId) => (await eventsOf(b.services.store.db, id, 100)).map(({ kind }) => kind);
  const rows = async () =>
    Number(
      (
        await b.services.store.db
          .selectFrom('telemetry')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    );

  it('acknowledges-telemetry-when-it-is-stored', async () => {
    const client = await connect();
    const fields = { temperature: 21.5, heating: true, mode: 'night', starts: 3 };
    await client.publishAsync(topicsOf(deviceId).telemetry, message(fields), { qos: 1 });
    const latest = await latestOf(b.services.store.db, deviceId);
    assert.deepEqual(Object.fromEntries(latest.map(({ field, value }) => [field, value])), {
      ...fields,
      heating: 1,
    });
    const series = await seriesOf(b.services.store.db, deviceId, nobodys, 0, 10);
    assert.deepEqual(
      series.map(({ field, unit }) => [field, unit]),
      [
        ['temperature', '°C'],
        ['heating', '°C'],
        ['starts', '°C'],
      ],
    );
    assert.equal((await b.services.registry.find(deviceId))?.state, 'connected');
    await client.endAsync();
    await until(async () => (await b.services.registry.find(deviceId))?.state === 'silent');
  });

  it('keeps-the-events-that-a-device-reports', async () => {
    const client = await connect();
    const event = { v: 1, seq: 0, at: new Date().toISOString(), kind: 'login-failed', detail: { count: 2 } };
    await client.publishAsync(topicsOf(deviceId).events, JSON.stringify(event), { qos: 1 });
    await client.publishAsync(topicsOf(deviceId).events, JSON.stringify(event), { qos: 1 });
    assert.equal((await kinds()).filter((kind) => kind === 'login-failed').length, 1);
    await client.endAsync();
  });

  it('drops-what-it-has-seen', async () => {
    const client = await connect();
    const twice = message({ temperature: 1 });
    const count = await rows();
    await client.publishAsync(topicsOf(deviceId).telemetry, twice, { qos: 1 });
    await client.publishAsync(topicsOf(deviceId).telemetry, twice, { qos: 1 });
    assert.equal(await rows(), count + 1);
    await client.endAsync();
  });

  it('takes-counters-that-begin-again-after-a-new-enrolment', async () => {
    const device = await makeDevice(b.services);
    const id = device.bundle.deviceId;
    for (const value of [1, 2]) {
      const client = await connect(await enrol(b.services, device));
      await client.publishAsync(topicsOf(id).telemetry, message({ temperature: value }, { seq: 0 }), { qos: 1 });
      await client.endAsync();
    }
    const series = await seriesOf(b.services.store.db, id, nobodys, 0, 10);
    assert.deepEqual(
      series[0]?.points.map(([, value]) => value),
      [1, 2],
    );
  });

  for (const [name, payload] of Object.entries<() => string>({
    'undeclared-field': () => message({ voice: 1 }),
    'a-prototype-name': () => message({ constructor: 1 }),
    'value-out-of-range': () => message({ temperature: 81 }),
    'wrong-type': () => message({ temperature: 'warm' }),
    'fraction-of-an-integer': () => message({ starts: 1.5 }),
    'undeclared-choice': () => message({ mode: 'dusk' }),
    'extra-property': () => message({}, { position: 'here' }),
    'no-json': () => '{',
    'no-time': () => message({ temperature: 1 }, { at: 'yesterday' }),
  }))
    it(`refuses-${name}`, async () => {
      const client = await connect();
      const count = await rows();
      const refused = (await kinds()).filter((kind) => kind === 'message-refused').length;
      await client.publishAsync(topicsOf(deviceId).telemetry, payload(), { qos: 1 });
      assert.equal(await rows(), count);
      assert.equal((await kinds()).filter((kind) => kind === 'message-refused').length, refused + 1);
      await client.endAsync();
    });

  it('refuses-foreign-topic', async () => {
    const other = await makeDevice(b.services);
    const count = await rows();
    for (const topic of [topicsOf(other.bundle.deviceId).telemetry, topicsOf(deviceId).updates, '$SYS/x', 'any']) {
      const client = await connect();
      const ended = closed(client);
      client.publish(topic, message({ temperature: 20 }), { qos: 1 });
      await ended;
      await client.endAsync(true);
    }
    assert.equal(await rows(), count);
    assert.equal((await kinds()).filter((kind) => kind === 'topic-refused').length, 4);
  });

  it('refuses-foreign-subscription', async () => {
    for (const topic of [
      '#',
      'hearthward/1/+/down',
      'hearthward/1/+/updates',
      topicsOf('0123456789').down,
      topicsOf('0123456789').updates,
      topicsOf(deviceId).telemetry,
    ]) {
      const client = await connect();
      const ended = closed(client);
      client.subscribe(topic);
      await ended;
      await client.endAsync(true);
    }
    const client = await connect();
    const granted = await client.subscribeAsync(topicsOf(deviceId).down, { qos: 1 });
    assert.equal(granted[0]?.qos, 1);
    await client.endAsync();
  });

  it('refuses-unknown-client-certificate', async () => {
    const keys = await makeKeys();
    const stranger = { key: keys.keyPem, cert: await selfSigned(keys, deviceId) };
    await assert.rejects(connect(stranger));
    await assert.rejects(connectDevice(b.services, undefined));
    const device = await makeDevice(b.services);
    // the initial identity enrols, it does not talk
    await assert.rejects(connect(initialOf(device)));
    assert.equal((await b.services.registry.find(device.bundle.deviceId))?.state, 'made');
  });

  it('refuses-a-superseded-certificate', async () => {
    const device = await makeDevice(b.services);
    const first = await enrol(b.services, device);
    const keys = await makeKeys();
    const answer = await requestCertificate(b.services, first, keys.csrBase64, EST_PATHS.simplereenroll);
    await assert.rejects(connect(first));
    const second = await connect({ key: keys.keyPem, cert: chainIn(answer.body) });
    assert.equal(second.connected, true);
    await second.endAsync();
  });

  it('ends-the-connection-of-a-revoked-device', async () => {
    const device = await makeDevice(b.services);
    const own = await enrol(b.services, device);
    const client = await connect(own);
    const ended = closed(client);
    await b.services.custody.revoke(device.bundle.deviceId, 'alice');
    await ended;
    await assert.rejects(connect(own));
  });

  it('reports-one-certificate-in-two-places', async () => {
    const device = await makeDevice(b.services);
    const own = await enrol(b.services, device);
    const first = await connect(own);
    const ended = closed(first);
    const second = await connect(own, { clientId: 'another' });
    await ended;
    assert.ok((await kinds(device.bundle.deviceId)).includes('certificate-used-twice'));
    await second.endAsync();
  });

  it('does-not-let-a-device-push-another-out-by-its-name', async () => {
    const victim = await connect();
    const device = await makeDevice(b.services);
    const attacker = await connect(await enrol(b.services, device), { clientId: deviceId });
    await victim.publishAsync(topicsOf(deviceId).telemetry, message({ temperature: 3 }), { qos: 1 });
    assert.equal(victim.connected, true);
    await Promise.all([victim.endAsync(), attacker.endAsync()]);
  });

  it('refuses-a-message-longer-than-the-limit', async () => {
    const client = await connect();
    const count = await rows();
    const padded = message({ temperature: 1 }).padEnd(MAX_MESSAGE_BYTES + 1);
    await client.publishAsync(topicsOf(deviceId).telemetry, padded, { qos: 1 });
    const ended = closed(client);
    client.publish(topicsOf(deviceId).telemetry, Buffer.alloc(MAX_PACKET_BYTES + 1), { qos: 1 });
    await ended;
    assert.equal(await rows(), count);
    await client.endAsync(true);
  });

  it('names-the-device-of-its-certificate', () => {
    assert.equal(new X509Certificate(identity.cert).subject, `CN=${deviceId}`);
  });
});

const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()));

/** Polls what another process's end brings about; fails after two seconds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it did not come about');
}
