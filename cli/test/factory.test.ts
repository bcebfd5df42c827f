import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hearthward, scratch } from './command.ts';

const label = (serial: string) => ({
  model: 'HH-100',
  serial,
  password: 'mmmmnnnnppppqqqq',
  fingerprint: 'ab'.repeat(32),
  address: 'https://hub.local:8450',
});

test('a-good-batch-passes-and-a-counted-one-ends-with-1-and-no-password-on-the-screen', async (t) => {
  const folder = scratch(t);
  const samples = await hearthward('factory', 'samples', '--count', '300');
  assert.equal(samples.code, 0);
  const good = join(folder, 'good.csv');
  writeFileSync(good, samples.out);
  const passed = await hearthward('factory', 'check-batch', good);
  assert.deepEqual([passed.code, passed.out], [0, `${good}: 300 labels, nothing speaks against them\n`]);

  const bad = join(folder, 'bad.csv');
  const rows = samples.out
    .trim()
    .split('\n')
    .slice(1)
    .map((line, at) =>
      line.replace(
        /[^,]+$/,
        `mmmmmmmmmmmmmm${'23456789abcdefghijkm'[at % 20]}${'npqrstuvwxyz2345'[Math.floor(at / 20)]}`,
      ),
    );
  writeFileSync(bad, ['serial,mac,password', ...rows, ''].join('\n'));
  const refused = await hearthward('factory', 'check-batch', bad, '--json');
  assert.equal(refused.code, 1);
  const said = JSON.parse(refused.out) as { ok: boolean; labels: number; code: string };
  assert.deepEqual([said.ok, said.labels, said.code], [false, 300, 'password-uneven']);
  assert.doesNotMatch(refused.out + refused.error, /mmmmmm/);
});

test('labels-are-drawn-into-a-new-file-that-only-this-user-reads', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'labels.json');
  writeFileSync(file, JSON.stringify([label('HH00000001'), label('HH00000002')]));
  const out = join(folder, 'labels.pdf');
  const drawn = await hearthward('factory', 'label', file, '--out', out);
  assert.equal(drawn.code, 0);
  assert.match(readFileSync(out, 'latin1'), /^%PDF-/);
  assert.equal(statSync(out).mode & 0o777, 0o600);
  assert.doesNotMatch(drawn.out + drawn.error, /mmmm/);
  const before = readFileSync(out);
  const again = await hearthward('factory', 'label', file, '--out', out);
  assert.equal(again.code, 65);
  assert.deepEqual(readFileSync(out), before);
});

test('what-is-no-label-is-refused-without-quoting-it', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'labels.json');
  const out = join(folder, 'label.svg');
  const draw = (text: string, format = 'pdf') => {
    writeFileSync(file, text);
    return hearthward('factory', 'label', file, '--format', format, '--out', out);
  };
  for (const [text, says, format] of [
    ['{"password": "mmmmnnnnpppp', /is not JSON/],
    ['[]', /holds 0 labels/],
    [JSON.stringify({ ...label('HH00000001'), password: 'mmmm nnnn' }), /label 1 \/password/],
    [JSON.stringify([label('HH00000001'), { ...label('HH00000002'), extra: 1 }]), /label 2/],
    [JSON.stringify([label('HH00000001'), label('HH00000002')]), /an SVG takes one/, 'svg'],
    [JSON.stringify({ ...label('HH00000001'), model: 'スイカ' }), /draw it as SVG/],
  ] as const) {
    const refused = await draw(text, format);
    assert.equal(refused.code, 65, refused.error);
    assert.match(refused.error, says);
    assert.match(refused.error, /^hearthward: [^\n]+\n$/);
    assert.doesNotMatch(refused.error, /mmmm/);
    assert.equal(existsSync(out), false);
  }
});
