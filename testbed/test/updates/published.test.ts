import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isOffered, type Offers } from '@hearthward/protocol';
import { folderStore, LIMITS, openMetadata, systemDisk, type FetchMetadata } from '@hearthward/device/updates';
import {
  beginRepository,
  buildRelease,
  makeKeyFile,
  openKeyFile,
  openRollouts,
  openStore,
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
  USUAL_PLAN,
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

  const { release } = await released({ dir, room, sign });
  const after = await device.refresh();
  assert.ok(after.ok, JSON.stringify(after));
  const image = await after.target('hub/releases/1.0.0/image.json');
  assert.ok(image.ok);
  assert.equal(image.target.role, 'hub');
  assert.deepEqual(image.target.custom, release);

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

test('a device is offered what a rollout begins, and lets go of what it halts', async (t) => {
  const { clock, room, sign, device, dir } = await line(t);
  await released({ dir, room, sign });
  const store = await openStore(join(dir, 'services'), clock);
  t.after(store.close);
  const parts = { store, clock, log: () => undefined, folder: room.folder, hints: { tell: () => undefined } };
  const rollouts = openRollouts(parts);
  const offersFound = async () => {
    const believed = await device.refresh();
    assert.ok(believed.ok, JSON.stringify(believed));
    const found = await believed.target('hub/offers.json');
    assert.ok(found.ok);
    assert.equal(found.target.role, 'hub-rollout');
    const bytes = readFileSync(join(room.files.path, 'targets', decodeURIComponent(found.target.address)));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), found.target.hashes['sha256']);
    return (JSON.parse(bytes.toString()) as Offers).offers;
  };
  assert.deepEqual(await offersFound(), []);
  const about = { product: 'hub', version: '1.0.0', who: 'Dora', why: 'the first release' };
  const begun = await rollouts.begin({ ...about, plan: USUAL_PLAN, testers: [] });
  assert.ok(begun.ok && begun.unsigned === undefined, JSON.stringify(begun));
  const [offer] = await offersFound();
  assert.ok(offer);
  const devices = Array.from({ length: 10_000 }, (_, at) => `device${at}`);
  const offered = devices.filter((id) => isOffered(offer, id)).length;
  assert.ok(offered > 50 && offered < 200, `${offered} of 10,000 at one in a hundred`);
  clock.at += 60_000;
  assert.ok((await rollouts.decide({ ...about, act: 'halt' })).ok);
  const [halted] = await offersFound();
  assert.equal(halted?.state, 'halted');
  assert.equal(devices.filter((id) => halted && isOffered(halted, id)).length, 0);
});

/** Release 1.0.0, built, signed by two people and published. */
async function released({ dir, room, sign }: Pick<Awaited<ReturnType<typeof line>>, 'dir' | 'room' | 'sign'>) {
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
  return built;
}

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
