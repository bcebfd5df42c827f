import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openKeystore } from '../../src/secrets/keystore.ts';
import type { Listen } from '../../src/seams.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { person, setUp } from '../stand-in/person.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const closers: (() => unknown)[] = [];

describe('the memory of a device', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await folder.remove();
  });

  /** Stands nowhere in the source of the device, unlike the password of other tests, which the declaration has as an example. */
  const OWN_PASSWORD = 'Lanterns-over-7-bridges';
  const DEVICE = join(import.meta.dirname, '../stand-in/whole-device.ts');

  test('no password stays among the living strings once a sign-in is finished', { timeout: 110_000 }, async () => {
    const dataDir = join(folder.path, 'device');
    await manufactured(dataDir);
    const keystore = openKeystore(dataDir);
    const { certificate } = keystore.keys().panel;
    keystore.close();
    const device = fork(DEVICE, [dataDir], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    closers.push(async () => {
      device.disconnect();
      await once(device, 'exit');
    });
    const [{ listen }] = (await once(device, 'message')) as [{ listen: Listen }];
    const port = listen['panel']?.port ?? 0;
    const name = 'Aunt-Rosalinde-4711';
    assert.equal((await setUp(person(port, certificate), LABEL_PASSWORD, name, OWN_PASSWORD)).status, 200);
    const signedIn = await person(port, certificate).submit('/login', '/login', {
      user: 'owner',
      password: OWN_PASSWORD,
    });
    assert.equal(signedIn.status, 303);
    const wrong = 'wrong-Harbour-of-Ships';
    const refused = await person(port, certificate).submit('/login', '/login', { user: 'owner', password: wrong });
    assert.notEqual(refused.status, 303);
    // Requests that follow take the place of what the last one left behind in parsers and caches.
    for (let time = 0; time < 3; time++) await person(port, certificate).get('/login');

    const snapshot = join(folder.path, 'device.heapsnapshot');
    device.send({ snapshot });
    await once(device, 'message');
    const living = readFileSync(snapshot);
    assert.ok(living.includes('factory-reset'), 'the snapshot has the strings of the device');
    for (const secret of [LABEL_PASSWORD, OWN_PASSWORD, wrong]) {
      assert.equal(living.includes(secret), false, `${secret.slice(0, 5)}… is still there`);
    }
  });
});
