import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startDeviceInProcess } from '../../src/index.ts';
import { examineSoftware } from '../../src/integrity/examine.ts';
import { pinFirstImage } from '../../src/manufacture/manufacture.ts';
import { keepQuarantine, type WatchedSoftware } from '../../src/quarantine/keeper.ts';
import { quarantineLink } from '../../src/quarantine/link.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { NEW_PASSWORD, person, setUp } from '../stand-in/person.ts';
import { slotted } from './slotted.ts';

describe('a check because somebody asks', () => {
  let dataDir: string;
  const closers: (() => unknown)[] = [];
  beforeEach(async () => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    dataDir = folder.path;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const asking = (software: WatchedSoftware | undefined) => {
    const keeper = keepQuarantine({
      dataDir,
      disk: systemDisk,
      now: Date.now,
      say: (message) => link.heard(message),
      software: () => software,
    });
    const link = quarantineLink(keeper.state(), keeper.asked);
    closers.push(keeper.close);
    return link;
  };
  const watched = (now: WatchedSoftware['now']): WatchedSoftware => ({
    isGenuine: () => true,
    every: () => undefined,
    now,
  });

  test('says what was found to everybody who asked, and that nothing is known where nothing is signed', async () => {
    const bad = { ok: false, path: 'main.js', because: 'digest' } as const;
    assert.equal(await asking(watched(async () => bad)).look(), 'altered');
    assert.equal(await asking(undefined).look(), 'unknown');
    const image = {} as Extract<Awaited<ReturnType<WatchedSoftware['now']>>, { ok: true }>['image'];
    const whole = asking(watched(async () => ({ ok: true, image })));
    assert.deepEqual(await Promise.all([whole.look(), whole.look()]), ['whole', 'whole']);
  });

  test('a folder is examined as a start would find it, and left as it is', async () => {
    const unit = await slotted();
    closers.push(unit.remove);
    const folder = dirname(unit.slots);
    await manufactured(folder, { root: Buffer.from(unit.trust.root ?? '') });
    pinFirstImage(folder, unit.one);
    const whole = [
      { slot: 'a', holds: 'whole', number: 1 },
      { slot: 'b', holds: 'whole', number: 2 },
    ];
    assert.deepEqual(examineSoftware(folder), whole);
    const planted = join(unit.slots, 'a', 'files', 'x\u001b[2J.js');
    writeFileSync(planted, '');
    unit.flipped(join(unit.slots, 'b', 'signed.json'), 9_000, () =>
      assert.deepEqual(examineSoftware(folder), [
        { slot: 'a', holds: 'altered', number: 1, path: 'x__2J.js', because: 'unlisted' },
        { slot: 'b', holds: 'altered', number: 2, path: 'signed.json', because: 'unsigned' },
      ]),
    );
    rmSync(planted);
    assert.deepEqual(examineSoftware(folder), whole);
    rmSync(unit.slots, { recursive: true });
    assert.deepEqual(examineSoftware(folder), []);
  });

  test('its owner asks, sees the verdict, and finds both in the log', { timeout: 60_000 }, async () => {
    await manufactured(dataDir);
    const keystore = openKeystore(dataDir);
    const { certificate } = keystore.keys().panel;
    keystore.close();
    const device = await startDeviceInProcess({ declaration, product: hub, dataDir, draw: () => 0 });
    closers.push(device.stop);
    const { port } = device.listen['panel'] ?? assert.fail('no panel');
    const who = person(port, certificate);
    assert.equal((await who.submit('/setup', '/safety/integrity', {})).status, 401, 'nobody has signed in');
    await setUp(who, LABEL_PASSWORD);
    await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });

    const asked = async (): Promise<string> => {
      const answer = await who.submit('/safety', '/safety/integrity', {});
      assert.deepEqual([answer.status, answer.location], [303, '/safety']);
      return (await who.get('/safety')).body;
    };
    assert.match(await asked(), /Nothing here says what its software should be/);
    const bundle = join(dataDir, 'bundle.json');
    const made = readFileSync(bundle, 'utf8');
    writeFileSync(bundle, made.replace('"v":1', '"v": 1'));
    const page = await asked();
    assert.match(page, /id="quarantine"/);
    assert.match(page, /Checked just now: its software or its settings were changed/);
    const verdicts = device.events(50).flatMap(({ kind, detail }) => (kind === 'integrity-checked' ? [detail] : []));
    assert.deepEqual(verdicts, [{ verdict: 'altered' }, { verdict: 'unknown' }]);
    writeFileSync(bundle, made);
  });
});
