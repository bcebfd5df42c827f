import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { folderStore, LIMITS, openMetadata, systemDisk, type FetchMetadata } from '@hearthward/device/updates';
import {
  beginRepository,
  buildRelease,
  makeKeyFile,
  openKeyFile,
  openUpdateRoom,
  type Proposal,
  proposeRelease,
  publishProposal,
  publishRelease,
  readProposal,
  readReleaseFolder,
  readState,
  readWords,
  rotateKeys,
  signProposal,
  writeProposal,
} from '@hearthward/services';

/** What the services publish is what a device of ours believes: both ends of the line, with nothing in between. */
const CEREMONY = { who: 'Dora, Emil', why: 'a test' };
const START = Date.parse('2026-03-01T10:00:00Z');
const CHEAP = { memoryKib: 72, passes: 1, parallelism: 1 };

test('a device believes what two people signed, and follows when the keys that time it are replaced', async (t) => {
  const { clock, room, sign, device, dir, people } = await line(t);
  const believed = await device.refresh();
  assert.ok(believed.ok, JSON.stringify(believed));
  const offers = await believed.target('hub/offers.json');
  assert.ok(offers.ok);
  assert.equal(offers.target.role, 'hub-rollout');
  const bytes = readFileSync(join(room.files.path, 'targets', decodeURIComponent(offers.target.address)));
  assert.deepEqual(JSON.parse(bytes.toString()), { v: 1, product: 'hub', offers: [] });

  mkdirSync(join(dir, 'image'));
  writeFileSync(join(dir, 'image/main.js'), 'run();\n');
  const words = readWords(
    JSON.stringify({
      product: 'hub',
      version: '1.0.0',
      number: 1,
      models: ['HW-1'],
      kind: 'feature',
      securityVersion: 1,
      summary: { en: 'The first.' },
      risksRemoved: [],
      downtimeSeconds: 0,
      keepsWorking: [],
      entry: 'main.js',
    }),
  );
  assert.ok(words.ok);
  const catalogue = { exploited: new Map(), released: 'none', records: [] };
  const out = join(dir, '1.0.0');
  const built = await buildRelease({
    image: join(dir, 'image'),
    words: words.words,
    from: [],
    catalogue,
    decisions: [],
    out,
  });
  assert.ok(built.ok);
  const read = await readReleaseFolder(out);
  const state = readState(room.files);
  assert.ok(read.ok && state);
  await sign(proposeRelease(room, state, read.value, CEREMONY), out, ['Dora', 'Emil']);
  assert.ok((await publishRelease(room, out, CEREMONY)).ok);
  const after = await device.refresh();
  assert.ok(after.ok, JSON.stringify(after));
  const image = await after.target('hub/releases/1.0.0/image.json');
  assert.ok(image.ok);
  assert.equal(image.target.role, 'hub');
  assert.deepEqual(image.target.custom, built.release);

  for (const role of ['snapshot', 'timestamp', 'hub-rollout']) {
    const now = readState(room.files);
    assert.ok(now);
    const folder = join(dir, role);
    await sign(rotateKeys(room, now, { role, add: [], remove: [] }, CEREMONY), folder, people);
    const { docs } = readProposal(folder);
    assert.ok(publishProposal(room, { docs, ...CEREMONY }).ok);
    clock.at += 1000;
    const next = await device.refresh();
    assert.ok(next.ok, JSON.stringify(next));
    assert.ok((await next.target('hub/offers.json')).ok);
  }
  clock.at += 8 * 86_400_000;
  const frozen = await device.refresh();
  assert.ok(!frozen.ok);
});

async function line(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'published-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const clock = { at: START, now: () => clock.at };
  const room = openUpdateRoom(join(dir, 'updates'), clock);
  const people = ['Alice', 'Bob', 'Carol', 'Dora', 'Emil'];
  const passphrase = (name: string) => Buffer.from(`the passphrase of ${name}`);
  const made = new Map<string, Awaited<ReturnType<typeof makeKeyFile>>>();
  for (const name of people) made.set(name, await makeKeyFile(name, passphrase(name), CHEAP));
  const keys = (...names: string[]) => names.flatMap((name) => made.get(name)?.key ?? []);
  const sign = async (proposal: Proposal, folder: string, names: readonly string[]) => {
    writeProposal(folder, proposal);
    for (const name of names) {
      const signer = await openKeyFile(made.get(name)?.text ?? '', passphrase(name), name);
      signProposal(folder, readProposal(folder), readState(room.files), signer);
    }
  };
  const releases = keys('Dora', 'Emil');
  const first = beginRepository(
    room,
    undefined,
    { root: keys('Alice', 'Bob', 'Carol'), targets: releases, products: [{ product: 'hub', releases }] },
    CEREMONY,
  );
  await sign(first, join(dir, 'first'), people);
  const { docs, about } = readProposal(join(dir, 'first'));
  const published = publishProposal(room, { docs, holders: about.holders, ...CEREMONY });
  assert.ok(published.ok, JSON.stringify(published));
  const fetch: FetchMetadata = async (name) => {
    const bytes = room.files.read(`metadata/${name}`);
    return bytes ? { ok: true, bytes } : { ok: false, code: 'absent', because: 'it is not there' };
  };
  const device = openMetadata({
    store: folderStore(systemDisk, join(dir, 'device')),
    factoryRoot: room.files.read('metadata/1.root.json') ?? new Uint8Array(),
    fetch,
    clock,
    notBefore: START - 1,
    limits: LIMITS,
  });
  return { dir, clock, room, sign, device, people };
}
