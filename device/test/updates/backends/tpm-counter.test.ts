import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pinFirstImage } from '../../../src/manufacture/manufacture.ts';
import { ownSlots, type FloorCounter } from '../../../src/updates/backend.ts';
import { tpmCounter } from '../../../src/updates/backends/tpm-counter.ts';
import { systemDisk } from '../../../src/updates/slots/disk.ts';
import { agreeOnFloor } from '../../../src/updates/slots/floors.ts';
import { installFirstImage } from '../../../src/updates/slots/slots.ts';
import { NO_TPM, startTpm, type Tpm } from '../../stand-in/elements.ts';
import { manufactured, temporaryFolder } from '../../stand-in/factory.ts';
import { imageOf } from '../../stand-in/images.ts';

const LOADER = fileURLToPath(new URL('../../../src/processes/loader.ts', import.meta.url));
const INDEX = 0x1804877;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tpm: Tpm;
let counter: FloorCounter;

describe('the floor in a counter of the TPM', { skip: NO_TPM }, () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    tpm = await startTpm(join(folder.path, 'tpm'));
    counter = tpmCounter({ tcti: tpm.guard.tcti });
  });
  afterEach(async () => {
    await tpm.stop();
    await folder.remove();
  });
  const handle = (index: number): string => `0x${index.toString(16)}`;
  const undefine = (index: number): void => {
    assert.equal(tpm.tool('tpm2_nvundefine', '-C', 'o', handle(index)).status, 0);
  };

  test('is zero before it is begun, rises to what it is told, and never falls; a power cycle leaves it', async () => {
    assert.equal(await counter.read(), 0);
    await counter.raise(3);
    assert.equal(await counter.read(), 3);
    await counter.raise(3);
    await counter.raise(1);
    assert.equal(await counter.read(), 3);
    await counter.raise(5);
    await tpm.stop();
    tpm = await startTpm(join(folder.path, 'tpm'));
    assert.equal(await counter.read(), 5);
    assert.equal(tpm.loaded().trim(), '');
  });

  test('nobody writes it, and where it began is locked', async () => {
    await counter.raise(4);
    for (const index of [INDEX, INDEX + 1]) {
      const tried = tpm.tool('tpm2_nvwrite', '-C', handle(index), '-i', '/dev/zero', handle(index));
      const asOwner = tpm.tool('tpm2_nvwrite', '-C', 'o', '-i', '/dev/zero', handle(index));
      assert.ok(tried.status !== 0 && asOwner.status !== 0);
    }
    assert.equal(await counter.read(), 4);
  });

  test('one that was removed is missed by the other places, and counts on from the highest that it ever had', async () => {
    await counter.raise(4);
    undefine(INDEX);
    assert.equal(await counter.read(), 0);
    assert.deepEqual(agreeOnFloor({ record: 4, store: 4, counter: await counter.read() }), {
      floor: 4,
      tampered: ['counter'],
    });
    await counter.raise(4);
    assert.ok((await counter.read()) >= 4);
    undefine(INDEX + 1);
    assert.equal(await counter.read(), 0);
    await counter.raise(4);
    assert.equal(await counter.read(), 4);
  });

  test('a TPM that its owner reset reads as zero, and is raised again', async () => {
    await counter.raise(2);
    tpm.clear();
    assert.equal(await counter.read(), 0);
    await counter.raise(2);
    assert.equal(await counter.read(), 2);
  });

  test('a power cut while it is begun leaves zero, and the next raise begins it whole', async () => {
    const attributes = 'ownerread|ownerwrite|authread|authwrite|no_da|nt=counter';
    assert.equal(tpm.tool('tpm2_nvdefine', '-C', 'o', '-s', '8', '-a', attributes, handle(INDEX)).status, 0);
    assert.equal(await counter.read(), 0);
    tpm.tool('tpm2_nvincrement', '-C', handle(INDEX), handle(INDEX));
    assert.equal(await counter.read(), 0);
    await counter.raise(2);
    assert.equal(await counter.read(), 2);
  });

  test('a TPM that is absent, and a floor that would rise without measure, are faults with a cure', async () => {
    await assert.rejects(counter.raise(5000), { code: 'slots-unusable', cure: /steps/ });
    await tpm.stop();
    await assert.rejects(counter.read(), { code: 'element-unreachable', cure: /switched on/ });
    tpm = await startTpm(join(folder.path, 'tpm'));
  });

  test('an old copy of the whole disk does not bring the old floor back: the slots say what the TPM knows', async () => {
    const slots = join(folder.path, 'slots');
    mkdirSync(slots);
    assert.ok((await installFirstImage(systemDisk, slots, imageOf({ number: 1, securityVersion: 3 }), 1_000_000)).ok);
    const backend = ownSlots({ disk: systemDisk, folder: slots, running: 'a', slotBytes: 1_000_000, counter });
    await backend.keepFloor(3);
    const copy = join(folder.path, 'copy');
    cpSync(slots, copy, { recursive: true });
    await backend.keepFloor(4);
    rmSync(slots, { recursive: true });
    cpSync(copy, slots, { recursive: true });
    const { floor, counter: counted } = await backend.status();
    assert.deepEqual([floor, counted], [3, 4]);
    assert.deepEqual(agreeOnFloor({ record: floor, store: 3, counter: counted }), {
      floor: 4,
      tampered: ['record', 'store'],
    });
  });

  test('the loader starts nothing that is below what the TPM counted', async () => {
    const image = imageOf({ number: 1, securityVersion: 3 }, { 'hub.js': 'process.exitCode = 7;' });
    await manufactured(folder.path);
    pinFirstImage(folder.path, image.image);
    mkdirSync(join(folder.path, 'slots'));
    assert.ok((await installFirstImage(systemDisk, join(folder.path, 'slots'), image, 1_000_000)).ok);
    const loaded = (...options: string[]) =>
      spawnSync(process.execPath, [LOADER, '--data', folder.path, ...options], { encoding: 'utf8' });
    const element = ['--tpm', tpm.guard.tcti];
    await counter.raise(3);
    assert.equal(loaded(...element).status, 7);
    await counter.raise(4);
    const refused = loaded(...element);
    assert.equal(refused.status, 65);
    assert.match(refused.stderr, /^No slot can be started: .*\(slots-unusable\)\. Install the device anew/);
    assert.equal(loaded('--tmp', 'x').status, 64);
  });
});
