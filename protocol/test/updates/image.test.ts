import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byPath, IMAGE_LIMITS, readImage, type ImageFile, type ImageRefusal } from '../../src/index.ts';

const SLOT = 1_000_000;
const file = (path: string, length = 1): ImageFile => ({ path, sha256: 'a'.repeat(64), length });
const image = (files: readonly unknown[], entry = 'hub.ts'): Buffer =>
  Buffer.from(JSON.stringify({ v: 1, product: 'hub', number: 2, entry, files }));
const sorted = (...paths: string[]): ImageFile[] => paths.map((path) => file(path)).sort(byPath);
const codeOf = (bytes: Uint8Array): ImageRefusal | 'read' => {
  const read = readImage(bytes, SLOT);
  return read.ok ? 'read' : read.code;
};

test('reads-a-tree-of-files-and-sums-what-it-takes', () => {
  const read = readImage(image(sorted('hub.ts', 'node_modules/a/index.js', 'lib/ü.js')), SLOT);
  assert.ok(read.ok);
  assert.equal(read.bytes, 3);
  assert.deepEqual(
    read.image.files.map(({ path }) => path),
    ['hub.ts', 'lib/ü.js', 'node_modules/a/index.js'],
  );
});

test('refuses-every-path-that-could-leave-the-slot', () => {
  const paths = [
    '../hub.ts',
    '/etc/passwd',
    'a/../../b',
    'a//b',
    './a',
    'a/.',
    'a\\b',
    'C:x',
    'a\u0000b',
    'a\nb',
    'x/',
    'aux.',
    'a /b',
  ];
  for (const path of [...paths, `${'ä/'.repeat(400)}x`, 'n'.repeat(IMAGE_LIMITS.segmentBytes + 1)]) {
    assert.equal(codeOf(image([file(path), file('hub.ts')].sort(byPath))), 'path-unsafe', JSON.stringify(path));
  }
  assert.equal(
    codeOf(
      Buffer.from(
        image([file('x'), file('hub.ts')].sort(byPath))
          .toString()
          .replace('"x"', '"\\ud800"'),
      ),
    ),
    'path-unsafe',
  );
});

test('refuses-two-files-that-one-file-system-would-write-over-each-other', () => {
  assert.equal(codeOf(image([file('hub.ts'), file('hub.ts')])), 'path-twice');
  assert.equal(codeOf(image(sorted('Hub.ts', 'hub.ts'))), 'path-twice');
  assert.equal(codeOf(image(sorted('hub.ts', 'é', 'e\u0301'))), 'path-twice');
  assert.equal(codeOf(image(sorted('hub.ts', 'a', 'a/b'))), 'path-twice');
  assert.equal(codeOf(image(sorted('hub.ts', 'A/b', 'a'))), 'path-twice');
});

test('refuses-what-no-slot-can-hold-before-anything-is-written', () => {
  assert.equal(codeOf(image([file('hub.ts', SLOT + 1)])), 'image-too-large');
  for (const length of [2 ** 31, 2 ** 53 - 1]) {
    assert.equal(codeOf(image([file('a', length), file('b', length), file('hub.ts')])), 'image-too-large');
  }
  // past what a number holds exactly, no schema takes it
  assert.equal(codeOf(image([file('hub.ts', 2 ** 53)])), 'image-malformed');
  assert.equal(codeOf(Buffer.alloc(IMAGE_LIMITS.manifestBytes + 1, 0x20)), 'image-too-large');
});

test('refuses-kinds-of-files-that-the-format-does-not-have', () => {
  const odd = [{ mode: 0o4755 }, { link: '/etc/passwd' }, { device: [1, 3] }, { executable: false }, { owner: 0 }];
  for (const extra of odd) assert.equal(codeOf(image([{ ...file('hub.ts'), ...extra }])), 'image-malformed');
});

test('refuses-an-order-of-its-own-and-a-missing-entry', () => {
  assert.equal(codeOf(image([file('hub.ts'), file('a')])), 'files-unordered');
  assert.equal(codeOf(image([file('a')])), 'entry-missing');
});

test('whatever-the-bytes-it-answers-and-never-lets-a-path-out', () => {
  const segment = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('..', '.', '', 'a', 'A', 'é'));
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.array(path, { maxLength: 6 }), (paths) => {
      const read = readImage(image([...sorted(...new Set(paths)), file('hub.ts')].sort(byPath)), SLOT);
      if (!read.ok) return;
      for (const each of read.image.files) {
        assert.equal(
          new URL(`file:///slot/${encodeURIComponent(each.path).replaceAll('%2F', '/')}`).pathname.startsWith('/slot/'),
          true,
        );
        assert.equal(
          each.path.split('/').some((part) => ['', '.', '..'].includes(part)),
          false,
        );
      }
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assert.equal(readImage(bytes, SLOT).ok, false);
    }),
  );
});
