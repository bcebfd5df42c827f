import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { buildImage, imageInputs } from '../../src/updates/image/build.ts';
import { readTree } from '../../src/updates/release/tree.ts';
import { scratch } from './image.ts';
import { workspace } from './workspace.ts';

const ROOT = join(import.meta.dirname, '../../..');
const HUB = dirname(fileURLToPath(import.meta.resolve('@hearthward/example-hub')));

const pathsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test('an-image-holds-what-runs-and-nothing-that-builds-tests-or-documents', (t) => {
  const { at, image } = workspace(t);
  const built = image();
  assert.deepEqual(built, { ok: true, packages: 5, files: 14, bytes: built.ok ? built.bytes : 0 });
  assert.deepEqual(pathsIn(at('image-1')), [
    'app.js',
    'node_modules/@own/lib/package.json',
    'node_modules/@own/lib/src/index.js',
    'node_modules/@own/lib/src/table.bin',
    'node_modules/left/LICENSE.txt',
    'node_modules/left/index.js',
    'node_modules/left/lib/test/inner.js',
    'node_modules/left/node_modules/right/index.js',
    'node_modules/left/node_modules/right/package.json',
    'node_modules/left/package.json',
    'node_modules/right/index.js',
    'node_modules/right/package.json',
    'package.json',
    'words.json',
  ]);
  assert.deepEqual(JSON.parse(readFileSync(at('image-1/package.json'), 'utf8')), {
    name: '@own/app',
    version: '1.0.0',
    type: 'module',
    exports: { '.': './app.js' },
    bin: { app: './app.js' },
    dependencies: { '@own/lib': '1.0.0', left: '1.0.0' },
  });
  assert.deepEqual([...readFileSync(at('image-1/node_modules/@own/lib/src/table.bin'))], [0, 1, 2, 255]);
  const said = execFileSync(process.execPath, ['app.js'], { cwd: at('image-1'), encoding: 'utf8' });
  assert.equal(said, `1 hello ${at('image-1/app.js')}\n`);
});

test('the-same-packages-give-the-same-image-on-another-day', (t) => {
  const { at, put, image } = workspace(t);
  assert.ok(image().ok);
  utimesSync(at('app/app.ts'), 1, 1);
  const inputs = imageInputs({ product: at('app') });
  assert.match(String(inputs), /^[0-9a-f]{64}$/);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  assert.ok(image().ok);
  const [first, second] = [readTree(at('image-1')), readTree(at('image-2'))];
  assert.ok(first.ok && second.ok);
  const seen = (tree: typeof first) => tree.files.map(({ path, sha256 }) => [path, sha256]);
  assert.deepEqual(seen(first), seen(second));
  assert.deepEqual(
    [lstatSync(at('image-2/app.js')).mode & 0o777, lstatSync(at('image-2/node_modules')).mode & 0o777],
    [0o644, 0o755],
  );
  assert.equal(imageInputs({ product: at('app') }), inputs);
  put('lib/src/table.bin', 'another');
  assert.notEqual(imageInputs({ product: at('app') }), inputs);
  assert.throws(() => buildImage({ product: at('app'), out: at('image-1') }), { code: 'already-there' });
  assert.deepEqual(
    readdirSync(at('.')).filter((name) => name.startsWith('.image-')),
    [],
  );
});

test('what-is-not-installed-as-the-lockfile-says-gets-into-no-image', async (t) => {
  const attempts: readonly [string, string, RegExp, (where: ReturnType<typeof workspace>) => void][] = [
    ['a folder that is no package', 'package-not-found', /no package\.json/, ({ drop }) => drop('app/package.json')],
    ['no lockfile', 'not-installed', /no package-lock\.json/, ({ drop }) => drop('package-lock.json')],
    [
      'a package that is absent',
      'not-installed',
      /^right is not installed \(@own\/lib needs it\)$/,
      ({ drop }) => drop('node_modules/right'),
    ],
    [
      'another version',
      'not-installed',
      /node_modules\/left is 1\.0\.1, and the lockfile says 1\.0\.0/,
      ({ put }) => put('node_modules/left/package.json', { name: 'left', version: '1.0.1' }),
    ],
    [
      'nothing listed',
      'files-not-listed',
      /@own\/lib: its package\.json lists no "files"/,
      ({ put }) => put('lib/package.json', { name: '@own/lib', version: '1.0.0' }),
    ],
    [
      'a way out',
      'files-not-listed',
      /lists src\/\.\.\/\.\.\/app/,
      ({ put }) => put('lib/package.json', { name: '@own/lib', version: '1.0.0', files: ['src/../../app'] }),
    ],
    [
      'no compiler',
      'compiler-missing',
      /typescript 7\.0\.2: nothing is installed/,
      ({ drop }) => drop('node_modules/typescript'),
    ],
    [
      'a mistake in a source',
      'compiler-refused',
      /app\.ts.*error TS/,
      ({ put }) => put('app/app.ts', 'export const = 1;\n'),
    ],
  ];
  for (const [name, code, line, spoil] of attempts) {
    await t.test(name, (each) => {
      const where = workspace(each);
      spoil(where);
      const built = where.image();
      assert.ok(!built.ok);
      assert.equal(built.code, code);
      assert.match(built.lines.join('\n'), line);
      assert.equal(existsSync(where.at('image-1')), false);
    });
  }
});

test('an-add-on-for-another-machine-is-left-out-and-missed-where-none-fits', (t) => {
  const { at, put, image } = workspace(t);
  const addOn = (machine: number) => {
    const bytes = Buffer.alloc(64);
    bytes.write('\x7fELF', 'latin1');
    bytes.writeUInt16LE(machine, 18);
    return bytes;
  };
  put('node_modules/left/prebuilds/linux-x64.node', addOn(62));
  put('node_modules/left/prebuilds/linux-arm64.node', addOn(183));
  assert.ok(image({ os: 'linux', cpu: 'arm64' }).ok);
  assert.deepEqual(readdirSync(at('image-1/node_modules/left/prebuilds')), ['linux-arm64.node']);
  const none = image({ os: 'darwin', cpu: 'arm64' });
  assert.deepEqual(none, { ok: false, code: 'native-add-on', lines: ['left has no add-on for darwin-arm64'] });

  const lock = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')) as { packages: Record<string, object> };
  lock.packages['node_modules/fast-linux-arm64'] = { version: '1.0.0', os: ['linux'], cpu: ['arm64'] };
  put('package-lock.json', lock);
  put('node_modules/right/package.json', {
    name: 'right',
    version: '2.0.0',
    optionalDependencies: { 'fast-linux-arm64': '1.0.0' },
  });
  const absent = image({ os: 'linux', cpu: 'arm64' });
  assert.deepEqual(absent, {
    ok: false,
    code: 'native-add-on',
    lines: ['fast-linux-arm64 is for linux-arm64 and is not installed'],
  });
  assert.ok(image({ os: 'linux', cpu: 'x64' }).ok);
});

test('the-hub-s-image-has-the-packages-that-npm-says-it-runs-with', (t) => {
  const out = join(scratch(t), 'image');
  const built = buildImage({ product: HUB, out });
  assert.ok(built.ok, built.ok ? '' : built.lines.join('\n'));
  t.diagnostic(`${built.bytes} bytes in ${built.files} files of ${built.packages} packages`);
  const tree = readTree(out);
  assert.ok(tree.ok);
  assert.equal(tree.files.length, built.files);
  const paths = tree.files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) =>
      /\.[cm]?ts$|\.map$|readme|\.test\.|^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+\/tests?\//i.test(path),
    ),
    [],
  );
  assert.ok(
    paths.includes('hub.js') && paths.includes('node_modules/@hearthward/device/src/access/passwords/common.filter'),
  );

  const listed = execFileSync(
    'npm',
    ['ls', '--omit=dev', '--package-lock-only', '--all', '--parseable', '--workspace', '@hearthward/example-hub'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('/node_modules/') + 1))
    .filter((line) => line.startsWith('node_modules/') && !NOT_BELOW.test(line));
  const shipped = paths.flatMap(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/package\.json$)/.exec(path)?.[0] ?? [],
  );
  assert.ok(listed.length > 100);
  assert.deepEqual(shipped.map((path) => path.slice(path.lastIndexOf('node_modules/'))).sort(), listed.sort());
});

/** The product is the image's root; of types alone nothing runs. */
const NOT_BELOW = /^node_modules\/(?:@hearthward\/example-hub|@types\/.*|undici-types)$/;
