import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bucketOf, memberOf, topicsOf, UpdateHint, type Offer } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { silent } from '../../src/front/log.ts';
import { openStore } from '../../src/store/open.ts';
import { HINTS_PER_SECOND, openHints } from '../../src/updates/rollout/hints.ts';
import { bench, connectDevice, enrol, makeDevice } from '../bench.ts';

const SALT = '0'.repeat(32);
const OFFER: Offer = {
  version: '1.1.0',
  number: 2,
  image: 'hub/releases/1.1.0/image.json',
  state: 'offered',
  salt: SALT,
  below: 10_000,
  members: [],
  jitterSeconds: 0,
};

async function fleetOf(t: TestContext, devices: number) {
  const dir = await mkdtemp(join(tmpdir(), 'hints-'));
  const store = await openStore(dir, { now: () => 1 });
  t.after(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });
  const never = { enrolled_at: 1, revoked_at: null, held_at: null, held_because: null, cleared_at: null };
  await store.transaction(async (tx) => {
    for (let at = 0; at < devices; at++) {
      const id = `device${String(at).padStart(4, '0')}`;
      const product_id = at % 10 === 9 ? 'camera' : 'hub';
      const made = { product_id, serial: id, batch: 'b', mac: '', fingerprint: '', made_at: 1, epoch: 1, ...never };
      await tx
        .insertInto('devices')
        .values({ device_id: id, ...made })
        .execute();
      const connected = at % 2;
      await tx.insertInto('device_state').values({ device_id: id, connected, last_seen: null }).execute();
    }
  });
  const told: string[] = [];
  const hints = openHints({
    store,
    log: silent,
    send: (deviceId, topic, payload) => {
      assert.equal(topic, topicsOf(deviceId).updates);
      assert.ok(Value.Check(UpdateHint, JSON.parse(payload)));
      told.push(deviceId);
      return true;
    },
  });
  t.after(hints.close);
  return { hints, told };
}

test('connected-devices-of-the-product-are-told-once-each-and-never-more-than-so-many-in-a-second', async (t) => {
  const { hints, told } = await fleetOf(t, 400);
  hints.tell('hub', [OFFER]);
  const seconds: number[] = [];
  for (let n = await hints.step(); n > 0; n = await hints.step()) seconds.push(n);
  assert.deepEqual(seconds, [HINTS_PER_SECOND, HINTS_PER_SECOND, HINTS_PER_SECOND, 10]);
  assert.equal(new Set(told).size, told.length);
  assert.ok(told.every((id) => Number(id.slice(-1)) % 2 === 1 && !id.endsWith('9')));
});

test('only-devices-of-the-share-and-testers-are-told', async (t) => {
  const { hints, told } = await fleetOf(t, 400);
  const tester = 'device0001';
  hints.tell('hub', [{ ...OFFER, below: 1000, members: [memberOf(SALT, tester)] }]);
  while ((await hints.step()) > 0);
  assert.ok(told.includes(tester) && told.length > 5 && told.length < 40, `${told.length} were told`);
  assert.ok(told.every((id) => id === tester || bucketOf(SALT, id) < 1000));
});

test('what-changes-meanwhile-takes-the-place-of-what-was-to-be-told', async (t) => {
  const { hints, told } = await fleetOf(t, 400);
  hints.tell('hub', [OFFER]);
  await hints.step();
  hints.tell('hub', [{ ...OFFER, state: 'halted' }]);
  while ((await hints.step()) > 0);
  assert.equal(told.length, HINTS_PER_SECOND + 160);
  hints.tell('hub', []);
  assert.equal(await hints.step(), 0);
});

test('a-device-hears-its-own-hint-through-the-front-end-and-nobody-elses', async (t) => {
  const b = await bench();
  t.after(() => b.end());
  const devices = await Promise.all([makeDevice(b.services), makeDevice(b.services)]);
  const heard: string[] = [];
  for (const device of devices) {
    const { deviceId } = device.bundle;
    const client = await connectDevice(b.services, await enrol(b.services, device));
    t.after(() => client.endAsync(true));
    client.on('message', (topic, payload) => void heard.push(`${deviceId} ${topic} ${payload.toString()}`));
    await client.subscribeAsync(topicsOf(deviceId).updates, { qos: 1 });
  }
  const hints = openHints({ store: b.services.store, log: silent, send: b.services.carry });
  t.after(hints.close);
  hints.tell('hub', [OFFER]);
  assert.equal(await hints.step(), 2);
  for (let waits = 0; heard.length < 2 && waits < 200; waits++) await new Promise((done) => setTimeout(done, 10));
  const expected = devices.map(({ bundle }) => `${bundle.deviceId} ${topicsOf(bundle.deviceId).updates} {"v":1}`);
  assert.deepEqual(heard.sort(), expected.sort());
});
