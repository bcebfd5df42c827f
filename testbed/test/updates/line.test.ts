import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Plain, StateStore } from '@hearthward/device';
import {
  beginStart,
  folderStore,
  installFirstImage,
  metadataOver,
  openContents,
  openMetadata,
  openUpdates,
  ownSlots,
  placesOf,
  systemDisk,
  verifySlot,
  type Health,
  type Notice,
  type SlotName,
  type Updates,
} from '@hearthward/device/updates';
import {
  makeRelease,
  offerOf,
  productLine,
  publishOffers,
  publishRelease,
  served,
  type MadeRelease,
} from '../../src/updates/product-line.ts';
import { seeded } from '../../src/updates/seeded.ts';

/** The whole device side, from the offer to the confirmed slot, on a real disk: everything but processes and TLS. */

const NOW = Date.parse('2026-06-01T10:00:00Z');
const DAY = 86_400_000;
const SLOT_BYTES = 10_000_000;
const SAME = Buffer.from('the same in every release\n'.repeat(2000));
const tree = (salt: string) => ({
  'main.js': Buffer.from(`console.log(${JSON.stringify(salt)})\n`),
  'lib/changed.js': Buffer.from(`${'export const line = 1;\n'.repeat(3000)}// ${salt}\n`),
  'lib/same.js': SAME,
});
const ONE = makeRelease(tree('one'), { product: 'hub', number: 1 });
const TWO = makeRelease(tree('two'), { product: 'hub', number: 2 });
const WELL: Health = { apiUp: true, storeOpens: true, controlTicks: true };

interface Home {
  readonly repository: ReturnType<typeof productLine>;
  readonly clock: { at: number };
  readonly notices: Notice[];
  readonly reports: Notice[];
  readonly asked: string[];
  readonly fetched: () => number;
  /** what the network answers in the repository's place */
  answer: (path: string) => Uint8Array | 'nobody' | undefined;
  health: Health;
  /** as power comes: chooses, counts, and runs what was chosen */
  readonly start: () => Promise<Updates>;
  /** lets everything happen that is due within the time, restarts included; what runs at the end */
  readonly live: (millis: number) => Promise<Updates>;
  readonly runs: () => string;
  readonly crash: () => void;
  readonly slot: () => SlotName;
  readonly folder: string;
}

const homeOf = async (t: TestContext): Promise<Home> => {
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-line-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const slots = join(folder, 'slots');
  mkdirSync(slots);
  mkdirSync(join(folder, 'tuf'));
  const source = { image: installed(ONE), product: 'hub', manifest: ONE.manifest, open: bytesIn(ONE) };
  assert.equal((await installFirstImage(systemDisk, slots, source, SLOT_BYTES)).ok, true);
  const repository = productLine('hub', NOW);
  const factoryRoot = repository.last('root', 1);
  const documents = new Map<string, Plain>();
  const store: StateStore = {
    read: (room) => documents.get(room),
    write: (room, state) => void documents.set(room, structuredClone(state)),
    writeAll: (states) => Object.entries(states).forEach(([room, state]) => documents.set(room, state)),
    erase: (rooms) => rooms.forEach((room) => documents.delete(room)),
    appendEvent: () => undefined,
    events: () => [],
    close: () => undefined,
  };
  const network = served(repository, (path) => home.answer(path));
  const draw = seeded(7);
  let running: Updates | undefined;
  let slot: SlotName = 'a';
  let restart = false;

  const start = async (): Promise<Updates> => {
    const beginning = beginStart(systemDisk, slots);
    assert.ok(beginning.ok);
    slot = beginning.slot;
    const { files } = placesOf(slots, slot);
    const verified = verifySlot(systemDisk, slots, slot, beginning.image.digest);
    assert.ok(verified.ok);
    const clock = { now: () => home.clock.at };
    const metadata = openMetadata({
      store: folderStore(systemDisk, join(folder, 'tuf')),
      factoryRoot,
      fetch: metadataOver((name, headers, signal) => get(`metadata/${name}`, headers, signal)),
      clock,
      notBefore: NOW - DAY,
    });
    const get: Parameters<typeof metadataOver>[0] = (path, headers) => network.get(path, headers);
    running = openUpdates({
      store,
      clock,
      fetching: {
        metadata,
        get,
        contents: openContents(join(folder, 'fetched'), { image: verified.image, slot: files }),
        product: 'hub',
        slotBytes: SLOT_BYTES,
        runningDigest: beginning.image.digest,
      },
      backend: ownSlots({ disk: systemDisk, folder: slots, running: slot, slotBytes: SLOT_BYTES }),
      device: { product: 'hub', model: 'M1', deviceId: 'device00', slotBytes: SLOT_BYTES },
      restart: () => {
        restart = true;
      },
      health: () => home.health,
      healthMillis: 1,
      notify: (notice) => void home.notices.push(notice),
      report: async (notice) => void home.reports.push(notice),
      draw,
      fault: (thrown) => assert.fail(String(thrown)),
    });
    return running;
  };
  const home: Home = {
    repository,
    clock: { at: NOW },
    notices: [],
    reports: [],
    asked: network.asked,
    fetched: network.bytes,
    answer: () => undefined,
    health: WELL,
    start,
    live: async (millis) => {
      const end = home.clock.at + millis;
      let device = running ?? (await start());
      await device.initialised();
      for (;;) {
        await device.tick();
        await device.idle();
        if (restart) {
          restart = false;
          await device.stopping();
          await device.close();
          device = await start();
          continue;
        }
        if (home.clock.at >= end) return device;
        home.clock.at = Math.min(end, home.clock.at + 60_000);
      }
    },
    runs: () => {
      const beginning = beginStart(systemDisk, slots);
      assert.ok(beginning.ok);
      return beginning.image.digest;
    },
    crash: () => {
      running = undefined;
    },
    slot: () => slot,
    folder,
  };
  return home;
};
const installed = ({ digest, release }: MadeRelease) => ({
  digest,
  number: release.number,
  securityVersion: release.securityVersion,
});
const bytesIn = (made: MadeRelease) => (sha: string) => {
  const found = JSON.parse(made.manifest.toString()).files.find((file: { sha256: string }) => file.sha256 === sha);
  return [made.tree[found.path] ?? Buffer.alloc(0)];
};
const whats = (notices: readonly Notice[]): string[] => notices.map(({ what }) => what);

test('a-release-goes-from-its-offer-to-the-confirmed-slot-and-only-what-changed-is-fetched', async (t) => {
  const home = await homeOf(t);
  const two = publishRelease(home.repository, TWO, [ONE]);
  publishOffers(home.repository, 'hub', [offerOf(two)]);
  const device = await home.live(30 * 60_000);
  assert.equal(device.state().phase, 'confirmed');
  assert.deepEqual([device.state().installed?.digest, home.runs(), home.slot()], [TWO.digest, TWO.digest, 'b']);
  assert.ok(home.asked.some((path) => path.includes('from-1.1.0.pack')));
  assert.equal(
    home.asked.some((path) => path.includes('full.pack')),
    false,
  );
  assert.ok(whats(home.reports).includes('installed'));
  // once confirmed, nothing is asked for but metadata
  const before = home.asked.length;
  await home.live(DAY);
  assert.equal(
    home.asked.slice(before).some((path) => path.includes('.pack')),
    false,
  );
});

test('an-image-that-does-not-come-up-gives-way-to-the-one-before-and-is-not-tried-again', async (t) => {
  const home = await homeOf(t);
  home.health = { ...WELL, controlTicks: false };
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  const device = await home.live(30 * 60_000);
  assert.deepEqual([device.state().phase, home.runs()], ['rolled-back', ONE.digest]);
  const told = home.reports.find(({ what }) => what === 'rolled-back');
  assert.deepEqual([told?.number, told?.because], [2, 'unhealthy-control']);
  assert.ok(whats(home.notices).includes('rolled-back'), 'people are told as well');
  const bytes = home.fetched();
  await home.live(3 * DAY);
  assert.equal(home.runs(), ONE.digest);
  assert.ok(home.fetched() - bytes < 100_000, 'the same digest is not fetched again');
});

test('an-image-whose-starts-all-end-in-a-power-cut-gives-way-by-itself', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  let device = await until(home, 'armed');
  await device.close();
  const started: string[] = [];
  for (let cut = 0; cut < 5; cut++) started.push(home.runs());
  assert.deepEqual(started.slice(0, 3), [TWO.digest, TWO.digest, TWO.digest]);
  assert.deepEqual(started.slice(3), [ONE.digest, ONE.digest]);
  home.crash();
  device = await home.live(60_000);
  assert.deepEqual(device.state().lastGivenUp, { digest: TWO.digest, because: 'tries-exhausted' });
  assert.ok(whats(home.reports).includes('rolled-back'));
});

test('what-people-keep-for-themselves-waits-for-their-word', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  let device = await home.start();
  const { choice } = device.state();
  await device.choose({ ...choice, automatic: { ...choice.automatic, feature: false } });
  device = await home.live(2 * DAY);
  assert.deepEqual([device.state().phase, home.runs()], ['offered', ONE.digest]);
  assert.ok(whats(home.notices).includes('available'));
  assert.equal(device.release()?.summary.en, 'Release 2');
  await device.agree(TWO.digest);
  assert.equal((await home.live(30 * 60_000)).state().phase, 'confirmed');
});

test('a-release-that-is-halted-before-it-begins-is-withdrawn', async (t) => {
  const home = await homeOf(t);
  const two = publishRelease(home.repository, TWO);
  publishOffers(home.repository, 'hub', [offerOf(two, { jitterSeconds: 7 * 86_400 })]);
  const device = await home.live(60_000);
  assert.equal(device.state().phase, 'authorised');
  publishOffers(home.repository, 'hub', [offerOf(two, { state: 'halted' })]);
  assert.equal((await home.live(2 * DAY)).state().candidate, null);
  assert.equal(
    home.asked.some((path) => path.includes('.pack')),
    false,
  );
});

test('who-has-the-online-keys-makes-no-release', async (t) => {
  const home = await homeOf(t);
  const evil = makeRelease(tree('evil'), { product: 'hub', number: 9 });
  // the image lies in the repository, named by the role that may only time
  home.repository.addTarget('hub-rollout', offerOf(evil).image, evil.manifest, { ...evil.release });
  publishOffers(home.repository, 'hub', [offerOf(evil)]);
  const device = await home.live(3 * DAY);
  assert.deepEqual([device.state().candidate, home.runs()], [null, ONE.digest]);
  // nor does the role of mending releases bring a feature
  home.repository.addTarget('hub-security', 'hub/security/1.9.0/image.json', evil.manifest, { ...evil.release });
  home.repository.publish('hub-security', 'snapshot', 'timestamp');
  publishOffers(home.repository, 'hub', [offerOf(evil, { image: 'hub/security/1.9.0/image.json' })]);
  await home.live(3 * DAY);
  assert.equal(home.runs(), ONE.digest);
  assert.equal(
    home.asked.some((path) => path.includes('.pack')),
    false,
  );
});

test('a-network-that-goes-a-login-page-and-a-damaged-pack-cost-time-and-nothing-else', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  home.answer = () => 'nobody';
  assert.equal((await home.live(DAY)).state().candidate, null);
  home.answer = () => Buffer.from('<html>please log in</html>');
  assert.equal((await home.live(DAY)).state().candidate, null);
  home.answer = (path) => (path.includes('.pack') ? Buffer.alloc(5000, 0x41) : undefined);
  await home.live(DAY);
  assert.equal(home.runs(), ONE.digest);
  home.answer = () => undefined;
  assert.equal(verifySlot(systemDisk, join(home.folder, 'slots'), home.slot(), ONE.digest).ok, true);
});

test('a-slot-that-decays-before-the-switch-is-written-anew-and-never-started', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  const slots = join(home.folder, 'slots');
  await until(home, 'staged');
  writeFileSync(join(placesOf(slots, 'b').files, 'lib/changed.js'), 'decayed');
  await home.live(DAY);
  assert.ok(whats(home.reports).includes('installed'));
  assert.deepEqual([home.runs(), verifySlot(systemDisk, slots, 'b', TWO.digest).ok], [TWO.digest, true]);
});

/** Minute by minute, without a restart, until the machine is there. */
const until = async (home: Home, phase: string): Promise<Updates> => {
  const device = await home.start();
  await device.initialised();
  for (let minute = 0; minute < 60 && device.state().phase !== phase; minute++) {
    await device.tick();
    await device.idle();
    home.clock.at += 60_000;
  }
  assert.equal(device.state().phase, phase);
  return device;
};
