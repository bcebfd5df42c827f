import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { startSwupdatePeer, ubootStarts, type SwupdatePeer } from '@hearthward/testbed/updates';
import type { SlotBackend } from '../../../src/updates/backend.ts';
import { ubootEnvironment, type BootEnvironment } from '../../../src/updates/backends/boot-environment.ts';
import { swupdateInstaller } from '../../../src/updates/backends/swupdate.ts';
import { beginSystemSlots, systemSlots } from '../../../src/updates/backends/system-slots.ts';
import { systemDisk } from '../../../src/updates/slots/disk.ts';
import type { SlotName } from '../../../src/updates/slots/records.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';
import { imageOf } from '../../stand-in/images.ts';

const NO_TOOLS = spawnSync('which', ['fw_setenv']).status === 0 ? false : 'needs fw_setenv (libubootenv-tool)';
const systemImage = (number: number, bundle: string) =>
  imageOf({ number, securityVersion: number + 2 }, { 'hub.js': bundle });
const one = systemImage(1, 'SWU one');
const BUNDLE = `SWU two ${'x'.repeat(300_000)}`;
const two = systemImage(2, BUNDLE);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let peer: SwupdatePeer;
let slots: string;
let environment: BootEnvironment;

describe('SWUpdate behind the slots', { skip: NO_TOOLS }, () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    peer = await startSwupdatePeer(join(folder.path, 'sockinstctrl'));
    slots = join(folder.path, 'slots');
    mkdirSync(slots);
    beginSystemSlots(systemDisk, slots, one.image);
    environment = ubootIn(folder.path, 'boot_slot=a\0upgrade_available=0\0');
  });
  afterEach(async () => {
    await peer.stop();
    await folder.remove();
  });

  const runningFrom = (booted: SlotName, socket = join(folder.path, 'sockinstctrl')): SlotBackend =>
    systemSlots({
      installer: swupdateInstaller({
        socket,
        environment,
        booted,
        selection: { set: 'stable', a: 'copy-a', b: 'copy-b' },
        answerMillis: 500,
        idleMillis: 500,
      }),
      disk: systemDisk,
      folder: slots,
      slotBytes: 1_000_000,
    });
  test('an update is written to the other place, started when it is armed, counted, and confirmed', async () => {
    const before = runningFrom('a');
    assert.ok((await before.stage(two)).ok);
    assert.equal(peer.written.get('copy-b')?.toString(), BUNDLE);
    assert.equal(environment.read('boot_slot'), 'a');
    await before.arm(two.image.digest);
    assert.deepEqual([environment.read('boot_slot'), environment.read('upgrade_available')], ['b', '1']);
    const after = runningFrom(ubootStarts(environment, () => true));
    assert.deepEqual([(await after.status()).running, (await after.status()).onTrial], [two.image, true]);
    await after.confirm(two.image.digest);
    assert.deepEqual([environment.read('upgrade_available'), (await after.status()).floor], ['0', 3]);
  });

  test('a system that does not come up is left, and what ran before is told of it', async () => {
    const before = runningFrom('a');
    assert.ok((await before.stage(two)).ok);
    await before.arm(two.image.digest);
    const booted = ubootStarts(environment, (slot) => slot === 'a');
    const { running, failed } = await runningFrom(booted).status();
    assert.deepEqual([running, failed], [one.image, { image: two.image, because: 'tries-exhausted' }]);
  });

  test('a rollback of the trial leads back with its reason', async () => {
    const before = runningFrom('a');
    assert.ok((await before.stage(two)).ok);
    await before.arm(two.image.digest);
    await runningFrom(ubootStarts(environment, () => true)).rollback(two.image.digest, 'unhealthy-api');
    assert.equal(environment.read('ustate'), '3');
    const { running, failed } = await runningFrom(ubootStarts(environment, () => true)).status();
    assert.deepEqual([running, failed], [one.image, { image: two.image, because: 'unhealthy-api' }]);
  });

  test('what SWUpdate refuses, and that it is busy, is told in its own words; nothing is started, and the release is not blamed', async () => {
    const backend = runningFrom('a');
    const bad = await backend.stage(systemImage(2, 'no bundle'));
    assert.deepEqual(bad, {
      ok: false,
      code: 'slot-damaged',
      because: 'Image invalid or corrupted. Not installing ...',
    });
    peer.behave = 'busy';
    const busy = await backend.stage(two);
    assert.deepEqual(busy, { ok: false, code: 'slot-damaged', because: 'Installation in progress' });
    peer.behave = 'closes-early';
    const early = await backend.stage(two);
    assert.equal(!early.ok && early.code, 'slot-damaged');
    assert.deepEqual([(await backend.status()).staged, environment.read('boot_slot')], [null, 'a']);
    peer.behave = 'well';
    assert.ok((await backend.stage(two)).ok);
  });

  test('SWUpdate that ends, hangs, is not there or is somebody else is told in words; later it goes on', async () => {
    const backend = runningFrom('a');
    peer.behave = 'ends';
    await assert.rejects(backend.stage(two), { code: 'slots-unusable', message: /not running/, cure: /service/ });
    await assert.rejects(backend.stage(two), { code: 'slots-unusable', message: /not running/ });
    await peer.start();
    peer.behave = 'stranger';
    await assert.rejects(backend.stage(two), { message: /is not SWUpdate/ });
    await peer.stop();
    await peer.start();
    peer.behave = 'hangs';
    await assert.rejects(backend.stage(two), { message: /silent for too long/ });
    await peer.stop();
    await peer.start();
    peer.behave = 'well';
    assert.ok((await backend.stage(two)).ok);
    assert.equal(environment.read('boot_slot'), 'a');
  });

  test('an environment that does not say which place starts is a fault with a cure', async () => {
    environment = ubootIn(join(folder.path, 'other'));
    await assert.rejects(runningFrom('a').status(), { code: 'slots-unusable', message: /boot_slot/ });
    environment = ubootEnvironment(join(folder.path, 'nowhere'));
    assert.throws(() => environment.write({ boot_slot: 'b' }), { code: 'slots-unusable', cure: /rights/ });
  });
});

const ENVIRONMENT_BYTES = 0x4000;
/** Two copies of an environment in files, as a flash chip has them: checksum, flag, then `name=value` each. */
const ubootIn = (at: string, variables = ''): BootEnvironment => {
  mkdirSync(at, { recursive: true });
  const config = join(at, 'fw_env.config');
  const made = Buffer.alloc(ENVIRONMENT_BYTES);
  made.write(`bootdelay=2\0${variables}\0`, 5, 'latin1');
  made.writeUInt32LE(crc32(made.subarray(5)));
  for (const copy of ['env', 'env2']) writeFileSync(join(at, copy), made);
  writeFileSync(
    config,
    ['env', 'env2'].map((copy) => `${join(at, copy)} 0x0 0x${ENVIRONMENT_BYTES.toString(16)}\n`).join(''),
  );
  return ubootEnvironment(config);
};
