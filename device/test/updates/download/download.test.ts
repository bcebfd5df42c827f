import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { type ImageManifest, PACK_LIMITS } from '@hearthward/protocol';
import { type Contents, openContents } from '../../../src/updates/download/contents.ts';
import { downloadImage } from '../../../src/updates/download/download.ts';
import { type HttpGet } from '../../../src/updates/download/ranges.ts';
import { imageOf, packOf, piecesOf, serving, sha256 } from './packing.ts';

const A = Buffer.from('console.log("a")\n'.repeat(300));
const B = randomBytes(20_000);
const C = Buffer.from('the third\n');
const EMPTY = Buffer.alloc(0);
const TREE = { 'hub.ts': A, 'lib/b.bin': B, 'lib/c.txt': C, empty: EMPTY };
const IMAGE = imageOf(TREE);
const PACK = packOf([{ files: [A, C, EMPTY] }, { files: [B] }]);

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-download-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const bring = (contents: Contents, get: HttpGet, pack = PACK, image = IMAGE, idleMillis = 5_000) =>
  downloadImage({
    image,
    pack: { path: 'full.pack', length: pack.length },
    get,
    contents,
    signal: never(),
    idleMillis,
  });
const never = (): AbortSignal => new AbortController().signal;
const missing = (contents: Contents, image: ImageManifest = IMAGE): string[] =>
  image.files.filter((file) => !contents.has(file.sha256, file.length)).map(({ path }) => path);
const filesOn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

test('brings-every-file-once-and-tells-how-far-it-is', async (t) => {
  const contents = openContents(folderOf(t));
  const { get, asked, closed } = serving(PACK);
  const told: [number, number][] = [];
  const done = await downloadImage({
    image: IMAGE,
    pack: { path: 'full.pack', length: PACK.length },
    get,
    contents,
    signal: never(),
    progress: (bytes, of) => told.push([bytes, of]),
  });
  assert.deepEqual([done.ok, done.fetchedBytes], [true, PACK.length]);
  assert.deepEqual(missing(contents), []);
  assert.deepEqual(contents.read(sha256(B)), B);
  assert.equal(told.at(-1)?.[0], told.at(-1)?.[1]);
  // prefix, index, and all blocks in one
  assert.equal(asked.length, 3);
  assert.equal(closed(), 3);
  const again = serving(PACK);
  await bring(contents, again.get);
  assert.equal(again.asked.length, 2, 'nothing but the head is asked for a second time');
});

test('what-is-unchanged-comes-from-the-running-image-and-what-changed-from-a-patch', async (t) => {
  const folder = folderOf(t);
  const slot = join(folder, 'slot');
  mkdirSync(join(slot, 'lib'), { recursive: true });
  const old = randomBytes(200_000);
  writeFileSync(join(slot, 'lib/b.bin'), old);
  writeFileSync(join(slot, 'hub.ts'), A);
  const changed = Buffer.concat([old.subarray(0, 100_000), Buffer.from('new'), old.subarray(100_000)]);
  const image = imageOf({ 'hub.ts': A, 'lib/b.bin': changed });
  const running = { image: imageOf({ 'hub.ts': A, 'lib/b.bin': old }), slot };
  const contents = openContents(join(folder, 'fetched'), running);
  const pack = packOf([{ files: [changed], from: [old] }]);
  assert.ok(pack.length < 1000, `${pack.length} bytes of patch`);
  const done = await bring(contents, serving(pack).get, pack, image);
  assert.equal(done.ok, true);
  assert.deepEqual(contents.read(sha256(changed)), changed);

  await t.test('a-running-file-that-is-damaged-is-found-before-anything-builds-on-it', async () => {
    writeFileSync(join(slot, 'lib/b.bin'), old.with(7, (old[7] ?? 0) ^ 1));
    const other = openContents(join(folder, 'other'), running);
    const refused = await bring(other, serving(pack).get, pack, image);
    assert.deepEqual([refused.ok, !refused.ok && refused.code], [false, 'pack-damaged']);
    assert.deepEqual(filesOn(join(folder, 'other')), []);
    // what was found damaged is no longer counted on
    const next = await bring(other, serving(pack).get, pack, image);
    assert.equal(!next.ok && next.code, 'pack-for-another-image');
  });
});

test('what-has-come-stays-when-it-breaks-off-and-is-not-fetched-again', async (t) => {
  const contents = openContents(folderOf(t));
  const cut = serving(PACK, (honest, { from, to }, nth) =>
    nth === 3 ? { ...honest, body: piecesOf(PACK.subarray(from, to - 5000)) } : honest,
  );
  const first = await bring(contents, cut.get);
  assert.deepEqual([first.ok, !first.ok && first.code, !first.ok && first.again], [false, 'cut-off', true]);
  assert.deepEqual(missing(contents), ['lib/b.bin']);
  const rest = serving(PACK);
  assert.equal((await bring(contents, rest.get)).ok, true);
  assert.deepEqual(missing(contents), []);
  assert.equal(rest.asked.at(-1)?.from, PACK.length - ((rest.asked.at(-1)?.to ?? 0) - (rest.asked.at(-1)?.from ?? 0)));
});

test('a-server-that-ignores-ranges-costs-bytes-and-nothing-else', async (t) => {
  const contents = openContents(folderOf(t));
  const { get } = serving(PACK, (honest) => ({ ...honest, status: 200, headers: {}, body: piecesOf(PACK) }));
  assert.equal((await bring(contents, get)).ok, true);
  assert.deepEqual(missing(contents), []);
});

for (const [name, status, headers, code] of [
  ['a-captive-portal-that-redirects', 302, { location: 'http://login.example/' }, 'not-the-repository'],
  [
    'a-captive-portal-that-answers-a-page',
    200,
    { 'content-length': '512', 'content-type': 'text/html' },
    'not-the-repository',
  ],
  ['a-range-that-was-not-asked-for', 206, { 'content-range': 'bytes 5-6/7' }, 'not-the-repository'],
  ['a-range-of-nothing-in-particular', 206, {}, 'not-the-repository'],
  ['an-encoding-that-was-not-asked-for', 206, { 'content-encoding': 'gzip' }, 'not-the-repository'],
  ['a-pack-that-is-gone', 404, {}, 'absent'],
  ['a-server-that-is-busy', 503, { 'retry-after': '1' }, 'busy'],
] as const) {
  test(`${name}-leaves-nothing-behind`, async (t) => {
    const folder = folderOf(t);
    const contents = openContents(folder);
    const { get, closed, asked } = serving(PACK, (honest) => ({ ...honest, status, headers }));
    const done = await bring(contents, get);
    assert.equal(!done.ok && done.code, code);
    assert.equal(!done.ok && done.again, code !== 'absent');
    assert.deepEqual(filesOn(folder), []);
    assert.equal(closed(), asked.length);
  });
}

test('a-server-that-falls-silent-is-left', async (t) => {
  const contents = openContents(folderOf(t));
  const silent = serving(PACK, (honest) => ({
    ...honest,
    body: { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) },
  }));
  const done = await bring(contents, silent.get, PACK, IMAGE, 20);
  assert.equal(!done.ok && done.code, 'stalled');
  assert.equal(silent.closed(), 1);
  const nobody: HttpGet = () => new Promise(() => undefined);
  const unanswered = await bring(contents, nobody, PACK, IMAGE, 20);
  assert.equal(!unanswered.ok && unanswered.code, 'stalled');
  const refused: HttpGet = () => Promise.reject(new Error('ECONNREFUSED'));
  const unreachable = await bring(contents, refused);
  assert.equal(!unreachable.ok && unreachable.code, 'unreachable');
});

test('endless-data-is-read-no-further-than-what-was-asked', async (t) => {
  let given = 0;
  // eslint-disable-next-line @typescript-eslint/require-await -- a body is asynchronous
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      given += 1000;
      yield Buffer.alloc(1000, 0x41);
    }
  }
  const contents = openContents(folderOf(t));
  const done = await bring(contents, serving(PACK, (honest) => ({ ...honest, body: endless() })).get);
  assert.equal(!done.ok && done.code, 'pack-malformed');
  assert.ok(given <= 2000, `${given} bytes were read`);
});

test('a-frame-that-holds-more-than-it-says-is-left-where-it-passes-its-bound', async (t) => {
  const folder = folderOf(t);
  const bomb = Buffer.alloc(PACK_LIMITS.blockBytes + 1);
  const small = Buffer.from('small');
  const lie = (files: readonly string[], unpacked: number) =>
    packOf([{ files: [bomb] }], ([block]) => [{ ...(block ?? assert.fail()), files: [...files], unpacked }]);
  for (const pack of [lie([sha256(small)], small.length), lie([sha256(small), sha256(EMPTY)], small.length)]) {
    const image = imageOf({ 'hub.ts': small, empty: EMPTY });
    const contents = openContents(folder);
    contents.put(sha256(EMPTY), EMPTY);
    const before = process.memoryUsage().arrayBuffers;
    const done = await bring(contents, serving(pack).get, pack, image);
    assert.equal(!done.ok && done.code, 'pack-damaged');
    assert.ok(process.memoryUsage().arrayBuffers - before < PACK_LIMITS.blockBytes);
    assert.deepEqual(missing(contents, image), ['hub.ts']);
    assert.deepEqual(filesOn(folder), [sha256(EMPTY)]);
  }
});

test('a-pack-of-another-image-brings-nothing', async (t) => {
  const folder = folderOf(t);
  const contents = openContents(folder);
  for (const [pack, code] of [
    [packOf([{ files: [A, C] }]), 'pack-incomplete'],
    [packOf([{ files: [A, Buffer.from('foreign')] }]), 'pack-contradicts-image'],
    [
      packOf([{ files: [A] }], (blocks) => blocks.map((block) => ({ ...block, unpacked: block.unpacked + 1 }))),
      'pack-contradicts-image',
    ],
    [packOf([{ files: [A], from: [Buffer.from('not here')] }]), 'pack-for-another-image'],
    [Buffer.from('PK\u0003\u0004 and so on, longer than a prefix'), 'pack-malformed'],
    [Buffer.alloc(3), 'pack-malformed'],
  ] as const) {
    const done = await bring(contents, serving(pack).get, pack);
    assert.equal(!done.ok && done.code, code);
    assert.equal(!done.ok && done.again, false);
  }
  assert.deepEqual(filesOn(folder), []);
});

test('whatever-bit-is-turned-no-file-has-other-bytes-than-its-digest-says', async (t) => {
  const folder = folderOf(t);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: PACK.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
      const contents = openContents(folder);
      contents.keepOnly();
      const turned = Buffer.from(PACK);
      turned[at] = (turned[at] ?? 0) ^ (1 << bit);
      const done = await bring(contents, serving(turned).get);
      for (const { sha256: digest } of IMAGE.files) {
        const bytes = contents.read(digest);
        if (bytes) assert.equal(sha256(bytes), digest);
      }
      // a bit that changes nothing that comes out may pass; then everything is there, and right
      if (done.ok) assert.deepEqual(missing(contents), []);
    }),
    { numRuns: 300 },
  );
});

test('what-an-earlier-download-left-goes-when-another-image-is-wanted', async (t) => {
  const folder = folderOf(t);
  const contents = openContents(folder);
  await bring(contents, serving(PACK).get);
  writeFileSync(join(folder, sha256(A).slice(0, 2), `${sha256(A)}.new`), 'half');
  contents.keepOnly(imageOf({ 'hub.ts': A }));
  assert.deepEqual(filesOn(folder), [sha256(A)]);
});
