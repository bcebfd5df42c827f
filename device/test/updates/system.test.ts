import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import hub from '@hearthward/example-hub';
import { makeRelease, offerOf, productLine, publishOffers, publishRelease, served } from '@hearthward/testbed/updates';
import { readFactoryBundle } from '../../src/manufacture/bundle.ts';
import { defaultParts } from '../../src/parts.ts';
import type { SystemInstaller } from '../../src/updates/backends/installer.ts';
import { beginSystemSlots } from '../../src/updates/backends/system-slots.ts';
import { openOwnUpdates } from '../../src/updates/running/own.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import type { SlotName } from '../../src/updates/slots/records.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

/** EN 303 645 5.3-1, 5.3-2: a product whose whole operating system is replaced, by an installer that it brings. */

const ABOUT = { product: 'hub', models: ['HH-100'] };
const ONE = makeRelease({ bundle: Buffer.from('system one') }, { ...ABOUT, number: 1 });
const TWO = makeRelease({ bundle: Buffer.from('system two') }, { ...ABOUT, number: 2 });
const WELL = { apiUp: true, storeOpens: true, controlTicks: true };

test('a-system-is-installed-by-its-installer-started-by-a-reboot-and-kept-once-it-is-well', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const repository = productLine('hub', Date.now());
  await manufactured(folder.path, { root: repository.last('root', 1) });
  mkdirSync(join(folder.path, 'slots'));
  beginSystemSlots(systemDisk, join(folder.path, 'slots'), { digest: ONE.digest, number: 1, securityVersion: 1 });
  publishOffers(repository, 'hub', [offerOf(publishRelease(repository, TWO, [ONE]))]);

  const did: string[] = [];
  const boot = { runs: 'a' as SlotName, next: 'a' as SlotName };
  const installer: SystemInstaller = {
    look: async () => ({ booted: boot.runs, next: boot.next, labels: {} }),
    install: async (_bundle, _label, booted) => {
      did.push(`install beside ${booted}`);
      return { ok: true };
    },
    start: async (slot, counted) => {
      boot.next = slot;
      did.push(`start ${slot}${counted ? ', counted' : ''}`);
    },
    keep: async (booted) => void did.push(`keep ${booted}`),
    abandon: async (slot) => void did.push(`abandon ${slot}`),
  };
  const told: string[] = [];
  const network = served(repository);
  const started = () =>
    openOwnUpdates({
      declaration: hub,
      dataDir: folder.path,
      bundle: readFactoryBundle(folder.path).bundle,
      slot: boot.runs,
      quarantined: () => false,
      settings: {
        slotBytes: 1_000_000,
        trialMillis: 1,
        system: { installer, reboot: () => void did.push('reboot') },
      },
      parts: defaultParts,
      restart: () => assert.fail('the processes alone are not what has to begin again'),
      tell: ({ what, to }) => void (to === 'people' && told.push(what)),
      draw: () => 0.5,
      fault: (thrown) => assert.fail(String(thrown)),
      repository: network.get,
    });

  const before = started();
  await before.updates.initialised();
  await before.updates.idle();
  await before.updates.agree(TWO.digest);
  await before.updates.idle();
  assert.deepEqual(did, ['install beside a', 'start b, counted', 'reboot']);
  assert.ok(network.asked.some((path) => path.includes('full.pack')));
  await before.close();

  boot.runs = boot.next;
  const after = started();
  after.feel(WELL);
  await after.updates.idle();
  assert.deepEqual(did.slice(3), ['keep b']);
  assert.equal(after.updates.state().phase, 'confirmed');
  assert.equal(told.at(-1), 'installed');
  await after.close();
});
