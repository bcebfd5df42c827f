import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftoverIn } from '../../../src/cases/software/leftover-forms.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import { is, judged, run } from '../exposure/fake-kettle-run.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';

const SMALL = { ...KETTLE, codeMinimisation: [{ id: 'small', measure: 'only what is reached ships' }] };
const look = (files: Readonly<Record<string, string | Uint8Array>>, declaration = SMALL) =>
  run('code-minimisation', {
    declaration,
    files,
    target: (target) => void (target['artefacts'] = { software: ['given'] }),
  });
const elf = (type: number, ...rest: readonly string[]): Uint8Array =>
  Buffer.concat([
    Buffer.from('7f454c46020101000000000000000000', 'hex'),
    Uint8Array.of(type, 0, 62, 0),
    ...rest.map((text) => Buffer.from(text)),
  ]);

test('what only makers use is found, and what a product runs is not taken for it', () => {
  const made: readonly (readonly [string, string, string | Uint8Array])[] = [
    ['debugger', 'usr/sbin/tcpdump', ''],
    ['compiler', 'usr/bin/cc', ''],
    ['compiler', 'node_modules/typescript/package.json', '{"name":"typescript","version":"1.0.0"}'],
    ['package manager', 'bin/apt-get', ''],
    ['test', 'src/__tests__/a.js', ''],
    ['test', 'lib/a.spec.ts', ''],
    ['version control', 'app/.git/objects/pack/x.pack', ''],
    ['editor’s copy', 'etc/.passwd.swp', ''],
    ['source map', 'main.css.map', '{"version":3,"mappings":""}'],
    ['debug symbols', 'lib/libx.so', elf(3, '.text', '\0.debug_info\0.shstrtab')],
    ['core dump', 'var/core.4711', elf(4)],
  ];
  for (const [what, path, content] of made) assert.equal(leftoverIn(path, Buffer.from(content as string)), what, path);
  const needed: readonly (readonly [string, string | Uint8Array])[] = [
    ['usr/bin/node', elf(2, '.text', '.shstrtab')],
    ['lib/map.js', 'export const map = 1;'],
    ['lib/test.js', 'export const test = () => 1;'],
    ['data/world.map', 'N 1 2 3'],
    ['node_modules/x/package.json', '{"name":"x","version":"1.0.0"}'],
    ['node_modules/x/package.json', 'no manifest'],
    ['node_modules/make/index.js', ''],
    ['latest/contest.py', ''],
    ['short', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)],
  ];
  for (const [path, content] of needed) assert.equal(leftoverIn(path, Buffer.from(content as string)), undefined, path);
});

test('software with a debugger or a test in it fails, and one without passes', async () => {
  is(await look({ 'main.js': 'run()' }), 'PASS', /none of 1 files/);
  is(await look({ 'main.js': 'run()', 'usr/bin/gdb': 'x' }), 'FAIL', /usr\/bin\/gdb \(debugger\)/);
  is(await look({ 'main.js': 'run()', 'a.test.js': 'x', 'b.orig': 'x' }), 'FAIL');
  is(await look({}), 'INCONCLUSIVE');
  is(await look({ 'main.js': 'run()' }, { ...SMALL, codeMinimisation: [] }), 'FAIL', /no measure/);
});

test('nothing passes without a search that finds what was planted', async () => {
  const told = (await look({ 'main.js': 'run()' })).observations.map(
    ({ kind, subject, data }): [string, string, Data] => [kind, subject, data],
  );
  const judge = (some: typeof told): Judgement => judged('code-minimisation', some, SMALL);
  is(judge(told), 'PASS');
  assert.equal(told.length, 10);
  for (const at of told.keys()) is(judge(told.filter((_, each) => each !== at)), 'INCONCLUSIVE');
});
