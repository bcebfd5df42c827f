import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
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
import { makeRelease, productLine, served, type MadeRelease } from '../../src/updates/product-line.ts';
import { seeded } from '../../src/updates/seeded.ts';

/** The whole device side, from the offer to the confirmed slot, on a real disk: everything but processes and TLS. */

export const NOW = Date.parse('2026-06-01T10:00:00Z');
export const DAY = 86_400_000;
const SLOT_BYTES = 10_000_000;
const SAME = Buffer.from('the same in every release\n'.repeat(2000));
export const tree = (salt: string) => ({
  'main.js': Buffer.from(`console.log(${JSON.stringify(salt)})\n`),
  'lib/changed.js': Buffer.from(`${'export const line = 1;\n'.repeat(3000)}// ${salt}\n`),
  'lib/same.js': SAME,
});
export const ONE = makeRelease(tree('one'), { product: 'hub', number: 1 });
export const TWO = makeRelease(tree('two'), { product: 'hub', number: 2 });
export const WELL: Health = { apiUp: true, storeOpens: true, controlTicks: true };

export interface Home {
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

export const homeOf = async (t: TestContext): Promise<Home> => {
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
      watch: async () => home.health,
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
export const whats = (notices: readonly Notice[]): string[] => notices.map(({ what }) => what);

/** Minute by minute, without a restart, until the machine is there. */
export const until = async (home: Home, phase: string): Promise<Updates> => {
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
