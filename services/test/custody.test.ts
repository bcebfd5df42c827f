import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { EST_PATHS } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { openAuthority } from '../src/authority/authority.ts';
import { LIFETIMES } from '../src/authority/lifetimes.ts';
import { decide, GRACE, type Presented } from '../src/enrolment/decide.ts';
import { openEnrolment } from '../src/enrolment/enrol.ts';
import { isHeldFor, isTwoPlaces, SIGNS_UNTIL_HELD, type Takeover } from '../src/registry/decide.ts';
import { eventsOf } from '../src/telemetry/events.ts';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  bench,
  connectDevice,
  enrol,
  initialOf,
  makeDevice,
  makeKeys,
  requestCertificate,
  type TestBench,
} from './bench.ts';

const DAY = 86_400_000;

describe('custody of identities', () => {
  let b: TestBench;
  before(async () => {
    b = await bench();
  });
  after(() => b.end());
  const kinds = async (id: string) => (await eventsOf(b.services.store.db, id, 100)).map(({ kind }) => kind);
  const ended = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()));

  it('ends-the-open-connection-of-a-certificate-that-is-superseded', async () => {
    const device = await makeDevice(b.services);
    const first = await enrol(b.services, device);
    const client = await connectDevice(b.services, first);
    client.on('error', () => undefined);
    const closed = ended(client);
    const { csrBase64 } = await makeKeys();
    assert.equal((await requestCertificate(b.services, first, csrBase64, EST_PATHS.simplereenroll)).status, 200);
    await closed;
    await assert.rejects(connectDevice(b.services, first), { code: 5 });
  });

  it('holds-a-device-whose-initial-identity-asks-while-the-other-is-in-use', async () => {
    const device = await makeDevice(b.services);
    const id = device.bundle.deviceId;
    for (let sign = 1; sign <= SIGNS_UNTIL_HELD; sign++) {
      const other = await connectDevice(b.services, await enrol(b.services, device));
      other.on('error', () => undefined);
      const closed = ended(other);
      const { status } = await requestCertificate(b.services, initialOf(device), (await makeKeys()).csrBase64);
      assert.equal(status, sign < SIGNS_UNTIL_HELD ? 200 : 202);
      await closed;
    }
    assert.equal((await kinds(id)).filter((kind) => kind === 'identity-in-two-places').length, SIGNS_UNTIL_HELD);
    assert.equal((await b.services.registry.find(id))?.held?.because, 'two-places');
    assert.equal((await requestCertificate(b.services, initialOf(device), (await makeKeys()).csrBase64)).status, 202);
    assert.equal(await b.services.custody.release(id, 'alice'), true);
    const back = await connectDevice(b.services, await enrol(b.services, device));
    await back.endAsync();
  });

  it('knows-what-it-refuses-after-a-restart', async () => {
    const { openCustody } = await import('../src/registry/custody.ts');
    const device = await makeDevice(b.services);
    await enrol(b.services, device);
    const serial = (await b.services.registry.liveCertificate(device.bundle.deviceId))?.serial ?? '';
    await b.services.custody.hold(device.bundle.deviceId, 'two-places');
    const again = await openCustody(b.services.store, b.clock);
    assert.deepEqual([b.services.custody.refused(serial), again.refused(serial)], ['held', 'held']);
    assert.equal(await b.services.custody.revoke('nobody0000', 'alice'), false);
  });
});

describe('a device that was away', () => {
  const year = 365 * DAY;
  for (const [name, away, outcome] of [
    ['comes-back-within-the-grace-with-its-history', GRACE - DAY, 'returned'],
    ['is-held-beyond-it-until-a-person-releases-it', GRACE + DAY, 'held'],
    ['is-held-after-many-years-too', 8 * year, 'held'],
  ] as const)
    it(name, async () => {
      const b = await bench();
      try {
        const device = await makeDevice(b.services);
        const id = device.bundle.deviceId;
        await enrol(b.services, device);
        const epoch = (await b.services.registry.find(id))?.epoch;
        b.clock.advance(LIFETIMES.operational + away);
        const parts = { store: b.services.store, custody: b.services.custody, clock: b.clock };
        const authority = await openAuthority(join(b.dataDir, 'authority'), b.clock);
        const enrolment = openEnrolment({ ...parts, authority, algorithms: b.services.algorithms });
        const peer = new X509Certificate(device.bundle.initialIdentity[0] ?? '').raw;
        const ask = async () => enrolment.enrol('enrol', peer, Buffer.from((await makeKeys()).csrBase64, 'base64'));
        const first = await ask();
        assert.equal(first.ok, outcome === 'returned');
        if (outcome === 'held') {
          assert.ok(!first.ok && first.status === 202);
          assert.equal((await b.services.registry.find(id))?.held?.because, 'absent');
          const again = await ask();
          assert.ok(!again.ok && again.code === 'device-held');
          await b.services.custody.release(id, 'alice');
          assert.equal((await ask()).ok, true);
        }
        const after = (await b.services.registry.find(id))?.epoch;
        assert.equal(after, outcome === 'returned' ? epoch : (epoch ?? 0) + 1);
      } finally {
        await b.end();
      }
    });

  it('is-never-held-before-its-first-enrolment-however-long-it-lay-in-its-box', () => {
    const registered = { deviceId: 'a', kind: 'initial', status: 'live' } as const;
    const device = { revoked: false, held: false, absentSince: undefined, clearedAt: undefined };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * year }), (now) => {
        const presented: Presented = { signedBy: 'initial', notBefore: 0, notAfter: 20 * year, registered, device };
        assert.equal(decide('enrol', presented, now).ok, true);
        const kept = decide('enrol', { ...presented, device: { ...device, held: true } }, now);
        assert.equal(kept.ok, false);
      }),
    );
  });
});

describe('signs of a copied identity', () => {
  const takeover = (at: number, from: string, to: string): Takeover => ({ at, from, to });
  it('takes-a-move-and-a-dead-connection-for-what-they-are', () => {
    assert.equal(isTwoPlaces([], takeover(0, 'a', 'b')), false);
    assert.equal(isTwoPlaces([takeover(0, 'a', 'b')], takeover(1, 'b', 'c')), false);
    assert.equal(isTwoPlaces([takeover(0, 'a', 'a')], takeover(60_000, 'a', 'a')), false);
  });
  it('sees-two-that-push-each-other-out', () => {
    assert.equal(isTwoPlaces([takeover(0, 'a', 'b')], takeover(1000, 'b', 'a')), true);
    const fight = Array.from({ length: 20 }, (_, index) => takeover(index * 1000, 'a', 'a'));
    assert.equal(isTwoPlaces(fight, takeover(20_000, 'a', 'a')), true);
    assert.equal(isTwoPlaces(fight, takeover(2 * 3_600_000, 'a', 'a')), false);
  });
  it('forgets-signs-after-a-day', () => {
    assert.equal(isHeldFor([0, 1, 2], 3), true);
    assert.equal(isHeldFor([0, 1], 3), false);
    assert.equal(isHeldFor([0, 1, DAY], DAY + 1), false);
  });
});
