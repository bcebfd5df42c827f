import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Value } from 'typebox/value';
import { IdentityRequest } from '@hearthward/protocol';
import { isManufactured, readFactoryBundle } from '../../src/manufacture/bundle.ts';
import { installFactoryBundle } from '../../src/manufacture/manufacture.ts';
import { makeAuthority, newKeyPair } from '../stand-in/authority.ts';
import { ANYWHERE, bundleFor, DEVICE_ID, manufactured, prepared, temporaryFolder } from '../stand-in/factory.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

describe('manufacture', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  test('a device asks for its identity and takes what the factory gives it', async () => {
    const request = await prepared(folder.path);
    assert.equal(Value.Check(IdentityRequest, request), true);
    assert.equal(isManufactured(folder.path), false);
    const bundle = bundleFor(folder.path, request.serial);
    await installFactoryBundle({ dataDir: folder.path, bundle, listen: ANYWHERE });
    const { hashing, ...installed } = readFactoryBundle(folder.path);
    assert.deepEqual(installed, { v: 1, productId: 'hub', bundle, listen: ANYWHERE });
    assert.ok(
      hashing && hashing.passes >= 2 && hashing.memoryKib === 19_456,
      'measured on this device, and not below the floor',
    );
    assert.equal((await stat(join(folder.path, 'bundle.json'))).mode & 0o077, 0);
  });

  test('refuses a second identity, and a second set of keys', async () => {
    const bundle = await manufactured(folder.path);
    await assert.rejects(installFactoryBundle({ dataDir: folder.path, bundle, listen: ANYWHERE }), {
      code: 'already-manufactured',
    });
    await assert.rejects(prepared(folder.path), { code: 'already-manufactured' });
  });

  test('refuses an identity for another key, another device, another serial number, or of an unknown root', async () => {
    const { serial } = await prepared(folder.path);
    const good = bundleFor(folder.path, serial);
    const authority = makeAuthority('Test Root');
    const foreignKey = authority.issue({ name: DEVICE_ID, publicKey: newKeyPair().publicKey });
    const bad = {
      'another key': { ...good, initialIdentity: [foreignKey], anchors: [authority.certificate] },
      'another device': { ...good, deviceId: 'd0c0ffee99' },
      'another serial number': { ...good, serial: 'HH100000002' },
      'an unknown root': { ...good, anchors: [makeAuthority('Test Root').certificate] },
      'no certificate': { ...good, anchors: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'] },
      'no bundle': { ...good, extra: true } as never,
    };
    for (const [name, bundle] of Object.entries(bad)) {
      await assert.rejects(
        installFactoryBundle({ dataDir: folder.path, bundle, listen: ANYWHERE }),
        { code: 'bundle-invalid' },
        name,
      );
    }
    assert.equal(isManufactured(folder.path), false);
    await installFactoryBundle({ dataDir: folder.path, bundle: good, listen: ANYWHERE });
  });

  test('names what is missing where there is no device', () => {
    assert.throws(() => readFactoryBundle(folder.path), {
      code: 'not-manufactured',
      message: /bundle\.json is missing/,
    });
  });
});
