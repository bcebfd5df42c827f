import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readImage, Release } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { readReleaseFolder } from '../../src/updates/release/folder.ts';
import { publishRelease } from '../../src/updates/release/publish.ts';
import { proposeRelease } from '../../src/updates/release/propose.ts';
import { type ReleaseWords } from '../../src/updates/release/words.ts';
import {
  dropProposal,
  readProposal,
  signProposal,
  whyUnpublishable,
  writeProposal,
} from '../../src/updates/repository/proposal.ts';
import { sha256 } from '../../src/updates/repository/metadata.ts';
import { begun, CEREMONY, type Hall, START } from './hall.ts';
import { WORDS, imageIn, mustBuild } from './image.ts';

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
