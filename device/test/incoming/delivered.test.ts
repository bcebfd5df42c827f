import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import hubDeclaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import type { Declaration } from '@hearthward/product';
import { signaturesPath } from '@hearthward/protocol';
import { makeRelease, productLine, served } from '@hearthward/testbed/updates';

import { startDeviceInProcess } from '../../src/index.ts';
import type { SystemInstaller } from '../../src/updates/backends/installer.ts';
import { beginSystemSlots } from '../../src/updates/backends/system-slots.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

/** From the manufacturer's repository to the scanner, with a whole device between them. */

const ONE = makeRelease({ bundle: Buffer.from('one') }, { product: 'hub', models: ['HH-100'], number: 1 });
const NONE: SystemInstaller = {
  look: async () => ({ booted: 'a', next: 'a', labels: {} }),
  install: async () => assert.fail('there is nothing to install'),
  start: async () => undefined,
  keep: async () => undefined,
  abandon: async () => undefined,
};

test('signatures come with a check for updates, the scanner is told, and the log has it', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const repository = productLine('hub', Date.now());
  const dataDir = join(folder.path, 'data');
  await manufactured(dataDir, { root: repository.last('root', 1) });
  mkdirSync(join(dataDir, 'slots'));
  beginSystemSlots(systemDisk, join(dataDir, 'slots'), { digest: ONE.digest, number: 1, securityVersion: 1 });

  const asked: string[] = [];
  const clamd = createServer((socket) => {
    socket.once('data', (bytes) => {
      const [command = ''] = bytes.toString('latin1').split('\0');
      asked.push(command);
      socket.end(command === 'zRELOAD' ? 'RELOADING\0' : 'stream: OK\0');
    });
  });
  const socket = join(folder.path, 'clamd.socket');
  clamd.listen(socket);
  await once(clamd, 'listening');
  t.after(() => clamd.close());

  const signatures = join(folder.path, 'signatures');
  const declaration: Declaration = {
    ...hubDeclaration,
    malwareProtection: {
      scanner: 'clamd',
      covers: ['set-chime'],
      besides: 'its format',
      signatureSet: { format: 'ndb', freshDays: 30 },
    },
  };
  const started = () =>
    startDeviceInProcess({
      declaration,
      product: hub,
      dataDir,
      scanner: { kind: 'clamd', socket, signatures },
      slot: {
        running: 'a',
        restart: () => assert.fail('nothing is installed'),
        slotBytes: 1_000_000,
        system: { installer: NONE, reboot: () => assert.fail('nothing is installed') },
        repository: served(repository).get,
      },
    });
  const of = (device: Awaited<ReturnType<typeof started>>) =>
    device
      .events(50)
      .filter(({ kind }) => kind.startsWith('signatures-'))
      .map(({ kind, detail }) => `${kind} ${JSON.stringify(detail)}`)
      .reverse();
  const until = async (device: Awaited<ReturnType<typeof started>>, events: readonly string[]): Promise<void> => {
    while (of(device).length < events.length) await setTimeout(10);
    assert.deepEqual(of(device), events);
  };

  const missing = ['signatures-stale {"because":"none"}'];
  const first = await started();
  await until(first, missing);
  const set = Buffer.from('Hearthward.One:0:*:706c616e746564\n');
  const moment = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
  repository.addTarget('hub-security', signaturesPath('hub', 'ndb'), set, {
    v: 1,
    product: 'hub',
    number: 4,
    madeAt: moment(0),
    freshUntil: moment(20),
  });
  repository.publish('hub-security', 'snapshot', 'timestamp');
  await first.updates?.initialised();
  await first.updates?.idle();
  assert.deepEqual(readFileSync(join(signatures, 'database', 'set.ndb')), set);
  await first.stop();

  const second = await started();
  const installed = [...missing, 'signatures-installed {"number":4}'];
  await until(second, installed);
  assert.ok(asked.includes('zRELOAD'));
  await second.stop();

  rmSync(join(signatures, 'database', 'set.ndb'));
  const third = await started();
  await until(third, [...installed, 'signatures-stale {"because":"none"}']);
  await third.stop();
});
