import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startFleet, until, type Fleet, type Member } from './fleet.ts';

/** EN 303 645 5.5-3: algorithms of a fleet are swapped by the manufacturer's policy while it works. */
describe('a fleet changes its algorithms while it works', { timeout: 400_000 }, () => {
  const SIZE = 3;
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet(SIZE);
  });
  after(() => fleet.stop());

  const wanted = () => fleet.services.algorithms.wanted();
  const liveSerial = async ({ deviceId }: Member) =>
    (await fleet.services.registry.liveCertificate(deviceId))?.serial ?? '';

  const renewAll = async (): Promise<void> => {
    for (const member of fleet.members) {
      await until(() => member.running.isConnected());
      const before = await liveSerial(member);
      await member.running.keys.renew(['channel']);
      await until(async () => member.running.isConnected() && (await liveSerial(member)) !== before);
    }
  };
  const nothingLost = async (): Promise<void> => {
    for (const { deviceId } of fleet.members) {
      const first = (await fleet.received(deviceId)).length;
      await until(async () => (await fleet.received(deviceId)).length > first + 1);
      assert.deepEqual(await fleet.lost(deviceId), [], `${deviceId}: every message arrived`);
    }
  };

  for (const [next, old] of [
    ['ecdsa-p384-sha384', 'ecdsa-p256-sha256'],
    ['ed25519', 'ecdsa-p384-sha384'],
  ] as const) {
    it(`moves every device from ${old} to ${next}, loses no message, then refuses ${old}`, async () => {
      const { algorithms } = fleet.services;
      assert.deepEqual(await algorithms.prefer(next, 'operator'), { ok: true });
      assert.equal((await wanted()).signature, next);
      // one device is left behind, and is still served
      const [late, ...movers] = fleet.members;
      assert.ok(late);
      for (const member of movers) {
        await until(() => member.running.isConnected());
        const before = await liveSerial(member);
        await member.running.keys.renew(['channel']);
        await until(async () => member.running.isConnected() && (await liveSerial(member)) !== before);
      }
      assert.ok(late.running.isConnected(), 'the old algorithm is served beside the new one');
      assert.deepEqual(await algorithms.refuse(old, Date.now(), 'operator'), { ok: true });
      assert.equal(await algorithms.statusOf(old), 'refused');
      // it comes back with a key that is refused now, asks what to use, and moves
      const before = await liveSerial(late);
      await late.running.stop();
      await late.start();
      await until(() => late.running.isConnected());
      assert.notEqual(await liveSerial(late), before, 'it made a new key before it was served again');
      await nothingLost();
    });
  }

  it('re-seals what the devices keep, by the same policy, and keeps it over a restart', async () => {
    assert.deepEqual(await fleet.services.algorithms.prefer('chacha20-poly1305', 'operator'), { ok: true });
    for (const { running } of fleet.members) assert.equal(running.keys.sealing(), 'aes-256-gcm');
    await renewAll();
    for (const member of fleet.members) {
      await until(() => member.running.keys.sealing() === 'chacha20-poly1305');
      await member.running.stop();
      await member.start();
      assert.equal(member.running.keys.sealing(), 'chacha20-poly1305');
      assert.equal(member.running.state(), 'initialised');
      await until(() => member.running.isConnected());
    }
    await nothingLost();
  });

  it('refuses what the registry refuses or does not know, and the last algorithm that is left', async () => {
    const { algorithms } = fleet.services;
    const codes = [
      await algorithms.prefer('rsa-2048-sha256', 'operator'),
      await algorithms.prefer('ecdsa-p256-sha256', 'operator'),
      await algorithms.prefer('__proto__', 'operator'),
      await algorithms.refuse('ed25519', Date.now(), 'operator'),
    ].map((changed) => (changed.ok ? 'ok' : changed.code));
    assert.deepEqual(codes, ['algorithm-refused', 'algorithm-refused', 'algorithm-unknown', 'nothing-left']);
  });

  it('leaves a record of each choice', async () => {
    const { db } = fleet.services.store;
    const trail = await db.selectFrom('audit').select(['action', 'subject']).where('actor', '=', 'operator').execute();
    assert.deepEqual(
      trail.map(({ action, subject }) => `${action} ${subject}`),
      [
        'algorithm-preferred ecdsa-p384-sha384',
        'algorithm-refused ecdsa-p256-sha256',
        'algorithm-preferred ed25519',
        'algorithm-refused ecdsa-p384-sha384',
        'algorithm-preferred chacha20-poly1305',
      ],
    );
  });
});
