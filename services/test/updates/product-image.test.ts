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

test('an-image-holds-what-runs-and-nothing-that-builds-tests-or-documents', async (t) => {
  const { at, image } = workspace(t);
  const built = await image();
  assert.deepEqual(built, {
    ok: true,
    packages: 5,
    files: 14,
    bytes: built.ok ? built.bytes : 0,
    // what nobody imports: a package, and a file of another
    leftOut: { packages: 1, files: 3, bytes: built.ok ? built.leftOut.bytes : 0 },
  });
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

test('the-same-packages-give-the-same-image-on-another-day', async (t) => {
  const { at, put, image } = workspace(t);
  assert.ok((await image()).ok);
  utimesSync(at('app/app.ts'), 1, 1);
  const inputs = imageInputs({ product: at('app') });
  assert.match(String(inputs), /^[0-9a-f]{64}$/);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  assert.ok((await image()).ok);
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
  await assert.rejects(buildImage({ product: at('app'), out: at('image-1') }), { code: 'already-there' });
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
    await t.test(name, async (each) => {
      const where = workspace(each);
      spoil(where);
      const built = await where.image();
      assert.ok(!built.ok);
      assert.equal(built.code, code);
      assert.match(built.lines.join('\n'), line);
      assert.equal(existsSync(where.at('image-1')), false);
    });
  }
});

test('what-a-product-starts-must-ship-and-what-only-a-name-made-at-run-time-leads-to-is-named', async (t) => {
  const { at, put, image } = workspace(t);
  const manifest = JSON.parse(readFileSync(at('lib/package.json'), 'utf8')) as object;
  put('lib/src/process.ts', "import 'never';\n");
  put('lib/package.json', { ...manifest, hearthward: { starts: ['./src/process.ts'] } });
  assert.ok((await image()).ok);
  assert.ok(existsSync(at('image-1/node_modules/@own/lib/src/process.js')));
  assert.ok(existsSync(at('image-1/node_modules/never/index.js')));
  put('lib/package.json', { ...manifest, hearthward: { starts: ['./src/gone.ts'] } });
  assert.deepEqual(await image(), {
    ok: false,
    code: 'start-missing',
    lines: ['node_modules/@own/lib/src/gone.js is to be started, and is not there'],
  });
  assert.equal(existsSync(at('image-2')), false);
});

test('an-image-that-holds-what-nobody-agreed-to-or-weighs-more-is-refused-line-by-line', async (t) => {
  const { at, put, image } = workspace(t);
  const manifest = JSON.parse(readFileSync(at('app/package.json'), 'utf8')) as object;
  put('app/package.json', { ...manifest, hearthward: { ships: 'ships.txt' } });
  const none = await image();
  assert.ok(!none.ok && none.code === 'not-as-listed');
  assert.deepEqual(none.lines, [
    '+ package @own/app',
    '+ package @own/lib',
    '+ package left 1.0.0, 4 files',
    '+ package right 1.0.0, 2 files',
    '+ package right 2.0.0, 2 files',
  ]);
  const agreed = await buildImage({ product: at('app'), out: at('agreed'), renewList: true });
  assert.ok(agreed.ok);
  assert.ok((await image()).ok);

  put('node_modules/left/index.js', "require('right');\nrequire('never');\n");
  const changed = await image();
  assert.ok(!changed.ok && changed.code === 'not-as-listed');
  assert.deepEqual(changed.lines, [
    '+ package left 1.0.0, 3 files',
    '+ package never 1.0.0, 2 files',
    '- package left 1.0.0, 4 files',
  ]);
  put('app/package.json', { ...manifest, hearthward: { mostBytes: 100 } });
  const heavy = await image();
  assert.ok(!heavy.ok && heavy.code === 'too-large');
  assert.match(heavy.lines.join(), /^\d+ bytes, and its package\.json allows 100$/);
  assert.deepEqual(
    readdirSync(at('.'))
      .filter((name) => name.startsWith('image-'))
      .sort(),
    ['image-2'],
  );
});

test('an-obscured-image-runs-the-same-is-the-same-each-time-and-only-its-maker-has-the-way-back', async (t) => {
  const { at, put } = workspace(t);
  put('app/app.ts', APP);
  const obscured = (number: number) =>
    buildImage({ product: at('app'), out: at(`image-${number}`), obscured: { maps: at(`maps-${number}`) } });
  assert.ok((await obscured(1)).ok);
  assert.ok((await obscured(2)).ok);
  const shipped = readFileSync(at('image-1/app.js'), 'utf8');
  assert.doesNotMatch(shipped, /remaining|counts|sourceMappingURL/);
  assert.deepEqual(readFileSync(at('image-2/app.js'), 'utf8'), shipped);
  assert.equal(execFileSync(process.execPath, ['app.js'], { cwd: at('image-1'), encoding: 'utf8' }), '2\n');
  assert.deepEqual(pathsIn(at('maps-1')), ['app.js.map', 'node_modules/@own/lib/src/index.js.map']);
  assert.match(readFileSync(at('maps-1/app.js.map'), 'utf8'), /remaining/);
  // of others, whom anybody can read
  assert.match(readFileSync(at('image-1/node_modules/left/index.js'), 'utf8'), /^require\('right'\);\n/);
  await assert.rejects(obscured(1), { code: 'already-there' });
});
const APP = `import 'left';
import { lib } from '@own/lib';
const remaining: number = 1;
/** counts what is left */
console.log(lib.one + remaining);
`;

test('an-add-on-for-another-machine-is-left-out-and-missed-where-none-fits', async (t) => {
  const { at, put, image } = workspace(t);
  const addOn = (machine: number) => {
    const bytes = Buffer.alloc(64);
    bytes.write('\x7fELF', 'latin1');
    bytes.writeUInt16LE(machine, 18);
    return bytes;
  };
  put('node_modules/left/prebuilds/linux-x64.node', addOn(62));
  put('node_modules/left/prebuilds/linux-arm64.node', addOn(183));
  assert.ok((await image({ os: 'linux', cpu: 'arm64' })).ok);
  assert.deepEqual(readdirSync(at('image-1/node_modules/left/prebuilds')), ['linux-arm64.node']);
  const none = await image({ os: 'darwin', cpu: 'arm64' });
  assert.deepEqual(none, { ok: false, code: 'native-add-on', lines: ['left has no add-on for darwin-arm64'] });

  const lock = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')) as { packages: Record<string, object> };
  lock.packages['node_modules/fast-linux-arm64'] = { version: '1.0.0', os: ['linux'], cpu: ['arm64'] };
  put('package-lock.json', lock);
  put('node_modules/right/package.json', {
    name: 'right',
    version: '2.0.0',
    optionalDependencies: { 'fast-linux-arm64': '1.0.0' },
  });
  const absent = await image({ os: 'linux', cpu: 'arm64' });
  assert.deepEqual(absent, {
    ok: false,
    code: 'native-add-on',
    lines: ['fast-linux-arm64 is for linux-arm64 and is not installed'],
  });
  assert.ok((await image({ os: 'linux', cpu: 'x64' })).ok);
});

test('the-hub-s-image-has-what-it-can-reach-of-the-packages-that-npm-says-it-runs-with', async (t) => {
  const out = join(scratch(t), 'image');
  const built = await buildImage({ product: HUB, out });
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
  for (const needed of ['access/passwords/common.filter', 'processes/signer.js', 'processes/loader.js'])
    assert.ok(paths.includes(`node_modules/@hearthward/device/src/${needed}`), needed);

  const listed = execFileSync(
    'npm',
    ['ls', '--omit=dev', '--package-lock-only', '--all', '--parseable', '--workspace', '@hearthward/example-hub'],
    { cwd: ROOT, encoding: 'utf8' },
  )
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('/node_modules/') + 1))
    .filter((line) => line.startsWith('node_modules/'));
  const shipped = paths
    .flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/package\.json$)/.exec(path)?.[0] ?? [])
    .map((path) => path.slice(path.lastIndexOf('node_modules/')));
  assert.ok(shipped.length > 50);
  assert.deepEqual(
    shipped.filter((each) => !listed.includes(each)),
    [],
  );
  // a command line of a library, which nothing on a device calls
  assert.ok(listed.includes('node_modules/yargs') && !shipped.includes('node_modules/yargs'));
  assert.ok(built.leftOut.packages > 20 && built.leftOut.bytes > 0);
});
