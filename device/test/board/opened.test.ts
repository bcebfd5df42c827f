import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { modelBoard } from '@hearthward/example-hub/board';
import { hub } from '@hearthward/example-hub/hub';
import type { Declaration } from '@hearthward/product';
import type { Board, TamperShown } from '../../src/board/board.ts';
import { DeviceFault } from '../../src/driver/faults.ts';
import { startDeviceInProcess } from '../../src/index.ts';
import { recoverDevice } from '../../src/manufacture/recover.ts';
import { keyFolderOf, openKeystore } from '../../src/secrets/keystore.ts';
import { openSoftwareSigner } from '../../src/processes/signer.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { NEW_PASSWORD, person, setUp } from '../stand-in/person.ts';
import { startServices } from '../stand-in/services.ts';
import { freePort } from '../stand-in/slotted.ts';

describe('a hub that somebody opens', () => {
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

  /** the hub's model, with a lid and a shield that can be lifted */
  const benchOf = () => {
    const shown: Record<string, TamperShown> = {};
    const drivers = Object.fromEntries(
      ['lid', 'shield'].map((id) => [
        id,
        {
          read: () => shown[id] ?? { open: false, latched: false },
          unlatch: () => void (shown[id] = { open: false, latched: false }),
        },
      ]),
    );
    const board: Board = { ...modelBoard(), tamper: drivers };
    return { board, openedAndClosed: (id: string) => void (shown[id] = { open: false, latched: true }) };
  };
  const made = async () => {
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
    const bench = benchOf();
    const start = (how: Partial<Parameters<typeof startDeviceInProcess>[0]> = {}) =>
      startDeviceInProcess({ declaration, product: hub, dataDir, draw: () => 0, board: bench.board, ...how });
    return { services, start, bench, who: () => person(port, certificate) };
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; !holds() && tries < 1_000; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(holds(), 'it never came to be');
  };
  type Services = Awaited<ReturnType<typeof startServices>>;
  const heard = ({ messages }: Services) =>
    messages
      .filter(({ topic }) => topic.endsWith('events'))
      .map(({ body }) => body as { kind: string; detail: Record<string, string> });

  test(
    'while it was off: its records are gone before anything listens, the power cut in between changes nothing, its maker hears of it, and the label leads back',
    { timeout: 60_000 },
    async () => {
      const { services, start, bench, who } = await made();
      const first = await start();
      const owner = who();
      await setUp(owner, LABEL_PASSWORD);
      await owner.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
      await until(() => first.isConnected());
      await first.stop();
      bench.openedAndClosed('shield');

      // the power goes in the middle of it: the alarm is on the disk, and a reset has begun
      await assert.rejects(
        start({
          parts: {
            setup: (state, event) => {
              if (event.kind === 'erased') throw new Error('the power went');
              return { state: event.kind === 'reset' ? { step: 'resetting' } : state, effects: [] };
            },
          },
          fault: () => undefined,
        }),
        { code: 'process-failed' },
      );

      const device = await start();
      closers.push(() => device.stop());
      assert.equal(device.state(), 'quarantine');
      assert.deepEqual(
        device.events(100).filter(({ kind }) => kind === 'login-succeeded' || kind === 'set-up-completed'),
        [],
        'what it had recorded is gone',
      );
      const stranger = who();
      const { body } = await stranger.get('/setup');
      assert.match(body, /id="tamper"[^]*It has destroyed its accounts, settings and records\./);
      assert.match(body, /id="quarantine"/);
      assert.equal((await owner.get('/safety')).status, 303, 'the session of before opens nothing');
      await until(() => heard(services).some(({ kind }) => kind === 'tamper-detected'));
      assert.deepEqual(heard(services).find(({ kind }) => kind === 'tamper-detected')?.detail, {
        input: 'shield',
        found: 'off',
        mode: 'stored',
      });

      await setUp(stranger, LABEL_PASSWORD);
      await stranger.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
      assert.match((await stranger.get('/safety')).body, /Shield over processor and memory: while it was switched off/);
      const right = await stranger.submit('/safety', '/safety/quarantine', { current: NEW_PASSWORD });
      assert.equal(right.status, 303);
      assert.equal(device.state(), 'initialised');
      await until(() => heard(services).some(({ kind }) => kind === 'tamper-known'));
      const after = (await stranger.get('/safety')).body;
      assert.doesNotMatch(after, /id="tamper"|id="quarantine"/);
      assert.match(after, /Nobody has opened the device\./);
    },
  );

  test(
    'the last key: it never starts again, says how it comes back, and the factory makes it anew',
    { timeout: 60_000 },
    async () => {
      const { start, bench } = await made();
      const inputs = (declaration.tamperInputs ?? []).map((input) =>
        input.id === 'shield' ? { ...input, zeroises: 'everything' as const } : input,
      );
      const destroying: Declaration = { ...declaration, tamperInputs: inputs };
      const zeroised = (thrown: unknown): boolean => {
        assert.ok(thrown instanceof DeviceFault);
        assert.equal(thrown.code, 'zeroised');
        assert.match(thrown.cure, /device recover/);
        return true;
      };
      await (await start({ declaration: destroying })).stop();
      bench.openedAndClosed('shield');
      await assert.rejects(start({ declaration: destroying }), zeroised);
      await assert.rejects(start({ declaration: destroying }), zeroised);
      assert.deepEqual(
        readdirSync(keyFolderOf(dataDir)).filter((name) => name.endsWith('.key')),
        [],
        'what guarded the keys is gone',
      );
      const { request, because } = await recoverDevice({ dataDir, declaration });
      assert.equal(because?.code, 'zeroised');
      assert.equal(request.serial, 'HH100000001');
    },
  );

  test('core in other hands cannot have the keys destroyed where nothing declares it', async () => {
    await manufactured(dataDir);
    const signer = openSoftwareSigner(dataDir);
    await assert.rejects(signer.zeroise(), { code: 'signer-refused' });
    assert.equal(await signer.test(), true);
    signer.close();
  });
});
