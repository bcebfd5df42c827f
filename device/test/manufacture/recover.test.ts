import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { isManufactured, readFactoryBundle } from '../../src/manufacture/bundle.ts';
import { installFactoryBundle, prepareDevice } from '../../src/manufacture/manufacture.ts';
import { recoverDevice } from '../../src/manufacture/recover.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { makeToken, NO_TOKEN } from '../stand-in/elements.ts';
import { ANYWHERE, bundleFor, manufactured, prepared, temporaryFolder } from '../stand-in/factory.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let dataDir: string;

describe('recovery of a device', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    dataDir = join(folder.path, 'device');
  });
  afterEach(() => folder.remove());

  const panelOf = (): string => {
    const keystore = openKeystore(dataDir);
    try {
      return keystore.keys().panel.certificate;
    } finally {
      keystore.close();
    }
  };
  const loseKeys = (): void => {
    for (const name of readdirSync(join(dataDir, 'keys'))) {
      if (name.startsWith('machine.')) writeFileSync(join(dataDir, 'keys', name), Buffer.alloc(32, 7), { mode: 0o600 });
    }
  };

  test('refuses a device whose keys open: nothing of it is touched', async () => {
    const bundle = await manufactured(dataDir);
    const before = panelOf();
    await assert.rejects(recoverDevice({ dataDir, declaration }), {
      code: 'recovery-refused',
      message: /keys .* open/,
    });
    assert.deepEqual([panelOf(), readFactoryBundle(dataDir).bundle], [before, bundle]);
  });

  test('a device whose keys are lost asks for its identity anew, and is made as any other', async () => {
    await manufactured(dataDir);
    const before = panelOf();
    writeFileSync(join(dataDir, 'keys', 'left.txt'), 'x');
    loseKeys();
    const { request, because } = await recoverDevice({ dataDir, declaration });
    assert.equal(because?.code, 'key-unusable');
    assert.deepEqual([request.serial, request.mac], ['HH100000001', '02:00:00:00:00:01']);
    assert.notEqual(request.panelCertificate, before);
    assert.deepEqual([isManufactured(dataDir), existsSync(join(dataDir, 'keys', 'left.txt'))], [false, false]);
    await installFactoryBundle({ dataDir, bundle: bundleFor(dataDir, request.serial), listen: ANYWHERE });
    assert.equal(isManufactured(dataDir), true);
  });

  test('a recovery that is cut off after any step is taken up again', async () => {
    await manufactured(dataDir);
    loseKeys();
    for (const gone of [['bundle.json'], ['bundle.json', 'state'], ['bundle.json', 'state', 'keys']]) {
      const copy = join(folder.path, `cut-${gone.length}`);
      cpSync(dataDir, copy, { recursive: true });
      for (const name of gone) rmSync(join(copy, name), { recursive: true, force: true });
      const { request } = await recoverDevice({ dataDir: copy, declaration });
      const again = await recoverDevice({ dataDir: copy, declaration });
      assert.equal(again.because, undefined);
      assert.equal(again.request.panelCertificate, request.panelCertificate, 'the same keys ask again');
    }
  });

  test('refuses another product, and a folder that never was a device', async () => {
    await prepared(dataDir);
    const product = { ...declaration.product, id: 'other' };
    await assert.rejects(recoverDevice({ dataDir, declaration: { ...declaration, product } }), {
      code: 'declaration-mismatch',
    });
    await assert.rejects(recoverDevice({ dataDir: join(folder.path, 'nothing'), declaration }), {
      code: 'not-manufactured',
    });
  });

  test(
    'an element that does not answer is given up only when a person says that it is lost',
    { skip: NO_TOKEN },
    async () => {
      const { guard } = makeToken(join(folder.path, 'token'));
      const guarded = {
        ...declaration,
        securityParameters: declaration.securityParameters.map((one) =>
          one.identity ? { ...one, keptBy: guard.kind } : one,
        ),
      };
      await prepareDevice({ dataDir, declaration: guarded, serial: 'HH100000001', mac: '02:00:00:00:00:01', guard });
      const kept = readFileSync(join(dataDir, 'keys', 'keystore.sqlite'));
      const absent = { dataDir, declaration: guarded, guard: { ...guard, token: 'gone' } };
      await assert.rejects(recoverDevice(absent), { code: 'recovery-refused', cure: /--element-lost/ });
      assert.deepEqual(readFileSync(join(dataDir, 'keys', 'keystore.sqlite')), kept);
      const { guard: next } = makeToken(join(folder.path, 'next-token'));
      const { because } = await recoverDevice({ ...absent, guard: next, elementLost: true });
      assert.equal(because?.code, 'key-unusable');
    },
  );
});
