import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runConformance } from '../../src/updates/conformance-client.ts';
import { HostileRepository } from '../../src/updates/hostile-repository.ts';
import { serveRepository, type ServedRepository } from '../../src/updates/served.ts';

/** What the TUF project's conformance suite drives, driven as the suite does: by its exit code and its files. */

const PROGRAM = join(import.meta.dirname, '../../src/updates/conformance.ts');
const ONLINE = ['targets', 'snapshot', 'timestamp'] as const;

let repository: HostileRepository;
let served: ServedRepository;
let folder: string;
/** For each test of a group, and of no other file. */
const withRepository = (): void => {
  beforeEach(async () => {
    repository = new HostileRepository(Date.now());
    served = await serveRepository(repository);
    folder = mkdtempSync(join(tmpdir(), 'hearthward-conformance-'));
    for (const name of ['metadata', 'targets']) mkdirSync(join(folder, name));
  });
  afterEach(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });
};

const argsOf = (args: readonly string[]): string[] => ['--metadata-dir', join(folder, 'metadata'), ...args];
const run = (...args: readonly string[]) => runConformance(argsOf(args));
const init = (root: Uint8Array = repository.last('root', 1)) => {
  writeFileSync(join(folder, 'first.json'), root);
  return run('init', join(folder, 'first.json'));
};
const refresh = () => run('--metadata-url', served.metadataUrl, 'refresh');
const download = (...names: readonly string[]) =>
  run(
    '--metadata-url',
    served.metadataUrl,
    '--target-base-url',
    `${served.targetsUrl}/`,
    '--target-dir',
    join(folder, 'targets'),
    ...names.flatMap((name) => ['--target-name', name]),
    'download',
  );
const ofMetadata = (): string[] => readdirSync(join(folder, 'metadata')).filter((name) => name.endsWith('.json'));
const downloaded = (): string[] =>
  readdirSync(join(folder, 'targets')).map((name) => readFileSync(join(folder, 'targets', name), 'utf8'));
const published = (path: string, text: string): void => {
  repository.addTarget('targets', path, Buffer.from(text));
  repository.publish(...ONLINE);
};

describe('the protocol of the conformance suite', () => {
  withRepository();
  it('init asks nobody, refresh leaves the metadata under the names that the suite looks for', async () => {
    assert.deepEqual(await init(), { code: 0, stderr: '' });
    assert.deepEqual(served.asked, []);
    assert.deepEqual(ofMetadata(), ['root.json']);
    assert.deepEqual(await refresh(), { code: 0, stderr: '' });
    assert.deepEqual(ofMetadata(), ['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
    for (const name of ofMetadata()) {
      const kept = readFileSync(join(folder, 'metadata', name));
      assert.deepEqual(kept, Buffer.from(repository.last(name.replace('.json', ''))));
    }
  });

  it('what is refused is exit code 1 with its reason, and so is a call that makes no sense', async () => {
    await init(Buffer.from('{}'));
    assert.deepEqual(await refresh(), { code: 1, stderr: 'root: malformed: not signed metadata\n' });
    assert.deepEqual(served.asked, []);
    for (const args of [['refresh'], ['init'], ['refresh', 'more'], ['constructor'], []]) {
      assert.equal((await run(...args)).code, 1);
    }
  });

  it('is spoken by a program of its own', async () => {
    await init(Buffer.from('{}'));
    const started = new Promise((resolve) => {
      execFile(
        process.execPath,
        [PROGRAM, ...argsOf(['--metadata-url', served.metadataUrl, 'refresh'])],
        (error, _out, stderr) => resolve({ code: error?.code ?? 0, stderr }),
      );
    });
    assert.deepEqual(await started, { code: 1, stderr: 'root: malformed: not signed metadata\n' });
  });

  it('a download refreshes first, and a target that nobody names is none', async () => {
    await init();
    const { code, stderr } = await download('nowhere');
    assert.equal(code, 1);
    assert.match(stderr, /^targets: no-such-target: /);
    assert.deepEqual(
      served.asked.map((path) => path.slice('/metadata/'.length)),
      ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json'],
    );
  });
});

describe('a target', () => {
  withRepository();
  it('is downloaded once, under one name in one folder, whatever it is called', async () => {
    published('path/to/a file', 'its bytes');
    await init();
    assert.equal((await download('path/to/a file')).code, 0);
    const count = served.asked.length;
    assert.equal((await download('path/to/a file')).code, 0);
    assert.deepEqual(downloaded(), ['its bytes']);
    assert.ok(
      served.asked.slice(count).every((path) => path.startsWith('/metadata/')),
      'the second time from disk',
    );
  });

  it('takes the place of the one of the same name, once that has changed', async () => {
    await init();
    for (const text of ['first', 'second, longer']) {
      published('app', text);
      assert.equal((await download('app')).code, 0);
      assert.deepEqual(downloaded(), [text]);
    }
  });

  it('with other bytes than those signed leaves nothing behind, and does not harm what is there', async () => {
    published('one', 'first');
    published('two', 'other');
    await init();
    assert.equal((await download('one')).code, 0);
    for (const hostile of ['evil!', 'longer than what was signed', '', 'oth']) {
      repository.artifacts.set('one', Buffer.from(hostile));
      repository.artifacts.set('two', Buffer.from(hostile));
      assert.equal((await download('one')).code, 0, 'it is not fetched again');
      assert.equal((await download('two')).code, 1);
      assert.deepEqual(downloaded(), ['first']);
    }
    repository.addTarget('targets', 'one', Buffer.from('new'));
    repository.publish(...ONLINE);
    repository.artifacts.set('one', Buffer.from('old'));
    assert.equal((await download('one')).code, 1);
    assert.deepEqual(downloaded(), ['first']);
  });

  it('without end is left at the first byte too many', async () => {
    published('app', 'x');
    await init();
    await refresh();
    const [hash] = Object.values(repository.targets.targets['app']?.hashes ?? {});
    let running = true;
    served.answers.set(`/targets/${hash}.app`, (response) => {
      response.on('close', () => (running = false));
      const more = (): void => {
        if (running && response.write(Buffer.alloc(1 << 16))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    const { code, stderr } = await download('app');
    assert.equal(code, 1);
    assert.match(stderr, /more than 1 bytes/);
    assert.deepEqual(downloaded(), []);
  });

  it('is held against any digest that is known, and against one at least', async () => {
    const bytes = Buffer.from('digests');
    const of = (name: string): string => createHash(name).update(bytes).digest('hex');
    await init();
    for (const [hashes, code] of [
      [{ sha512: of('sha512') }, 0],
      [{ sha256: of('sha256'), sha512: of('sha512') }, 0],
      [{ sha256: of('sha256'), sha512: of('sha256') }, 1],
      [{ 'unknown-hash': of('sha512') }, 1],
    ] as const) {
      rmSync(join(folder, 'targets', 'app'), { force: true });
      repository.addTarget('targets', 'app', bytes);
      Object.assign(repository.targets.targets['app'] ?? {}, { hashes });
      repository.publish(...ONLINE);
      assert.equal((await download('app')).code, code);
      assert.deepEqual(downloaded(), code === 0 ? ['digests'] : []);
    }
  });

  it('of several comes in their order, up to the first that is refused', async () => {
    for (const name of ['one', 'two', 'three']) published(name, name);
    repository.artifacts.set('two', Buffer.from('evil'));
    await init();
    assert.equal((await download('one', 'two', 'three')).code, 1);
    assert.deepEqual(downloaded(), ['one']);
  });
});
