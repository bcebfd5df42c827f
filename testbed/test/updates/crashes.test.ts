import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { byPath, type ImageManifest } from '@hearthward/protocol';
import {
  installFirstImage,
  type Beginning,
  type Disk,
  type ImageSource,
  type OfferedRelease,
  type UpdateState,
} from '@hearthward/device/updates';
import {
  enumerateCuts,
  live,
  SLOTS_FOLDER,
  type Remains,
  type Surroundings,
} from '../../src/updates/crashes/crashes.ts';
import { memoryDisk } from '../../src/updates/crashes/disk.ts';

/** EN 303 645 5.3-2, G045 PL-2-2: whenever the power goes, something signed starts, and the update goes on or back. */

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const contentsOf = (number: number): Readonly<Record<string, string>> => ({
  'hub.js': `hub ${number}`,
  'lib/led.js': 'export const led = 1;',
  'lib/panel/page.js': `page ${number}`,
  'lib/panel/style.css': `style ${number}`,
  'licence.txt': 'Apache-2.0',
  'readme.txt': 'A hub.',
  'package.json': `{"version":"${number}"}`,
});
const imageOf = (number: number, securityVersion: number): ImageSource => {
  const contents = contentsOf(number);
  const files = Object.entries(contents)
    .map(([path, text]) => ({ path, sha256: sha256(text), length: text.length }))
    .sort(byPath);
  const manifest: ImageManifest = { v: 1, product: 'hub', number, entry: 'hub.js', files };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const byDigest = new Map(Object.values(contents).map((text) => [sha256(text), Buffer.from(text)]));
  return {
    image: { digest: sha256(bytes), number, securityVersion },
    product: 'hub',
    manifest: bytes,
    open: (digest) => halves(byDigest.get(digest) ?? Buffer.alloc(0)),
  };
};
const halves = (bytes: Buffer): Buffer[] => [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
const releaseOf = ({ image, manifest }: ImageSource): OfferedRelease => ({
  offer: {
    version: '2.0.0',
    number: image.number,
    image: 'hub/releases/2.0.0/image.json',
    state: 'offered',
    salt: '0'.repeat(32),
    below: 10_000,
    members: [],
    jitterSeconds: 0,
  },
  release: {
    v: 1,
    product: 'hub',
    version: '2.0.0',
    number: image.number,
    models: ['H1'],
    kind: 'security',
    securityVersion: image.securityVersion,
    summary: { en: 'It mends.' },
    risksRemoved: [],
    downtimeSeconds: 5,
    keepsWorking: [],
    unpackedBytes: 100,
    pack: 'hub/releases/2.0.0/full.pack',
    deltas: [],
    sbom: 'hub/releases/2.0.0/sbom.cdx.json',
    provenance: 'hub/releases/2.0.0/provenance.intoto.json',
  },
  target: { path: 'hub/releases/2.0.0/image.json', sha256: image.digest, length: manifest.length },
});

const one = imageOf(1, 3);
const two = imageOf(2, 4);
const around = (healthy: boolean): Surroundings => ({ release: releaseOf(two), source: two, healthy });

const made = async (): Promise<Remains> => {
  const { disk, synced } = memoryDisk();
  disk.makeFolder(SLOTS_FOLDER);
  assert.ok((await installFirstImage(disk, SLOTS_FOLDER, one, 1_000_000)).ok);
  return { disk: synced(), store: undefined, told: [], floor: 3 };
};
/** Looks at the slot itself: what the runtime says of it is what is to be proven. */
const signedAndAtTheFloor =
  (cut: string) =>
  ({ slot, image }: Beginning, floor: number, disk: Disk): void => {
    const signed = [one, two].find((each) => each.image.digest === image.digest);
    assert.deepEqual(signed?.image, image, cut);
    assert.ok(image.securityVersion >= floor, `${image.securityVersion} runs under a floor of ${floor}: ${cut}`);
    for (const [path, text] of Object.entries(contentsOf(image.number))) {
      const found = Buffer.concat([...disk.read(`${SLOTS_FOLDER}/${slot}/files/${path}`)]).toString();
      assert.equal(found, text, `${path}: ${cut}`);
    }
  };
const confirmed = ({ phase, installed }: UpdateState, { image }: Beginning): boolean =>
  phase === 'confirmed' && image.number === 2 && installed?.number === 2;
const backOnOne = ({ failed, phase }: UpdateState, { image }: Beginning): boolean =>
  image.number === 1 && failed.length === 1 && phase === 'rolled-back';

test('an update that the power is cut off from twice, anywhere, ends with the new release confirmed', async () => {
  const counted = await enumerateCuts(
    await made(),
    around(true),
    confirmed,
    ({ state, running, left }, cut) => {
      assert.equal(running.image.digest, two.image.digest, cut);
      assert.deepEqual([state.phase, state.floor, state.failed], ['confirmed', 3, []], cut);
      assert.ok(left.told.includes('people installed') && left.told.includes('manufacturer installed'), cut);
    },
    signedAndAtTheFloor,
  );
  console.log(
    `update: ${counted.once} remains of one power cut, ${counted.twice} more of two, of ${counted.cuts} cuts`,
  );
  assert.ok(counted.once + counted.twice > 2000);
});

test('a rollback that the power is cut off from twice, anywhere, ends on the release of before, and says why', async () => {
  const counted = await enumerateCuts(
    await made(),
    around(false),
    backOnOne,
    ({ state, running, left }, cut) => {
      assert.equal(running.image.digest, one.image.digest, cut);
      assert.deepEqual(state.failed, [{ digest: two.image.digest, number: 2 }], cut);
      const why = 'rolled-back unhealthy-control';
      assert.ok(left.told.includes(`people ${why}`) && left.told.includes(`manufacturer ${why}`), cut);
    },
    signedAndAtTheFloor,
  );
  console.log(
    `rollback: ${counted.once} remains of one power cut, ${counted.twice} more of two, of ${counted.cuts} cuts`,
  );
  assert.ok(counted.once + counted.twice > 2000);
});

test('a disk that is full at any write leaves the release that runs, and the update goes on when there is space', async () => {
  const first = await made();
  for (let at = 1, met = true; met; at += 1) {
    let writes = 0;
    const lacking = { ...around(true), full: () => (writes += 1) >= at };
    const stuck = await live(first, lacking, {
      rests: confirmed,
      began: (begun, floor, disk) => signedAndAtTheFloor(`full at ${at}`)(begun, floor, disk),
    });
    met = writes >= at;
    if (met) assert.equal(stuck.running.image.number, 1, `full at ${at}`);
    const freed = await live(stuck.left, around(true), { rests: confirmed });
    assert.equal(freed.running.image.number, 2, `full at ${at}`);
    assert.ok(at < 100);
  }
});
