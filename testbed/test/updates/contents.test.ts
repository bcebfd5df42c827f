import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { byPath, type ImageManifest } from '@hearthward/protocol';
import { openContents, sourceOf, verifyCandidate, type Candidate, type Disk } from '@hearthward/device/updates';
import { keyOf, memoryDisk, type Durable } from '../../src/updates/crashes/disk.ts';

/** EN 303 645 5.3-2: a download that the power is cut off from leaves what can be fetched again, and nothing that passes for it. */

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const TEXTS = {
  'hub.js': 'the hub of two',
  'lib/led.js': 'a lamp',
  'page.html': '<p>hello',
  'style.css': 'p{}',
  'licence.txt': 'Apache-2.0',
};
const OLD = 'a file of the image before';
const files = Object.entries(TEXTS)
  .map(([path, text]) => ({ path, sha256: sha256(text), length: text.length }))
  .sort(byPath);
const image: ImageManifest = { v: 1, product: 'hub', number: 2, entry: 'hub.js', files };
const manifest = Buffer.from(JSON.stringify(image));
const byDigest = new Map(Object.values(TEXTS).map((text) => [sha256(text), Buffer.from(text)]));
const candidate: Candidate = {
  image: { digest: sha256(manifest), number: 2, securityVersion: 1 },
  version: '2.0.0',
  kind: 'security',
  downtimeSeconds: 1,
  path: 'hub/releases/2.0.0/image.json',
  length: manifest.length,
};

/** As the updater does it: what is there by its length is not fetched, everything is read once more, what is bad goes. */
const bring = (disk: Disk, mayFetch = Infinity): number => {
  const contents = openContents('/contents', undefined, disk);
  let came = 0;
  for (let time = 0; time < 3; time += 1) {
    contents.keepOnly(image, [candidate.image.digest]);
    contents.put(candidate.image.digest, manifest);
    for (const { sha256: digest, length } of files) {
      if (contents.has(digest, length)) continue;
      assert.ok((came += 1) <= mayFetch, 'it is fetched again and again');
      contents.put(digest, byDigest.get(digest) ?? Buffer.alloc(0));
    }
    if (verifyCandidate({ contents, product: 'hub', slotBytes: 10_000 }, candidate).ok) return came;
  }
  return assert.fail('what was fetched three times is still damaged');
};

test('a download that the power is cut off from twice, anywhere, is whole in the end, and no torn file passes for a whole one', async () => {
  const first = memoryDisk();
  openContents('/contents', undefined, first.disk).put(sha256(OLD), Buffer.from(OLD));
  const seen = new Set<string>();
  /** What a cut at each effect leaves that nobody has seen. */
  const cutEverywhere = async (found: Durable, which: 'news' | 'latest'): Promise<Durable[]> => {
    const left: Durable[] = [];
    const memory = memoryDisk(found, () => {
      for (const each of memory.crashes(which)) {
        if (seen.has(keyOf(each))) continue;
        seen.add(keyOf(each));
        left.push(each);
      }
    });
    bring(memory.disk, 2 * files.length);
    const contents = openContents('/contents', undefined, memory.disk);
    const source = sourceOf({ contents, product: 'hub' }, candidate);
    assert.equal(sha256(source.manifest), candidate.image.digest);
    for (const { path, sha256: digest } of files) {
      const pieces: Uint8Array[] = [];
      for await (const piece of source.open(digest)) pieces.push(Buffer.from(piece));
      assert.equal(sha256(Buffer.concat(pieces)), digest, path);
    }
    assert.equal(contents.open(sha256(OLD)), undefined);
    return left;
  };
  const once = await cutEverywhere(first.synced(), 'news');
  let twice = 0;
  for (const left of once) {
    const more = await cutEverywhere(left, 'latest');
    twice += more.length;
    for (const again of more) bring(memoryDisk(again).disk, 2 * files.length);
  }
  console.log(`download: ${once.length} remains of one power cut, ${twice} more of two`);
  assert.ok(once.length + twice > 2000);
});

test('a disk that is full at any write leaves nothing that passes for a file, and the download goes on when there is space', () => {
  let at = 1;
  for (let met = true; met; at += 1) {
    let writes = 0;
    const lacking = memoryDisk(undefined, undefined, () => (writes += 1) >= at);
    try {
      bring(lacking.disk);
      met = false;
    } catch (thrown) {
      assert.equal((thrown as NodeJS.ErrnoException).code, 'ENOSPC');
    }
    bring(memoryDisk(lacking.synced()).disk, 2 * files.length);
    assert.ok(at < 100);
  }
  assert.ok(at > 8);
});
