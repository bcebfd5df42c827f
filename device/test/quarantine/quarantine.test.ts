import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { DeviceFault } from '../../src/driver/faults.ts';
import { createOutbound } from '../../src/exposure/outbound.ts';
import { startDeviceInProcess } from '../../src/index.ts';
import { FREE, type Quarantine } from '../../src/quarantine/decide.ts';
import { keepQuarantine } from '../../src/quarantine/keeper.ts';
import { quarantineFolderOf, readQuarantine } from '../../src/quarantine/record.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { NEW_PASSWORD, person, setUp } from '../stand-in/person.ts';
import { freePort } from '../stand-in/slotted.ts';
import { startServices } from '../stand-in/services.ts';

const NOW = Date.UTC(2026, 0, 1);
const closers: (() => unknown)[] = [];

describe('quarantine', () => {
  let dataDir: string;
  beforeEach(async () => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    dataDir = folder.path;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const recordAt = (): string => join(quarantineFolderOf(dataDir), 'held.json');
  const keeper = (isGenuine = true) => {
    const kept = keepQuarantine({
      dataDir,
      disk: systemDisk,
      now: () => NOW,
      say: () => undefined,
      software: () => ({
        isGenuine: () => isGenuine,
        every: () => undefined,
        now: async () => assert.fail('nobody has asked'),
      }),
    });
    closers.push(kept.close);
    return kept;
  };
  const found = (state: Quarantine) => state.held?.found.map(({ cause, detail }) => `${cause}: ${detail}`);

  test('what was held is held after a restart', () => {
    keeper().hear({ kind: 'violated', cause: 'tamper', detail: 'case' });
    assert.deepEqual(found(readQuarantine(systemDisk, dataDir, NOW)), ['tamper: case']);
    assert.deepEqual(found(keeper().state()), ['tamper: case']);
  });

  test('a record in which any bit has flipped opens no device', () => {
    keeper().hear({ kind: 'violated', cause: 'tamper', detail: 'case' });
    const whole = readFileSync(recordAt());
    for (let bit = 0; bit < whole.length * 8; bit += 29) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(recordAt(), bytes);
      assert.ok(readQuarantine(systemDisk, dataDir, NOW).held, `bit ${bit}`);
    }
    writeFileSync(recordAt(), '');
    assert.deepEqual(found(keeper().state()), ['integrity: quarantine-record']);
  });

  test('an owner’s word ends nothing while what carries it is not the signed software', () => {
    const altered = keeper(false);
    altered.hear({ kind: 'violated', cause: 'integrity', detail: 'slot-a main.js' });
    altered.asked({ to: 'quarantine', say: { kind: 'decided', incident: 1 } });
    assert.ok(altered.state().held);
    const genuine = keeper();
    genuine.asked({ to: 'quarantine', say: { kind: 'decided', incident: 1 } });
    assert.equal(readQuarantine(systemDisk, dataDir, NOW).held, null);
  });

  test('nothing but the alert leaves', () => {
    let held = true;
    const services = { enrolment: 'https://127.0.0.1:1', messages: 'mqtts://127.0.0.1:1', site: 'https://127.0.0.1:1' };
    const outbound = createOutbound(declaration, services, () => held);
    const dialled = (id: string): string | undefined => {
      try {
        outbound.connectDeclared(id).on('error', () => undefined);
        return undefined;
      } catch (thrown) {
        return (thrown as DeviceFault).code;
      }
    };
    assert.deepEqual(
      ['enrolment', 'messages', 'updates'].map((id) => dialled(id)),
      ['quarantined', undefined, 'quarantined'],
    );
    held = false;
    assert.equal(dialled('updates'), undefined);
    outbound.close();
  });

  /** A hub that is set up and connected; its own services hear what it tells. */
  const connected = async () => {
    const services = await startServices();
    const port = await freePort();
    closers.push(services.close);
    await manufactured(dataDir, {
      listen: { panel: { address: '127.0.0.1', port } },
      authority: services.authority,
      services: services.urls,
    });
    const keystore = openKeystore(dataDir);
    const { certificate } = keystore.keys().panel;
    keystore.close();
    const who = person(port, certificate);
    const start = async () => {
      const device = await startDeviceInProcess({ declaration, product: hub, dataDir, draw: () => 0 });
      return { ...device, who: who };
    };
    return { services, start, fresh: () => person(port, certificate) };
  };
  const heardKinds = (messages: readonly { readonly topic: string; readonly body: unknown }[]) =>
    messages.filter(({ topic }) => topic.endsWith('events')).map(({ body }) => (body as { kind: string }).kind);
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; !holds() && tries < 1_000; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(holds(), 'it never came to be');
  };

  test(
    'people see it on every page, who made it hears of it once, and an owner alone ends it',
    { timeout: 60_000 },
    async () => {
      const { services, start, fresh } = await connected();
      const first = await start();
      await setUp(first.who, LABEL_PASSWORD);
      await first.who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
      await until(() => first.isConnected());
      keeper().hear({ kind: 'violated', cause: 'tamper', detail: 'case' });
      await first.stop();

      const device = await start();
      closers.push(() => device.stop());
      assert.equal(device.state(), 'quarantine');
      const { who } = device;
      assert.match((await fresh().get('/login')).body, /id="quarantine"[^]*Somebody opened it/);
      for (const page of ['/', '/privacy', '/people', '/updates', '/safety']) {
        assert.match((await who.get(page)).body, /id="quarantine"/, page);
      }
      await until(() => heardKinds(services.messages).includes('quarantine-entered'));

      const form = { incident: '1', current: 'not-the-Password' };
      assert.equal((await who.submit('/safety', '/safety/quarantine', form)).status, 403);
      const other = { incident: '7', current: NEW_PASSWORD };
      assert.equal((await who.submit('/safety', '/safety/quarantine', other)).status, 409);
      assert.equal(device.state(), 'quarantine');
      const right = await who.submit('/safety', '/safety/quarantine', { current: NEW_PASSWORD });
      assert.equal(right.status, 303);
      assert.equal(device.state(), 'initialised');
      assert.doesNotMatch((await who.get('/')).body, /id="quarantine"/);
      assert.equal(readQuarantine(systemDisk, dataDir, NOW).held, null);
      await until(() => heardKinds(services.messages).includes('quarantine-left'));
      assert.equal(heardKinds(services.messages).filter((kind) => kind === 'quarantine-entered').length, 1);
    },
  );

  test('a device that was never held has no record, and none makes it so', () => {
    assert.deepEqual(readQuarantine(systemDisk, dataDir, NOW), FREE);
  });
});
