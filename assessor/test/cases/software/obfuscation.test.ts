import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainnessOf } from '../../../src/cases/software/plainness.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import { is, judged, run } from '../exposure/fake-kettle-run.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';

const HARD = {
  ...KETTLE,
  obfuscation: [{ id: 'own', measure: 'names are taken out', packages: ['kettle'], mapsKept: 'with the sources' }],
};
const manifest = JSON.stringify({ name: 'kettle', version: '1' });
const OBSCURED = 'const a=3;export function b(c){let d=c-a;return"// no comment "+d+/["\'\\/]/.test(c)}\n';
const PLAIN = 'const triesLeft = 3;\nexport function countDown(account) {\n  return account - triesLeft;\n}\n';
const look = (files: Readonly<Record<string, string>>, declaration = HARD) =>
  run('obfuscation', {
    declaration,
    files,
    target: (target) => void (target['artefacts'] = { software: ['given'] }),
  });

test('names, comments and maps are counted where they are, and nowhere else', () => {
  assert.deepEqual(plainnessOf(OBSCURED), { names: 3, telling: 0, comments: 0, maps: 0 });
  assert.deepEqual(plainnessOf(PLAIN), { names: 2, telling: 2, comments: 0, maps: 0 });
  assert.deepEqual(
    plainnessOf('/*! MIT licence */\n/* why */\nvar { long: short, ...others } = x;\nclass Account {}'),
    {
      names: 3,
      telling: 3,
      comments: 1,
      maps: 0,
    },
  );
  assert.deepEqual(plainnessOf('a();\n//# sourceMappingURL=a.js.map\n'), {
    names: 0,
    telling: 0,
    comments: 0,
    maps: 1,
  });
  assert.equal(plainnessOf('const = ;'), undefined);
});

test('a program as it was written fails where it is declared to be hard to read', async () => {
  is(await look({ 'package.json': manifest, 'main.js': OBSCURED }), 'PASS');
  is(await look({ 'package.json': manifest, 'main.js': PLAIN }), 'FAIL', /2 of 2 names/);
  is(await look({ 'package.json': manifest, 'main.js': OBSCURED, 'main.js.map': '{}' }), 'FAIL', /maps/);
  is(await look({ 'package.json': manifest, 'main.js': `${OBSCURED}//# sourceMappingURL=x\n` }), 'FAIL', /maps/);
  is(await look({ 'package.json': manifest, 'main.js': `/* counts */${OBSCURED}` }), 'FAIL', /1 comments/);
  // of others, whose sources everybody can read
  is(
    await look({
      'package.json': manifest,
      'main.js': OBSCURED,
      'lib/package.json': '{"name":"lib","version":"1"}',
      'lib/a.js': PLAIN,
    }),
    'PASS',
  );
  is(
    await look({ 'package.json': '{"name":"other","version":"1"}', 'main.js': OBSCURED }),
    'INCONCLUSIVE',
    /where its programs are/,
  );
  is(await look({ 'package.json': manifest, 'main.js': 'const = ;' }), 'INCONCLUSIVE');
});

test('nothing passes without programs that were read, and without a sample that was told from another', () => {
  const seen: readonly (readonly [string, string, Data])[] = [
    ['planted', 'product', { plain: true, obscured: true }],
    ['read', 'own', { files: 1, unread: 0, names: 4, telling: 0, comments: 0, maps: 0, example: '' }],
  ];
  const judge = (some: typeof seen): Judgement => judged('obfuscation', some, HARD);
  is(judge(seen), 'PASS');
  for (const at of seen.keys()) is(judge(seen.filter((_, each) => each !== at)), 'INCONCLUSIVE');
  is(judge([['planted', 'product', { plain: false, obscured: true }], ...seen.slice(1)]), 'INCONCLUSIVE');
});
