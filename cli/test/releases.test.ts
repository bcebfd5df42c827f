import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import declaration from '@hearthward/example-hub';
import { memberOf, Offers, readPackPrefix, Release } from '@hearthward/protocol';
import { folderStore, LIMITS, openMetadata, systemDisk, type FetchMetadata } from '@hearthward/device/updates';
import { Value } from 'typebox/value';
import { keptIn, type Kept } from '../src/start/data-folder.ts';
import { publishFirst } from '../src/start/releases/first.ts';
import { ask, KINDS, takeBack, type Kind } from '../src/start/releases/kinds.ts';
import { repositoryOf } from '../src/start/releases/repository.ts';
import { buildNow, softwareOf } from '../src/start/releases/software.ts';
import { firstWords } from '../src/start/releases/words.ts';
import { scratch } from './command.ts';

const DEVICE = 'a1b2c3d4e5f6';
const FIRST = '0.1.0';

/** A repository as `start` has it, with an image of one file, and a hub that has a name. */
const begun = async (path: string): Promise<Kept> => {
  for (const part of ['services', 'hub', 'releases', 'secrets']) mkdirSync(join(path, part), { recursive: true });
  const kept = keptIn(path);
  const image = join(softwareOf(kept), 'files');
  mkdirSync(image, { recursive: true });
  writeFileSync(join(image, 'hub.js'), 'run();\n');
  writeFileSync(join(image, 'declaration.js'), "export default { softwareVersion: '0.1.0' };\n");
  await buildNow(kept, image, firstWords(declaration));
  await publishFirst(kept);
  writeFileSync(join(kept.hub, 'bundle.json'), JSON.stringify(BUNDLE));
  return kept;
};

const BUNDLE = {
  v: 1,
  productId: 'hub',
  listen: {},
  bundle: {
    v: 1,
    deviceId: DEVICE,
    serial: 'X',
    initialIdentity: ['x'],
    anchors: ['x'],
    initialPassword: { algorithm: 'argon2id', memoryKib: 8, passes: 1, parallelism: 1, salt: '', tag: '' },
    services: { enrolment: '', messages: '', site: '' },
    madeAt: '2026-01-01T00:00:00Z',
  },
};

/** What a device believes of it, over one walk after another with what it kept. */
const deviceOf = async (kept: Kept, folder: string) => {
  const repository = await repositoryOf(kept);
  const read = (name: string) => {
    const file = join(repository, name);
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  const fetch: FetchMetadata = async (name) => {
    const bytes = read(`metadata/${name}`);
    return bytes ? { ok: true, bytes } : { ok: false, code: 'absent', because: 'it is not there' };
  };
  const metadata = openMetadata({
    store: folderStore(systemDisk, folder),
    factoryRoot: read('metadata/1.root.json') ?? new Uint8Array(),
    fetch,
    clock: { now: () => Date.now() },
    notBefore: Date.parse('2026-01-01'),
    limits: LIMITS,
  });
  return async () => {
    const believed = await metadata.refresh();
    if (!believed.ok) return believed.code;
    const target = async (path: string) => {
      const found = await believed.target(path);
      assert.ok(found.ok, path);
      const bytes = read(`targets/${decodeURIComponent(found.target.address)}`) ?? Buffer.alloc(0);
      const digest = createHash('sha256').update(bytes).digest('hex');
      return { bytes, custom: found.target.custom, genuine: digest === found.target.hashes['sha256'] };
    };
    const offers: unknown = JSON.parse((await target('hub/offers.json')).bytes.toString());
    assert.ok(Value.Check(Offers, offers));
    return Promise.all(
      offers.offers.map(async (offer) => {
        const named = await believed.target(offer.image);
        if (!named.ok) return { offer };
        const { custom } = await target(offer.image);
        assert.ok(Value.Check(Release, custom));
        const pack = await target(custom.pack);
        assert.ok(readPackPrefix(pack.bytes).ok);
        return { offer, release: custom, pack: pack.genuine };
      }),
    );
  };
};

describe('the bench of the demonstration', () => {
  let template: string;
  let clear = (): void => undefined;
  after(() => clear());
  before(async () => {
    template = scratch({ after: (done) => (clear = done) });
    await begun(template);
  });

  const bench = async (t: TestContext) => {
    const path = join(scratch(t), 'data');
    cpSync(template, path, { recursive: true });
    const kept = keptIn(path);
    return { kept, look: await deviceOf(kept, join(path, 'device')) };
  };
  const versions = (seen: Awaited<ReturnType<Awaited<ReturnType<typeof deviceOf>>>>) =>
    typeof seen === 'string' ? seen : seen.flatMap(({ release }) => release?.version ?? []);

  const EXPECTED: Readonly<Record<Kind, readonly string[] | string>> = {
    next: ['0.1.3', FIRST],
    damaged: ['0.1.3', FIRST],
    unsigned: [FIRST],
    failing: ['0.1.3', FIRST],
    older: ['0.0.9', FIRST],
    'other-model': ['0.1.3', FIRST],
  };
  for (const kind of KINDS) {
    test(`${kind} is offered to the one unit, and taken back as if it had never been`, async (t) => {
      const { kept, look } = await bench(t);
      const before = await look();
      assert.deepEqual(versions(before), [FIRST]);
      await ask(kept, kind);
      const seen = await look();
      assert.deepEqual(versions(seen), EXPECTED[kind]);
      const [asked] = typeof seen === 'string' ? [] : seen;
      assert.ok(asked);
      assert.ok(kind === 'older' || asked.offer.number > 2);
      assert.deepEqual([asked.offer.below, asked.offer.members], [0, [memberOf(asked.offer.salt, DEVICE)]]);
      if (asked.release) {
        assert.notEqual(kind, 'unsigned');
        assert.equal(asked.pack, kind !== 'damaged');
        assert.equal(asked.release.models.includes(declaration.product.model.designation), kind !== 'other-model');
      }
      await takeBack(kept);
      assert.deepEqual(await look(), before);
      const left = readdirSync(kept.releases).filter((name) => ['aside', 'offered-before.json'].includes(name));
      assert.deepEqual(left, []);
    });
  }

  test('next is another version each time, of which nothing but the declaration is new, and says which risk goes away', async (t) => {
    const { kept, look } = await bench(t);
    await ask(kept, 'next');
    const [first] = await look();
    await ask(kept, 'next');
    const [second] = await look();
    assert.ok(typeof first === 'object' && typeof second === 'object' && first.release && second.release);
    assert.deepEqual([first.release.version, second.release.version], ['0.1.3', '0.1.4']);
    assert.equal(second.release.kind, 'security');
    assert.equal(second.release.risksRemoved.length, 1);
    const files = (version: string) => {
      const text = readFileSync(join(kept.releases, version, 'files/image.json'), 'utf8');
      return (JSON.parse(text) as { files: { path: string; sha256: string }[] }).files;
    };
    const changed = files('0.1.4').filter(({ sha256 }) => !files(FIRST).some((each) => each.sha256 === sha256));
    assert.deepEqual(
      changed.map(({ path }) => path),
      ['declaration.js'],
    );
    assert.match(readFileSync(join(kept.releases, 'later/declaration.js'), 'utf8'), /softwareVersion: '0\.1\.4'/);
  });

  test('what an interruption left spoiled is put back by the next question', async (t) => {
    const { kept, look } = await bench(t);
    await ask(kept, 'unsigned');
    await ask(kept, 'older');
    assert.deepEqual(versions(await look()), ['0.0.9', FIRST]);
    await ask(kept, 'damaged');
    await takeBack(kept);
    assert.deepEqual(versions(await look()), [FIRST]);
  });

  test('as a command it says in one line what is wrong', async (t) => {
    const { kept } = await bench(t);
    const script = join(import.meta.dirname, '../src/start/releases/bench.ts');
    const run = (...words: string[]) =>
      spawnSync(process.execPath, [script, kept.path, ...words], { encoding: 'utf8' });
    assert.equal(run('older', 'ask').status, 0);
    assert.equal(run('older', 'take-back').status, 0);
    const refused = run('better', 'ask');
    assert.equal(refused.status, 64);
    assert.match(refused.stderr, /^[^\n]*KIND[^\n]*\n$/);
  });
});
