import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Value } from 'typebox/value';
import { IdentityRequest } from '@hearthward/protocol';
import { installFactoryBundle, prepareDevice } from '../../src/manufacture/manufacture.ts';
import type { GuardSettings } from '../../src/secrets/guards/guard.ts';
import { guardFor } from '../../src/secrets/guards/open.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { signerFlags } from '../../src/processes/boot/privileges.ts';
import { makeToken, NO_TOKEN, NO_TPM, startTpm } from '../stand-in/elements.ts';
import { ANYWHERE, bundleFor, temporaryFolder } from '../stand-in/factory.ts';
import { commandOf, declaredWith, productWith, ran, started } from '../stand-in/product.ts';

/** Whole devices on a hardware element: what they do when their keys open, and when they do not. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let dataDir: string;
const closers: (() => unknown)[] = [];

describe('whole devices on a hardware element', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    dataDir = join(folder.path, 'device');
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await folder.remove();
  });

  const made = async (guard: GuardSettings): Promise<string> => {
    const declaration = declaredWith(guard.kind);
    const request = await prepareDevice({
      dataDir,
      declaration,
      serial: 'HH100000001',
      mac: '02:00:00:00:00:01',
      guard,
    });
    const bundle = bundleFor(dataDir, request.serial, { guard });
    await installFactoryBundle({ dataDir, bundle, listen: ANYWHERE, guard });
    const software = join(folder.path, 'software');
    mkdirSync(software, { recursive: true });
    return productWith(software, guard);
  };
  const linux = process.platform !== 'linux' && 'it looks into /proc';
  const ONE_LINE = /^[^\n]+ \([a-z-]+\)\. [^\n]+\n$/;

  test(
    'on a TPM: starts, gives up after a changed measurement without opening a port, and recovers',
    { skip: NO_TPM || linux, timeout: 400_000 },
    async () => {
      const tpm = await startTpm(join(folder.path, 'tpm'));
      closers.push(tpm.stop);
      const product = await made(tpm.guard);
      const device = await started(product, dataDir);
      closers.push(device.stop);
      assert.ok(device.listen['panel']);
      assert.ok(commandOf(device.children().signer).includes('--allow-child-process'));
      assert.equal(commandOf(device.children().core).includes('--allow-child-process'), false);
      await device.stop();
      assert.equal(
        (await ran(product, '--data', dataDir, '--recover', '--yes')).code,
        65,
        'refused while the keys open',
      );

      tpm.extend(0, '11'.repeat(32));
      const gaveUp = await ran(product, '--data', dataDir);
      assert.deepEqual([gaveUp.code, gaveUp.out], [65, '']);
      assert.match(gaveUp.error, ONE_LINE);
      assert.match(gaveUp.error, /not measured .* \(key-unusable\)\. .*device recover/);

      const unconfirmed = await ran(product, '--data', dataDir, '--recover');
      assert.deepEqual([unconfirmed.code, unconfirmed.out], [64, '']);
      assert.match(unconfirmed.error, /^Recovery erases for good .* --yes\.\n$/);
      const recovered = await ran(product, '--data', dataDir, '--recover', '--yes');
      assert.equal(recovered.code, 0);
      assert.match(recovered.error, /not measured .* erased\. Have the factory/);
      const request: unknown = JSON.parse(recovered.out);
      assert.ok(Value.Check(IdentityRequest, request));
      assert.equal((await ran(product, '--data', dataDir)).code, 65, 'no device before the factory made it');
      const bundle = bundleFor(dataDir, request.serial, { guard: tpm.guard });
      await installFactoryBundle({ dataDir, bundle, listen: ANYWHERE, guard: tpm.guard });
      const again = await started(product, dataDir);
      closers.push(again.stop);
      assert.ok(again.listen['panel']);
    },
  );

  test(
    'on a token: starts, and gives up at once on a wrong PIN, after one try',
    { skip: NO_TOKEN || linux, timeout: 400_000 },
    async () => {
      const token = makeToken(join(folder.path, 'token'));
      const product = await made(token.guard);
      const device = await started(product, dataDir);
      closers.push(device.stop);
      assert.ok(device.listen['panel']);
      await device.stop();
      token.writePin('wrong');
      const gaveUp = await ran(product, '--data', dataDir);
      assert.deepEqual([gaveUp.code, gaveUp.out], [65, '']);
      assert.match(gaveUp.error, ONE_LINE);
      assert.match(gaveUp.error, /refuses the PIN .* \(key-unusable\)/);
    },
  );

  test('refuses to start software that declares an element and runs without it', { timeout: 400_000 }, async () => {
    const guard = { kind: 'software' } as const;
    await made(guard);
    const product = productWith(folder.path, guard, 'tpm2');
    const { code, error } = await ran(product, '--data', dataDir);
    assert.equal(code, 65);
    assert.match(error, /declared as kept by tpm2.* \(declaration-mismatch\)/);
    const keystore = openKeystore(dataDir, guardFor(guard));
    assert.equal(keystore.keys().serial, 'HH100000001');
    keystore.close();
  });

  test('only a signer with a hardware element may start other programs', () => {
    const flags = (guard: GuardSettings) => signerFlags('/data', guard).includes('--allow-child-process');
    assert.deepEqual(
      [
        flags({ kind: 'software' }),
        flags({ kind: 'tpm2', tcti: 'device:/dev/tpmrm0', pcrs: [7] }),
        flags({ kind: 'pkcs11', module: '/module.so', token: 'device', pinFile: '/pin' }),
      ],
      [false, true, true],
    );
  });
});
