import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { guardFor } from '../../../src/secrets/guards/open.ts';
import { contextFolders, tpm2Guard, tpmFault } from '../../../src/secrets/guards/tpm2.ts';
import { makeKeystore, openKeystore } from '../../../src/secrets/keystore.ts';
import { NO_TPM, startTpm, type Tpm } from '../../stand-in/elements.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tpm: Tpm;
let dataDir: string;

describe('a TPM as the guard', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    dataDir = join(folder.path, 'device');
    if (!NO_TPM) tpm = await startTpm(join(folder.path, 'tpm'));
  });
  afterEach(async () => {
    if (!NO_TPM) await tpm.stop();
    await folder.remove();
  });

  const needsTpm = { skip: NO_TPM };
  const DIGEST = '11'.repeat(32);
  /** What a register holds after it was extended (TPM 2.0 Part 1, 17.4). */
  const extended = (value: string): string =>
    createHash('sha256')
      .update(Buffer.from(value + DIGEST, 'hex'))
      .digest('hex');
  const make = (): void => makeKeystore(dataDir, 'HH100000001', new Date(0), guardFor(tpm.guard)).close();
  const open = (at = dataDir, settings = tpm.guard): void => openKeystore(at, guardFor(settings)).close();
  const powerCycle = async (): Promise<void> => {
    await tpm.stop();
    tpm = await startTpm(join(folder.path, 'tpm'));
  };

  test('refuses the keys to software that measures otherwise, until the device is as it was', needsTpm, async () => {
    make();
    tpm.extend(7, DIGEST);
    assert.throws(open, { code: 'key-unusable', message: /not measured/, cure: /device recover/ });
    await powerCycle();
    open();
    tpm.extend(5, DIGEST);
    open();
  });

  test('refuses the keys after the TPM was reset, and on another machine', needsTpm, async () => {
    make();
    const other = await startTpm(join(folder.path, 'other-tpm'));
    const copy = join(folder.path, 'copy');
    cpSync(dataDir, copy, { recursive: true });
    try {
      assert.throws(() => open(copy, other.guard), { code: 'key-unusable', message: /another one/ });
    } finally {
      await other.stop();
    }
    open();
    tpm.clear();
    assert.throws(open, { code: 'key-unusable', message: /reset/, cure: /device recover/ });
  });

  test('an absent TPM is a fault of its own: the keys may be whole', needsTpm, async () => {
    make();
    await tpm.stop();
    assert.throws(open, { code: 'element-unreachable', cure: /switched on/ });
    tpm = await startTpm(join(folder.path, 'tpm'));
    open();
  });

  test('an approved update opens before and after it, and once it is settled not before it', needsTpm, async () => {
    make();
    const store = openKeystore(dataDir, guardFor(tpm.guard));
    const keys = store.keys();
    store.reseal({ 7: extended(tpm.read(7)) });
    store.save({ ...keys, serial: 'HH100000002' });
    store.close();
    open();
    tpm.extend(7, DIGEST);
    const updated = openKeystore(dataDir, guardFor(tpm.guard));
    assert.equal(updated.keys().serial, 'HH100000002');
    updated.close();
    await powerCycle();
    open();
    tpm.extend(7, DIGEST);
    const stays = openKeystore(dataDir, guardFor(tpm.guard));
    stays.settle();
    assert.equal(stays.keys().serial, 'HH100000002');
    stays.close();
    open();
    await powerCycle();
    assert.throws(open, { code: 'key-unusable', message: /not measured/ });
  });

  test('the key is nowhere but in the pipes: no file, no object, no session of it stays', needsTpm, () => {
    const guard = tpm2Guard(tpm.guard, folder.path);
    const key = randomBytes(32);
    for (let time = 0; time < 5; time++) {
      const opened = guard.open(guard.seal(key));
      assert.deepEqual(opened, key);
      opened.fill(0);
    }
    assert.equal(tpm.loaded().trim(), '');
    const place = contextFolders(folder.path);
    assert.deepEqual(
      readdirSync(join(place, '..')).filter((name) => name.startsWith('hearthward-guard-')),
      [],
    );
  });

  test('refuses to unseal without the policy, whatever password comes', needsTpm, () => {
    const sealed = tpm2Guard(tpm.guard, folder.path).seal(randomBytes(32));
    const at = (name: string): string => join(folder.path, name);
    const write = (name: string, text = ''): void => writeFileSync(at(name), Buffer.from(text, 'base64'));
    write('public', sealed['public']);
    write('private', sealed['private']);
    tpm.tool('tpm2_createprimary', '-C', 'o', '-g', 'sha256', '-G', 'ecc', '-c', at('primary'));
    tpm.tool('tpm2_flushcontext', '-t');
    assert.equal(
      tpm.tool('tpm2_load', '-C', at('primary'), '-u', at('public'), '-r', at('private'), '-c', at('object')).status,
      0,
    );
    tpm.tool('tpm2_flushcontext', '-t');
    for (const auth of [[], ['-p', ''], ['-p', 'guess'], ['-p', 'pcr:sha256:0']]) {
      assert.equal(tpm.tool('tpm2_unseal', '-c', at('object'), ...auth).status, 1, auth.join(' '));
      tpm.tool('tpm2_flushcontext', '-t');
      tpm.tool('tpm2_flushcontext', '-l');
    }
    assert.equal(tpm.tool('tpm2_unseal', '-c', at('object'), '-p', 'pcr:sha256:0,7').status, 0);
  });

  test('refuses software that names other registers than the keys hang on', needsTpm, () => {
    make();
    assert.throws(() => open(dataDir, { ...tpm.guard, pcrs: [0] }), { code: 'key-unusable', message: /registers/ });
  });

  test('tells apart what a TPM answers', () => {
    const code = (said: string): string => tpmFault(`ERROR: Esys_Unseal(${said}) - tpm:`).code;
    assert.deepEqual(['0x99D', '0x128', '0x1DF', '0x922', '0x921'].map(code), [
      'key-unusable',
      'key-unusable',
      'key-unusable',
      'element-unreachable',
      'element-unreachable',
    ]);
    assert.equal(tpmFault('').code, 'element-unreachable');
  });
});
