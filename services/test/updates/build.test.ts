import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Release } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { readReleaseFolder, unpackRelease } from '../../src/updates/release/folder.ts';
import { unpack } from '../../src/updates/release/unpack.ts';
import { readWords } from '../../src/updates/release/words.ts';
import { sha256 } from '../../src/updates/repository/metadata.ts';
import { WORDS, built, imageIn, mustBuild, scratch } from './image.ts';

test('the-same-image-gives-the-same-bytes-on-another-day-in-another-place', async (t) => {
  const dir = scratch(t);
  imageIn(join(dir, 'image'));
  const first = await mustBuild(dir, { out: join(dir, 'a') });
  cpSync(join(dir, 'image'), join(dir, 'elsewhere/image'), { recursive: true });
  for (const name of ['main.js', 'lib/same.js', 'lib']) utimesSync(join(dir, 'elsewhere/image', name), 1, 1);
  chmodSync(join(dir, 'elsewhere/image/main.js'), 0o600);
  const second = await mustBuild(join(dir, 'elsewhere'), { out: join(dir, 'b') });
  assert.deepEqual(first.targets, second.targets);
  for (const name of readdirSync(join(dir, 'a/files')))
    assert.ok(readFileSync(join(dir, 'a/files', name)).equals(readFileSync(join(dir, 'b/files', name))), name);
  assert.ok(Value.Check(Release, first.release));
  writeFileSync(join(dir, 'image/main.js'), 'other');
  const third = await mustBuild(dir, { out: join(dir, 'c') });
  assert.notDeepEqual(third.targets, first.targets);
  await assert.rejects(built(dir, { out: join(dir, 'a') }), /is there already/);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('.release-')),
    [],
  );
});

test('the-pack-gives-every-file-again-and-a-delta-does-on-top-of-the-earlier-image', async (t) => {
  const dir = scratch(t);
  imageIn(join(dir, 'image'), 'one');
  await mustBuild(dir, { out: join(dir, 'one') });
  rmSync(join(dir, 'image'), { recursive: true });
  imageIn(join(dir, 'image'), 'two');
  const done = await mustBuild(dir, {
    out: join(dir, 'two'),
    words: { ...WORDS, version: '1.1.0', number: 2 },
    from: [join(dir, 'one')],
  });
  const two = await readReleaseFolder(join(dir, 'two'));
  assert.ok(two.ok);
  assert.ok((await unpackRelease(two.value, join(dir, 'contents'))).ok);
  for (const { path, sha256: of } of two.value.image.files)
    assert.ok(readFileSync(join(dir, 'contents', of)).equals(readFileSync(join(dir, 'image', path))), path);
  assert.equal(two.value.image.files.find(({ path }) => path === 'bin/tool')?.executable, true);

  const [delta] = done.release.deltas;
  assert.equal(delta?.pack, 'hub/releases/1.1.0/from-1.0.0.pack');
  assert.equal(delta.fromImage, sha256(readFileSync(join(dir, 'one/files/image.json'))));
  const one = await readReleaseFolder(join(dir, 'one'));
  assert.ok(one.ok);
  assert.ok((await unpackRelease(one.value, join(dir, 'old'))).ok);
  const had = new Set(one.value.image.files.map(({ sha256: of }) => of));
  const lengths = new Map(two.value.image.files.map(({ sha256: of, length }) => [of, length]));
  const pack = join(dir, 'two/files/from-1.0.0.pack');
  const opened = await unpack(pack, lengths, { into: join(dir, 'new'), old: join(dir, 'old') });
  assert.ok(opened.ok);
  for (const { path, sha256: of } of two.value.image.files)
    assert.ok(had.has(of) || readFileSync(join(dir, 'new', of)).equals(readFileSync(join(dir, 'image', path))), path);
  const size = (name: string) => readFileSync(join(dir, 'two/files', name)).length;
  assert.ok(size('from-1.0.0.pack') < size('full.pack') / 100, `${size('from-1.0.0.pack')} of ${size('full.pack')}`);
  const without = await unpack(pack, lengths);
  assert.ok(!without.ok);
  assert.match(without.because, /builds on/);
});

test('what-the-format-has-no-words-for-is-refused-by-name', async (t) => {
  const dir = scratch(t);
  const image = imageIn(join(dir, 'image'));
  symlinkSync('/etc/passwd', join(image, 'lib/link'));
  symlinkSync('..', join(image, 'up'));
  execFileSync('mkfifo', [join(image, 'pipe')]);
  writeFileSync(join(image, 'root-tool'), 'x');
  chmodSync(join(image, 'root-tool'), 0o4755);
  writeFileSync(join(image, 'back\\slash'), 'x');
  writeFileSync(join(image, 'trailing.'), 'x');
  writeFileSync(join(image, 'new\nline'), 'x');
  writeFileSync(join(image, 'MAIN.js'), 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${image}/`), Buffer.from([0xff, 0xfe])]), 'x');
  const refused = await built(dir, { out: join(dir, 'out') });
  assert.ok(!refused.ok);
  assert.equal(refused.code, 'image-refused');
  for (const says of [
    /"lib\/link": a link/,
    /"up": a link/,
    /"pipe": a device, pipe/,
    /"root-tool": set-user-id/,
    /back\\\\slash/,
    /trailing\./,
    /new\\nline/,
    /not UTF-8/,
  ])
    assert.ok(
      refused.lines.some((line) => says.test(line)),
      `${says} in ${refused.lines.join('; ')}`,
    );
  assert.ok(refused.lines.every((line) => !line.includes('\n')));
  assert.equal(existsSync(join(dir, 'out')), false);
  for (const name of ['lib/link', 'up', 'pipe', 'root-tool', 'back\\slash', 'trailing.', 'new\nline'])
    rmSync(join(image, name));
  rmSync(Buffer.concat([Buffer.from(`${image}/`), Buffer.from([0xff, 0xfe])]));
  const twins = await built(dir, { out: join(dir, 'out') });
  assert.ok(!twins.ok);
  assert.match(twins.lines.join(), /twice/);
  rmSync(join(image, 'MAIN.js'));
  for (const [words, says] of [
    [{ ...WORDS, entry: 'absent.js' }, /the image has no absent\.js/],
    [{ ...WORDS, entry: '../main.js' }, /the image has no/],
  ] as const) {
    const wrong = await built(dir, { out: join(dir, 'out'), words });
    assert.ok(!wrong.ok);
    assert.match(wrong.lines.join(), says);
  }
  writeFileSync(join(image, 'node_modules/left/package.json'), '{"name":"left"}');
  const nameless = await built(dir, { out: join(dir, 'out') });
  assert.ok(!nameless.ok);
  assert.match(nameless.lines.join(), /names no package and version/);
});

test('an-image-that-somebody-writes-to-meanwhile-is-not-released', async (t) => {
  const dir = scratch(t);
  const image = imageIn(join(dir, 'image'));
  let writes = 0;
  const progress = (step: string) => {
    if (step === 'again: reading the image') writeFileSync(join(image, 'main.js'), `other ${writes++}`);
  };
  const refused = await built(dir, { out: join(dir, 'out'), progress });
  assert.equal(writes, 1);
  assert.ok(!refused.ok);
  assert.equal(refused.code, 'not-reproducible');
  assert.ok(refused.lines.includes('hub/releases/1.0.0/image.json was another the second time'));
  const meanwhile = (step: string) => {
    if (step === 'full pack 0 %' || step.startsWith('full pack'))
      writeFileSync(join(image, 'data/large.bin'), `other ${writes++}`);
  };
  await assert.rejects(
    built(dir, { out: join(dir, 'out'), progress: meanwhile }),
    /changed while the release was built/,
  );
  assert.equal(existsSync(join(dir, 'out')), false);
});

test('a-mending-release-says-what-it-mends-and-each-release-what-goes-on', () => {
  const lines = (more: object) => {
    const read = readWords(JSON.stringify({ ...WORDS, ...more }));
    return read.ok ? [] : read.lines;
  };
  assert.deepEqual(lines({}), []);
  assert.match(lines({ kind: 'security' }).join(), /names at least one/);
  assert.match(lines({ keepsWorking: [] }).join(), /what goes on/);
  assert.match(lines({ number: 2 ** 31 }).join(), /number/);
  assert.match(lines({ number: 0 }).join(), /number/);
  assert.match(lines({ version: '1.0' }).join(), /version/);
  assert.match(lines({ models: [] }).join(), /models/);
  assert.match(lines({ pack: 'x' }).join(), /additional|pack|unevaluated/i);
  assert.ok(!readWords('{').ok);
});
