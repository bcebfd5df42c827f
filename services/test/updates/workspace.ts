import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { buildImage } from '../../src/updates/image/build.ts';
import { scratch } from './image.ts';

/** A small workspace, as a package manager leaves it: a product, a package of its own beside it, and some of others. */
const TYPESCRIPT = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))));

export interface Workspace {
  readonly dir: string;
  readonly at: (path: string) => string;
  readonly put: (path: string, content: string | Uint8Array | object) => void;
  readonly drop: (path: string) => void;
  readonly image: (platform?: { readonly os: string; readonly cpu: string }) => ReturnType<typeof buildImage>;
}

export function workspace(t: TestContext): Workspace {
  const dir = realpathSync(scratch(t));
  const at = (path: string) => join(dir, path);
  const put: Workspace['put'] = (path, content) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    const isText = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(at(path), isText ? content : JSON.stringify(content));
  };
  put('package-lock.json', LOCKFILE);
  put('app/package.json', {
    name: '@own/app',
    version: '1.0.0',
    type: 'module',
    files: ['app.ts', 'words.json'],
    exports: { '.': './app.ts' },
    bin: { app: './app.ts' },
    scripts: { test: 'node --test' },
    dependencies: { '@own/lib': '1.0.0', left: '1.0.0' },
    devDependencies: { tester: '1.0.0' },
  });
  put('app/app.ts', APP);
  put('app/app.test.ts', 'throw new Error();\n');
  put('app/words.json', { hello: 'hello' });
  put('lib/package.json', {
    name: '@own/lib',
    version: '1.0.0',
    type: 'module',
    files: ['src'],
    exports: { '.': { types: './src/index.ts', default: './src/index.ts' } },
    dependencies: { right: '2.0.0', never: '1.0.0' },
    peerDependencies: { tester: '1.0.0' },
    peerDependenciesMeta: { tester: { optional: true } },
  });
  put(
    'lib/src/index.ts',
    "import 'right';\nexport interface Lib { readonly one: 1 }\nexport const lib: Lib = { one: 1 };\n",
  );
  put('lib/src/table.bin', Buffer.from([0, 1, 2, 255]));
  put('lib/src/index.test.ts', 'throw new Error();\n');
  put('lib/README.md', '# lib\n');
  mkdirSync(at('node_modules/@own'), { recursive: true });
  symlinkSync('../../lib', at('node_modules/@own/lib'));
  symlinkSync(TYPESCRIPT, at('node_modules/typescript'));
  put('node_modules/left/package.json', { name: 'left', version: '1.0.0', dependencies: { right: '1.0.0' } });
  put('node_modules/left/node_modules/right/package.json', { name: 'right', version: '1.0.0' });
  put('node_modules/left/node_modules/right/index.js', 'module.exports = 1;\n');
  put('node_modules/left/index.js', "require('right');\nrequire('./lib/test/inner.js');\n");
  for (const file of ['lib/test/inner.js', 'lib/for-browsers.js', 'LICENSE.txt'])
    put(`node_modules/left/${file}`, `// ${file}\n`);
  for (const file of ['test/a.js', 'README.md', 'index.js.map', 'index.d.ts', 'src/a.ts', '.github/b.js', 'a.spec.js'])
    put(`node_modules/left/${file}`, `// ${file}\n`);
  put('node_modules/right/package.json', {
    name: 'right',
    version: '2.0.0',
    dependencies: { '@types/right': '1.0.0' },
  });
  put('node_modules/right/index.js', 'module.exports = 2;\n');
  put('node_modules/@types/right/package.json', { name: '@types/right', version: '1.0.0' });
  put('node_modules/@types/right/index.d.ts', 'export const right: number;\n');
  put('node_modules/never/package.json', { name: 'never', version: '1.0.0' });
  put('node_modules/never/index.js', '// nobody imports it\n');
  put('node_modules/tester/package.json', { name: 'tester', version: '1.0.0' });
  put('node_modules/tester/index.js', '// not shipped\n');
  let built = 0;
  return {
    dir,
    at,
    put,
    drop: (path) => rmSync(at(path), { recursive: true }),
    image: (platform) =>
      buildImage({ product: at('app'), out: at(`image-${++built}`), ...(platform ? { platform } : {}) }),
  };
}

const APP = `import { lib, type Lib } from '@own/lib';
import 'left';
import words from './words.json' with { type: 'json' };
/** What it says. */
const said: Lib = lib;
console.log(said.one, words.hello, import.meta.filename);
`;

const LOCKFILE = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'own' },
    app: { name: '@own/app', version: '1.0.0' },
    lib: { name: '@own/lib', version: '1.0.0' },
    'node_modules/@own/lib': { resolved: 'lib', link: true },
    'node_modules/@types/right': { version: '1.0.0' },
    'node_modules/left': { version: '1.0.0' },
    'node_modules/left/node_modules/right': { version: '1.0.0' },
    'node_modules/never': { version: '1.0.0' },
    'node_modules/right': { version: '2.0.0' },
    'node_modules/tester': { version: '1.0.0', dev: true },
    'node_modules/typescript': { version: '7.0.2', dev: true },
  },
};
