import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { DECLARATION_LIMIT_BYTES, loadDeclaration, parseDeclaration, problemLine, type Problem } from '../src/index.ts';
import { example, exampleFile } from './examples.ts';

const SUITE = fileURLToPath(new URL('../../../shared/data/json-parsing/', import.meta.url));

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthward-load-'));
});
after(() => rm(folder, { recursive: true }));

const written = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const problemsOf = async (path: string): Promise<readonly Problem[]> => {
  const loaded = await loadDeclaration(path);
  return loaded.ok ? [] : loaded.problems;
};
const holdsOneLine = (problem: Problem): void => {
  const line = problemLine(problem);
  assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
  assert.doesNotMatch(line, /\bat .*:\d+:\d+\)?|node:internal/, 'no stack trace');
  assert.ok(problem.message !== '' && problem.cure !== '' && line.length <= 1000, line);
};

describe('loads what holds the schema', () => {
  test('a TypeScript module, with its absolute path', async () => {
    const loaded = await loadDeclaration(exampleFile('hub'));
    assert.ok(loaded.ok);
    assert.equal(loaded.path, exampleFile('hub'));
    assert.equal(loaded.declaration.product.model.designation, 'HH-100');
  });

  test('the same declaration as JSON, and a module that exports it by name', async () => {
    const hub = await example('hub');
    const json = await loadDeclaration(await written('hub.json', JSON.stringify(hub)));
    const named = await loadDeclaration(
      await written('named.ts', `export const declaration = ${JSON.stringify(hub)};`),
    );
    assert.ok(json.ok && named.ok);
    assert.deepEqual(json.declaration, hub);
    assert.deepEqual(named.declaration, hub);
  });

  test('a module that was mended since it was refused', async () => {
    const path = await written('mended.ts', 'export default {');
    assert.equal((await problemsOf(path))[0]?.rule, 'syntax');
    await writeFile(path, `export default ${JSON.stringify(await example('hub'))};\n`);
    assert.deepEqual(await problemsOf(path), []);
  });
});

describe('refuses in one line, with file and cure', () => {
  const cases: readonly [name: string, file: string, content: string | Uint8Array, rule: string, message: RegExp][] = [
    ['empty file', 'empty.json', ' \n', 'file', /is empty/],
    ['byte order mark', 'bom.json', '\u{feff}{}', 'file', /byte order mark/],
    ['invalid UTF-8', 'bytes.json', Uint8Array.of(0x7b, 0xff, 0x7d), 'file', /not UTF-8/],
    ['more than 1 MiB', 'large.json', ' '.repeat(DECLARATION_LIMIT_BYTES + 1), 'file', /1048577 bytes/],
    ['another kind of file', 'hub.yaml', 'a: 1', 'file', /neither \.ts nor \.json/],
    ['JSON syntax, with its place', 'broken.json', '{\n  "schema": 1,\n}', 'syntax', /line 3 column 1/],
    ['JSON that ends early', 'short.json', '{\n"schema":', 'syntax', /line 2/],
    ['TypeScript syntax, with its line', 'broken.ts', 'const a = 1;\nexport default {;', 'syntax', /line 2/],
    ['syntax that Node does not run', 'enum.ts', 'enum A { B }\nexport default A;', 'syntax', /enum is not supported/],
    ['a module that exports nothing', 'none.ts', 'export const other = 1;', 'file', /exports no declaration/],
    [
      'a module that throws',
      'throws.ts',
      'throw new Error("one\\ntwo");\nexport {};',
      'file',
      /when it is run: one two/,
    ],
    [
      'a module that imports what is absent',
      'absent.ts',
      "import a from './nope.ts';\nexport default a;",
      'file',
      /Cannot find/,
    ],
    ['a value of another shape', 'list.json', '[]', 'schema', /a list does not fit/],
  ];
  for (const [name, file, content, rule, message] of cases) {
    test(name, async () => {
      const path = await written(file, content);
      const problems = await problemsOf(path);
      assert.equal(problems.length, 1);
      const [problem] = problems as [Problem];
      assert.equal(problem.file, path);
      assert.equal(problem.rule, rule);
      assert.match(problem.message, message);
      holdsOneLine(problem);
    });
  }

  test('a file that does not exist, and a directory', async () => {
    const [missing] = (await problemsOf(join(folder, 'missing.json'))) as [Problem];
    assert.match(missing.message, /does not exist/);
    await mkdir(join(folder, 'folder.json'));
    const [directory] = (await problemsOf(join(folder, 'folder.json'))) as [Problem];
    assert.match(directory.message, /is a directory/);
  });
});

describe('names the path in the file', () => {
  const spoiled: readonly [path: string, spoil: (it: any) => void, message: RegExp, cure: RegExp][] = [
    ['/telemetryData/3/personalData', (it) => delete it.telemetryData[3].personalData, /missing/, /false/],
    ['/externalSensors/0/purpose', (it) => delete it.externalSensors[0].purpose, /missing/, /object with en/],
    ['/support/until', (it) => (it.support.until = 'soon'), /"soon"/, /2031-12-31/],
    ['/product/constrained', (it) => (it.product.constrained = true), /true/, /false or an object with because/],
    ['/interfaces/0/kind', (it) => (it.interfaces[0].kind = 'wire'), /"wire"/, /"network" or "physical"/],
    [
      '/authenticationMechanisms/0/login/page',
      (it) => (it.authenticationMechanisms[0].login.page = 'x'),
      /"x"/,
      /page/,
    ],
    [
      '/externalFunctions/2/request/transport',
      (it) => (it.externalFunctions[2].request.transport = 'smoke'),
      /smoke/,
      /"http", "mqtt"/,
    ],
    [
      '/rows/etsi-en-303-645@2.1.1/5.3-8/reason',
      (it) => delete it.rows['etsi-en-303-645@2.1.1']['5.3-8'].reason,
      /missing/,
      /text/,
    ],
    ['/rows/a~1b/x/support', (it) => (it.rows['a/b'] = { x: { support: 'Y', reason: 'r' } }), /"Y"/, /"N", "N\/A"/],
    ['/softwareServices/0/port', (it) => (it.softwareServices[0].port = 1e9), /1000000000/, /up to 65535/],
    ['/rows/a b', (it) => (it.rows['a\nb'] = 5), /no place/, /remove it/],
    [
      '/__proto__',
      (it) => Object.defineProperty(it, '__proto__', { value: 1, enumerable: true }),
      /no place/,
      /remove/,
    ],
    ['/colour', (it) => (it.colour = 'blue'), /no place/, /remove it/],
  ];
  for (const [path, spoil, message, cure] of spoiled) {
    test(path, async () => {
      const hub = await example('hub');
      spoil(hub);
      const parsed = parseDeclaration(hub, 'hub.ts');
      assert.ok(!parsed.ok);
      assert.deepEqual(
        parsed.problems.map((problem) => problem.path),
        [path],
      );
      const [problem] = parsed.problems as [Problem];
      assert.match(problem.message, message);
      assert.match(problem.cure, cure);
      holdsOneLine(problem);
    });
  }

  test('takes any value whatever without throwing', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const parsed = parseDeclaration(value, 'any.json');
        assert.ok(!parsed.ok && parsed.problems.length > 0);
        for (const problem of parsed.problems) holdsOneLine(problem);
      }),
      { numRuns: 300 },
    );
  });

  test('says where, whichever value of a good declaration is replaced by one of another kind', async () => {
    const hub = await example('hub');
    const paths = [...leaves(hub, [])].filter(([table]) => table !== 'rows');
    fc.assert(
      fc.property(fc.constantFrom(...paths), (path) => {
        // as a file has it: what the declaration says twice stands there twice
        const spoiled = JSON.parse(JSON.stringify(hub));
        const parent = path.slice(0, -1).reduce((at, name) => at[name], spoiled);
        parent[path.at(-1) as string] = null;
        const parsed = parseDeclaration(spoiled, 'hub.ts');
        assert.ok(!parsed.ok);
        assert.deepEqual(
          parsed.problems.map((problem) => problem.path),
          [`/${path.join('/')}`],
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('every file of a JSON parsing suite', { skip: existsSync(SUITE) ? false : `${SUITE} is absent` }, () => {
  for (const [kind, rules] of [
    ['n_', ['syntax', 'file']],
    ['y_', ['schema']],
    ['i_', ['syntax', 'file', 'schema']],
  ] as const) {
    test(`${kind} files are refused as ${rules.join(' or ')}`, async () => {
      const files = readdirSync(SUITE).filter((name) => name.startsWith(kind) && name.endsWith('.json'));
      assert.ok(files.length > 30, `only ${files.length} files`);
      for (const name of files) {
        const problems = await problemsOf(join(SUITE, name));
        assert.ok(problems.length > 0, name);
        for (const problem of problems) {
          assert.ok((rules as readonly string[]).includes(problem.rule), `${name}: ${problemLine(problem)}`);
          holdsOneLine(problem);
        }
        if (kind === 'n_') assert.equal(problems.length, 1, name);
      }
    });
  }
});

function* leaves(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [name, part] of Object.entries(value)) yield* leaves(part, [...path, name]);
}
