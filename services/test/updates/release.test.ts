import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readImage, Release } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { build, type BuildIn, type Built } from '../../src/updates/release/build.ts';
import { readReleaseFolder, unpackRelease } from '../../src/updates/release/folder.ts';
import { publishRelease } from '../../src/updates/release/publish.ts';
import { proposeRelease } from '../../src/updates/release/propose.ts';
import { unpack } from '../../src/updates/release/unpack.ts';
import { type ReleaseWords, readWords } from '../../src/updates/release/words.ts';
import {
  dropProposal,
  readProposal,
  signProposal,
  whyUnpublishable,
  writeProposal,
} from '../../src/updates/repository/proposal.ts';
import { sha256 } from '../../src/updates/repository/metadata.ts';
import { begun, CEREMONY, type Hall, START } from './hall.ts';

const WORDS: ReleaseWords = {
  product: 'hub',
  version: '1.0.0',
  number: 1,
  models: ['HW-1'],
  kind: 'feature',
  securityVersion: 1,
  summary: { en: 'The first.' },
  risksRemoved: [],
  downtimeSeconds: 5,
  keepsWorking: [{ en: 'heating' }],
  entry: 'main.js',
};
const NOTHING = { exploited: new Map(), released: 'none of never', records: [] };

const scratch = (t: TestContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'release-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** An image in the manner of a Node application; `salt` changes what differs between versions. */
function imageIn(folder: string, salt = ''): string {
  const put = (path: string, text: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('main.js', `console.log('hub ${salt}');\n`);
  put('empty', '');
  put('lib/same.js', 'export const same = 1;\n'.repeat(500));
  put('lib/changed.js', `${'export const line = 1;\n'.repeat(2000)}// ${salt}\n`);
  put(`lib/chunk-${sha256(Buffer.from(salt)).slice(0, 8)}.js`, `${'chunk of code;\n'.repeat(900)}${salt}`);
  put('lib/twin.js', 'export const same = 1;\n'.repeat(500));
  put('bin/tool', '#!/bin/sh\n');
  chmodSync(join(folder, 'bin/tool'), 0o755);
  put('node_modules/left/package.json', '{"name":"left","version":"1.2.3"}');
  put('node_modules/left/test/package.json', '{"private":true}');
  put('node_modules/@scope/right/package.json', '{"name":"@scope/right","version":"2.0.0-beta.1"}');
  put('data/large.bin', Buffer.concat([Buffer.from(`begin ${salt}`), LARGE]));
  return folder;
}
const LARGE = randomBytes(1_500_000);

const built = async (dir: string, more: Partial<BuildIn> & { readonly out: string }): Promise<Built> =>
  build({ image: join(dir, 'image'), words: WORDS, from: [], catalogue: NOTHING, decisions: [], ...more });
const mustBuild = async (dir: string, more: Partial<BuildIn> & { readonly out: string }) => {
  const done = await built(dir, more);
  assert.ok(done.ok, done.ok ? '' : done.lines.join('\n'));
  return done;
};

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

/** A release folder signed by Dora and Emil for what is published now. */
async function sign(hall: Hall, folder: string, people: readonly string[] = ['Dora', 'Emil']): Promise<void> {
  const read = await readReleaseFolder(folder);
  assert.ok(read.ok, read.ok ? '' : read.because);
  dropProposal(folder);
  writeProposal(folder, proposeRelease(hall.room, hall.state(), read.value, CEREMONY));
  assert.equal(whyUnpublishable(hall.state(), readProposal(folder), hall.clock.now()), undefined);
  for (const name of people) signProposal(folder, readProposal(folder), hall.state(), await hall.person(name));
}

test('a-release-goes-from-the-folder-to-a-device-with-everything-said-about-it', async (t) => {
  const hall = await begun(t);
  const dir = hall.dir;
  imageIn(join(dir, 'image'), 'one');
  await mustBuild(dir, { out: join(dir, 'one') });
  await sign(hall, join(dir, 'one'));
  const done = await publishRelease(hall.room, join(dir, 'one'), CEREMONY);
  assert.ok(done.ok, done.ok ? '' : done.because);
  imageIn(join(dir, 'image'), 'two');
  const mends = {
    id: 'CVE-2026-1234',
    severity: 'high',
    risk: { en: 'A stranger could see the rooms.', ms: 'Orang asing boleh melihat bilik.' },
  } as const;
  const words: ReleaseWords = {
    ...WORDS,
    version: '1.0.1',
    number: 2,
    kind: 'security',
    securityVersion: 2,
    risksRemoved: [mends],
  };
  await mustBuild(dir, { out: join(dir, 'two'), words, from: [join(dir, 'one')] });
  await sign(hall, join(dir, 'two'));
  assert.ok((await publishRelease(hall.room, join(dir, 'two'), CEREMONY)).ok);
  const again = await publishRelease(hall.room, join(dir, 'two'), CEREMONY);
  assert.ok(again.ok && again.already);

  const device = hall.walk();
  device.refresh(START);
  const image = device.find('hub/security/1.0.1/image.json', START);
  assert.equal(image?.role, 'hub-security');
  assert.ok(Value.Check(Release, image.target.custom));
  assert.deepEqual(image.target.custom.risksRemoved, [mends]);
  const manifest = readImage(image.bytes, image.target.custom.unpackedBytes);
  assert.ok(manifest.ok);
  for (const path of [
    image.target.custom.pack,
    image.target.custom.deltas[0]?.pack ?? '',
    image.target.custom.sbom,
    image.target.custom.provenance,
  ]) {
    const found = device.find(path, START);
    assert.equal(sha256(found?.bytes ?? Buffer.alloc(0)), found?.target.hashes['sha256'], path);
  }
  const sbom = JSON.parse(device.find(image.target.custom.sbom, START)?.bytes.toString() ?? '');
  assert.deepEqual(
    sbom.components.map(({ purl }: { purl: string }) => purl),
    ['pkg:npm/%40scope/right@2.0.0-beta.1', 'pkg:npm/left@1.2.3'],
  );
  const statement = JSON.parse(device.find(image.target.custom.provenance, START)?.bytes.toString() ?? '');
  assert.ok(
    statement.subject.some(
      ({ digest }: { digest: { sha256: string } }) => digest.sha256 === image.target.hashes['sha256'],
    ),
  );
  assert.ok(device.find('hub/releases/1.0.0/image.json', START));
});

test('what-is-cut-off-swapped-too-long-mislabelled-or-falling-is-not-published', async (t) => {
  const hall = await begun(t);
  const dir = hall.dir;
  imageIn(join(dir, 'image'), 'one');
  await mustBuild(dir, { out: join(dir, 'one'), words: { ...WORDS, number: 5, securityVersion: 3 } });
  await sign(hall, join(dir, 'one'));
  let copies = 0;
  const altered = async (change: (folder: string) => void | Promise<void>) => {
    const folder = join(dir, `copy-${++copies}`);
    cpSync(join(dir, 'one'), folder, { recursive: true });
    await change(folder);
    const before = readdirSync(join(hall.room.files.path, 'metadata')).sort();
    const refused = await publishRelease(hall.room, folder, CEREMONY);
    assert.ok(!refused.ok);
    assert.deepEqual(readdirSync(join(hall.room.files.path, 'metadata')).sort(), before);
    assert.equal(existsSync(join(hall.room.files.path, 'targets/hub/security')), false);
    return refused.code;
  };
  const edit = (of: (text: string) => string) => (folder: string) =>
    writeFileSync(join(folder, 'release.json'), of(readFileSync(join(folder, 'release.json'), 'utf8')));
  const pack = (folder: string) => join(folder, 'files/full.pack');
  assert.equal(await altered((folder) => truncateSync(pack(folder), 100)), 'file-altered');
  assert.equal(await altered((folder) => writeFileSync(pack(folder), 'more', { flag: 'a' })), 'file-altered');
  assert.equal(await altered((folder) => cpSync(join(folder, 'files/sbom.cdx.json'), pack(folder))), 'file-altered');
  assert.equal(await altered((folder) => rmSync(pack(folder))), 'file-missing');
  assert.equal(
    await altered((folder) => (rmSync(pack(folder)), symlinkSync('/etc/passwd', pack(folder)))),
    'file-missing',
  );
  assert.equal(await altered(edit((text) => text.replaceAll('1.0.0', '1.0.9'))), 'release-mislabelled');
  assert.equal(await altered(edit((text) => text.replaceAll('"hub', '"camera'))), 'release-mislabelled');
  assert.equal(await altered(edit((text) => text.replace('"number": 5', '"number": 6'))), 'release-mislabelled');
  assert.equal(
    await altered(edit((text) => text.replace('"securityVersion": 3', '"securityVersion": 4'))),
    'release-mislabelled',
  );
  assert.equal(
    await altered(edit((text) => text.replace(/"length": \d+/, '"length": 9007199254740993'))),
    'release-malformed',
  );
  assert.equal(await altered(edit((text) => text.replace(/"length": (\d+)/, '"length": 2147483648'))), 'file-altered');
  assert.equal(await altered(edit(() => '[]')), 'release-malformed');
  // a pack whose digest fits and whose frame lies
  const lying = (folder: string) => {
    const bytes = readFileSync(pack(folder));
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    writeFileSync(pack(folder), bytes);
    const before = sha256(readFileSync(join(dir, 'one/files/full.pack')));
    edit((text) => text.replaceAll(before, sha256(bytes)))(folder);
  };
  assert.equal(await altered(lying), 'pack-refused');
  assert.equal(await altered((folder) => sign(hall, folder, ['Dora'])), 'below-threshold');
  assert.equal(await altered((folder) => sign(hall, folder, ['Alice', 'Bob'])), 'below-threshold');

  assert.ok((await publishRelease(hall.room, join(dir, 'one'), CEREMONY)).ok);
  for (const [words, code] of [
    [{ ...WORDS, version: '1.1.0', number: 5, securityVersion: 3 }, 'number-not-rising'],
    [{ ...WORDS, version: '1.1.0', number: 4, securityVersion: 3 }, 'number-not-rising'],
    [{ ...WORDS, version: '1.1.0', number: 6, securityVersion: 2 }, 'security-version-falls'],
    [{ ...WORDS, version: '1.0.0', number: 6, securityVersion: 3 }, 'version-taken'],
    [{ ...WORDS, product: 'camera', number: 6 }, 'product-unknown'],
  ] as const) {
    const out = join(dir, `next-${++copies}`);
    await mustBuild(dir, { out, words });
    if (words.product === 'hub') await sign(hall, out);
    else cpSync(join(dir, 'one/proposal.json'), join(out, 'proposal.json'));
    if (words.product !== 'hub') {
      const read = await readReleaseFolder(out);
      assert.ok(read.ok);
      dropProposal(out);
      writeProposal(out, proposeRelease(hall.room, hall.state(), read.value, CEREMONY));
    }
    const refused = await publishRelease(hall.room, out, CEREMONY);
    assert.ok(!refused.ok);
    assert.equal(refused.code, code);
  }
  const delta = join(dir, 'unpublished');
  imageIn(join(dir, 'image'), 'never published');
  await mustBuild(dir, { out: delta, words: { ...WORDS, version: '0.9.0', number: 4 } });
  imageIn(join(dir, 'image'), 'next');
  const out = join(dir, 'delta');
  await mustBuild(dir, { out, words: { ...WORDS, version: '1.1.0', number: 6, securityVersion: 3 }, from: [delta] });
  await sign(hall, out);
  const refused = await publishRelease(hall.room, out, CEREMONY);
  assert.ok(!refused.ok);
  assert.equal(refused.code, 'delta-unknown');
});
