import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { workspace } from './workspace.ts';

/** `left` as a library of ES modules: two that others import, and what those share. */
const library = ({ put, drop }: ReturnType<typeof workspace>): void => {
  drop('node_modules/left');
  put('node_modules/left/package.json', {
    name: 'left',
    version: '1.0.0',
    type: 'module',
    exports: { '.': './index.js', './more': './deep/more.mjs' },
    dependencies: { right: '2.0.0' },
  });
  put('node_modules/left/LICENSE', 'as you like\n');
  put(
    'node_modules/left/index.js',
    "export { one, where } from './parts/one.js';\nexport * from './parts/other.js';\n",
  );
  put(
    'node_modules/left/parts/one.js',
    "import { seen } from './seen.js';\nimport { where } from './where.js';\nexport const one = () => seen.add('one').size;\nexport { where };\n",
  );
  put('node_modules/left/parts/other.js', "import right from 'right';\nexport const other = right;\n");
  put('node_modules/left/parts/seen.js', 'export const seen = new Set();\n');
  put(
    'node_modules/left/parts/where.js',
    "import { seen } from './seen.js';\nexport const where = () => [seen.size, import.meta.url.split('/').at(-2)];\n",
  );
  put(
    'node_modules/left/deep/more.mjs',
    "import { seen } from '../parts/seen.js';\nexport const more = () => seen.add('more').size;\n",
  );
  put('app/app.ts', APP);
};
const APP = `import { one, other, where } from 'left';
import { more } from 'left/more';
console.log(one(), more(), other, ...where());
`;

test('a-library-of-many-modules-ships-as-few-and-does-what-it-did', async (t) => {
  const where = workspace(t);
  library(where);
  const { at, image } = where;
  assert.ok((await image()).ok);
  const said = execFileSync(process.execPath, ['app.js'], { cwd: at('image-1'), encoding: 'utf8' });
  // what both share is there once, and what asks where it lies lies where it lay
  assert.equal(said, '1 2 2 2 parts\n');
  const left = at('image-1/node_modules/left');
  const modules = readdirSync(left, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('js'));
  assert.deepEqual(modules.filter((path) => !path.startsWith('shared-')).sort(), [
    'deep/more.mjs',
    'index.js',
    // what stays imports it
    'parts/seen.js',
    'parts/where.js',
  ]);
  assert.ok(existsSync(`${left}/package.json`) && existsSync(`${left}/LICENSE`));
  for (const path of modules) {
    assert.equal(statSync(`${left}/${path}`).mode & 0o777, 0o644);
    assert.ok(!readFileSync(`${left}/${path}`, 'utf8').includes(where.dir), 'no path of whoever built it');
  }
  assert.ok((await image()).ok);
  for (const path of modules)
    assert.equal(
      readFileSync(at(`image-2/node_modules/left/${path}`), 'utf8'),
      readFileSync(`${left}/${path}`, 'utf8'),
      'the same each time',
    );
});

test('a-library-that-exports-what-it-has-not-gets-into-no-image', async (t) => {
  const where = workspace(t);
  library(where);
  where.put('node_modules/left/parts/other.js', "export { gone } from './seen.js';\n");
  const built = await where.image();
  assert.ok(!built.ok && built.code === 'bundler-refused');
  assert.match(built.lines.join(), /^node_modules\/left: .*gone/s);
  assert.equal(existsSync(where.at('image-1')), false);
});

test('a-library-that-Node-takes-for-something-else-is-left-as-it-is', async (t) => {
  const where = workspace(t);
  library(where);
  // of another kind than the rest: what is required is no ES module
  where.put('node_modules/left/parts/package.json', { type: 'commonjs' });
  where.put('node_modules/left/parts/one.js', 'exports.one = () => 1;\nexports.where = () => [];\n');
  where.put('node_modules/left/parts/other.js', "exports.other = require('right');\n");
  const built = await where.image();
  assert.ok(built.ok, built.ok ? '' : built.lines.join('\n'));
  assert.ok(existsSync(where.at('image-1/node_modules/left/parts/one.js')));
  assert.ok(!readdirSync(where.at('image-1/node_modules/left')).some((name) => name.startsWith('shared-')));
});
