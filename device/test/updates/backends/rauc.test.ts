import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createClient } from 'dbus-native';
import { bundleOf, NO_BUS, startBus, startRaucPeer, type RaucPeer } from '@hearthward/testbed/updates';
import type { SlotBackend } from '../../../src/updates/backend.ts';
import { raucInstaller, type Rauc } from '../../../src/updates/backends/rauc.ts';
import { beginSystemSlots, systemSlots } from '../../../src/updates/backends/system-slots.ts';
import { systemDisk } from '../../../src/updates/slots/disk.ts';
import type { SlotRecord } from '../../../src/updates/slots/records.ts';
import { readRecord } from '../../../src/updates/slots/slots.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';
import { imageOf } from '../../stand-in/images.ts';

const COMPATIBLE = 'hearthward-hub';
const systemImage = (number: number, bundle: Buffer, securityVersion = number + 2) =>
  imageOf({ number, securityVersion }, { 'hub.js': bundle.toString() });
const one = systemImage(1, bundleOf(COMPATIBLE, 'factory'));
const two = systemImage(2, bundleOf(COMPATIBLE, 'two'));
const three = systemImage(3, bundleOf(COMPATIBLE, 'three'));
const SLOTS = { a: 'rootfs.0', b: 'rootfs.1' };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let bus: Awaited<ReturnType<typeof startBus>>;
let peer: RaucPeer;
let rauc: Rauc;
let slots: string;
let backend: SlotBackend;

describe('RAUC behind the slots', { skip: NO_BUS }, () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    bus = await startBus(join(folder.path, 'bus'));
    peer = await startRaucPeer(bus.address, COMPATIBLE);
    slots = join(folder.path, 'slots');
    mkdirSync(slots);
    beginSystemSlots(systemDisk, slots, one.image);
    rauc = raucInstaller({ slots: SLOTS, bus: bus.address, answerMillis: 2000, idleMillis: 300 });
    backend = systemSlots({ installer: rauc, disk: systemDisk, folder: slots, slotBytes: 1_000_000 });
  });
  afterEach(async () => {
    await rauc.close();
    await peer.stop();
    await bus.stop();
    await folder.remove();
  });

  const record = (): SlotRecord => {
    const held = readRecord(systemDisk, slots);
    assert.ok(held);
    return held.record;
  };
  const onTrial = async (image: typeof two): Promise<void> => {
    const staged = await backend.stage(image);
    assert.ok(staged.ok, staged.ok ? '' : staged.because);
    await backend.arm(image.image.digest);
    await peer.reboot();
  };
  /** What a restart finds: nothing that this process remembers takes part. */
  const status = () => backend.status();

  test('an update is written, started by nobody before it is armed, tried, and confirmed; the floor follows one step behind', async () => {
    assert.ok((await backend.stage(two)).ok);
    assert.equal(peer.slot('rootfs.1').contents, bundleOf(COMPATIBLE, 'two').toString());
    assert.equal(existsSync(join(slots, 'bundle')), false);
    assert.equal(peer.primary(), 'rootfs.0');
    await peer.reboot();
    assert.equal(peer.booted(), 'rootfs.0');
    assert.deepEqual((await status()).staged, two.image);
    await backend.arm(two.image.digest);
    assert.equal(peer.primary(), 'rootfs.1');
    await peer.reboot();
    assert.deepEqual(await status(), {
      running: two.image,
      onTrial: true,
      next: two.image,
      staged: null,
      failed: null,
      floor: 3,
    });
    await backend.confirm(two.image.digest);
    assert.equal(peer.slot('rootfs.1').left, 3);
    assert.deepEqual([(await status()).onTrial, (await status()).floor], [false, 3]);
    await onTrial(three);
    await backend.confirm(three.image.digest);
    assert.deepEqual([(await status()).running, (await status()).floor], [three.image, 4]);
  });

  test('refuses a bundle whose signature RAUC does not know, and one for another product, with RAUC’s own words', async () => {
    for (const [bundle, because] of [
      ['no bundle at all', /signature verification failed/],
      [bundleOf('somebody-elses', 'two').toString(), /it is for somebody-elses/],
    ] as const) {
      const staged = await backend.stage(systemImage(2, Buffer.from(bundle)));
      assert.ok(!staged.ok);
      assert.equal(staged.code, 'image-refused');
      assert.match(staged.because, because);
      assert.deepEqual([peer.primary(), peer.slot('rootfs.1').contents], ['rootfs.0', '']);
      assert.equal(existsSync(join(slots, 'bundle')), false);
    }
  });

  test('bytes that are not the signed ones, and what is below the floor, never reach RAUC', async () => {
    const altered = { ...two, open: () => [bundleOf(COMPATIBLE, 'evil')] };
    const old = systemImage(2, bundleOf(COMPATIBLE, 'old'), 2);
    const many = imageOf({ number: 2, securityVersion: 4 });
    for (const [source, code] of [
      [altered, 'bytes-corrupt'],
      [old, 'below-floor'],
      [many, 'image-refused'],
    ] as const) {
      const staged = await backend.stage(source);
      assert.equal(!staged.ok && staged.code, code);
      assert.equal(peer.slot('rootfs.1').contents, '');
    }
  });

  test('a write that fails is no fault of the release: the same one is installed at the next try', async () => {
    peer.behave = 'fails';
    const staged = await backend.stage(two);
    assert.deepEqual(staged, {
      ok: false,
      code: 'slot-damaged',
      because: 'Failed updating slot rootfs.1: failed to write',
    });
    assert.deepEqual([record().slots.b, peer.primary()], [{ state: 'empty' }, 'rootfs.0']);
    peer.behave = 'well';
    assert.ok((await backend.stage(two)).ok);
  });

  test('RAUC that ends, falls silent or is not there is told in words, and nothing is started; later it goes on', async () => {
    peer.behave = 'ends';
    await assert.rejects(backend.stage(two), { code: 'slots-unusable', message: /ended meanwhile/, cure: /service/ });
    await assert.rejects(backend.status(), { message: /not running/ });
    await peer.start();
    peer.behave = 'hangs';
    await assert.rejects(backend.stage(two), { message: /silent for too long/ });
    // it is still at it, and takes no second one
    await assert.rejects(backend.stage(two), { message: /silent for too long/ });
    assert.deepEqual([(await status()).staged, peer.primary()], [null, 'rootfs.0']);
    await peer.reboot();
    peer.behave = 'well';
    assert.ok((await backend.stage(two)).ok);
  });

  test('a bus that is not there is a fault with a cure', async () => {
    const nowhere = raucInstaller({ slots: SLOTS, bus: `unix:path=${join(folder.path, 'nowhere')}` });
    await assert.rejects(nowhere.look(), { code: 'slots-unusable', cure: /service/ });
    await nowhere.close();
  });

  test('a signal that somebody else on the bus sends does not make an installation succeed', async () => {
    peer.behave = 'hangs';
    const forger = createClient({ busAddress: bus.address });
    await forger.getId();
    const forging = setInterval(
      () => forger.sendSignal('/', 'de.pengutronix.rauc.Installer', 'Completed', 'i', [0]),
      20,
    );
    await assert.rejects(backend.stage(two), { message: /silent for too long/ });
    clearInterval(forging);
    await forger.close();
    assert.equal((await status()).staged, null);
  });

  test('a system that does not come up is left by the boot loader, and told of as what it was', async () => {
    const broken = systemImage(2, bundleOf(COMPATIBLE, 'two', false));
    await onTrial(broken);
    assert.equal(peer.booted(), 'rootfs.0');
    const { running, failed, next } = await status();
    assert.deepEqual([running, next], [one.image, one.image]);
    assert.deepEqual(failed, { image: broken.image, because: 'tries-exhausted' });
    await onTrial(three);
    assert.deepEqual((await status()).running, three.image);
  });

  test('a rollback leads back with its reason, also where the power went between the record and the boot loader', async () => {
    await onTrial(two);
    await peer.stop();
    await assert.rejects(backend.rollback(two.image.digest, 'unhealthy-control'));
    await peer.start();
    await backend.rollback(two.image.digest, 'unhealthy-control');
    assert.deepEqual([peer.primary(), peer.slot('rootfs.1').left], ['rootfs.0', 0]);
    await peer.reboot();
    assert.deepEqual((await status()).failed, { image: two.image, because: 'unhealthy-control' });
  });

  test('restarts in good order are given back so many times, and no more', async () => {
    await onTrial(two);
    for (let time = 0; time < 6; time += 1) {
      await backend.giveBack();
      assert.equal(peer.slot('rootfs.1').left, time < 4 ? 3 : 3 - (time - 3), `restart ${time}`);
      await peer.reboot();
    }
    assert.equal(peer.booted(), 'rootfs.1');
    await peer.reboot();
    assert.equal(peer.booted(), 'rootfs.0');
  });

  test('what somebody installed by hand is not taken for the release that was agreed to', async () => {
    assert.ok((await backend.stage(two)).ok);
    peer.byHand('rootfs.1', 'BUNDLE by hand works');
    await backend.arm(two.image.digest);
    assert.deepEqual([(await status()).staged, peer.primary()], [null, 'rootfs.0']);
    peer.byHand('rootfs.0', 'BUNDLE by hand works');
    await assert.rejects(backend.status(), { code: 'slots-unusable', message: /installed by somebody else/ });
  });

  test('an installer that starts what it installs is put right, and told of', async () => {
    peer.behave = 'activates';
    await assert.rejects(backend.stage(two), { code: 'slots-unusable', message: /without being told/ });
    assert.deepEqual([peer.primary(), (await status()).staged], ['rootfs.0', null]);
  });

  test('a boot loader that somebody makes start a release below the floor is told to leave it', async () => {
    await onTrial(two);
    await backend.confirm(two.image.digest);
    await backend.keepFloor(4);
    assert.equal((await status()).floor, 4);
    peer.activate('rootfs.0');
    await peer.reboot();
    assert.equal(peer.booted(), 'rootfs.0');
    const found = await status();
    assert.deepEqual([found.running, found.next], [one.image, two.image]);
    assert.equal(peer.primary(), 'rootfs.1');
  });

  test('both records lost: what was put into the place that runs is known from beside it, and the floor holds', async () => {
    await onTrial(two);
    await backend.confirm(two.image.digest);
    for (const name of ['record-0', 'record-1']) writeFileSync(join(slots, name), Buffer.alloc(512, 1));
    const found = await status();
    assert.deepEqual([found.running, found.floor, found.staged], [two.image, 3, null]);
    for (const name of ['record-0', 'record-1']) writeFileSync(join(slots, name), Buffer.alloc(512));
    rmSync(join(slots, 'b'), { recursive: true });
    await assert.rejects(backend.status(), { code: 'slots-unusable', cure: /made anew/ });
  });
});
