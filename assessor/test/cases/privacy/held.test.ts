import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOfHeld } from '../../../src/cases/privacy/held-facts.ts';
import { telemetryMinimisation } from '../../../src/cases/privacy/telemetry-minimisation.ts';
import { heldIn } from '../../../src/observe/manufacturer/held.ts';
import { printedBy } from '../../../src/observe/manufacturer/printing.ts';
import { judged, TELLING_LAMP, type Told } from './told.ts';

type Row = readonly [field: string, second: number, value: number | boolean | string];
const held = (...rows: readonly Row[]) =>
  factsOfHeld(
    TELLING_LAMP,
    rows.map(([field, second, value]) => ({ field, at: new Date(second * 1000).toISOString(), value })),
  );
const verdict = (...rows: readonly Row[]) => {
  const told = [...held(...rows)].map(([field, facts]): Told => ['field', field, { ...facts }]);
  return judged(telemetryMinimisation, [['asked', 'product', { rows: rows.length }], ...told]);
};

test('what-is-held-as-declared-passes', () => {
  const { verdict: said, decided } = verdict(['warmth', 0, 20.5], ['warmth', 10, 21], ['use', 3, 1]);
  assert.deepEqual([said, decided], ['PASS', 'assisted']);
});

test('a-field-that-is-not-declared-is-found', () => {
  const said = verdict(['warmth', 0, 20.5], ['warmth', 10, 21], ['position', 4, 3]);
  assert.equal(said.verdict, 'FAIL');
  assert.match(said.because, /position.*not declared/);
});

test('a-value-too-precise-too-large-or-too-soon-is-found', () => {
  assert.match(verdict(['warmth', 0, 20.25], ['warmth', 10, 21]).because, /more precisely/);
  assert.match(verdict(['warmth', 0, 101], ['warmth', 10, 21]).because, /beyond its declared range/);
  assert.match(verdict(['warmth', 0, 20], ['warmth', 6, 21]).because, /more often/);
  assert.match(verdict(['warmth', 0, 'Kitchen'], ['warmth', 10, 21]).because, /another type/);
  for (const fault of [20.25, 101, 'Kitchen'])
    assert.equal(verdict(['warmth', 0, fault], ['warmth', 10, 1]).verdict, 'FAIL');
});

test('a-tail-of-a-binary-fraction-is-no-precision', () =>
  assert.equal(verdict(['warmth', 0, 0.1 + 0.2 + 0.2], ['warmth', 10, 21]).verdict, 'PASS'));

test('services-that-show-nothing-prove-nothing', () => {
  assert.equal(verdict().verdict, 'INCONCLUSIVE');
  assert.equal(verdict(['use', 3, 1], ['use', 9, 1]).verdict, 'INCONCLUSIVE', 'nothing of what needs no consent');
  assert.equal(verdict(['warmth', 0, 20]).verdict, 'INCONCLUSIVE', 'how often is not known');
  assert.equal(judged(telemetryMinimisation, []).verdict, 'INCONCLUSIVE');
});

test('what-is-printed-is-read-strictly', () => {
  assert.deepEqual(heldIn({ ok: true, text: '[]' }), { ok: true, rows: [] });
  for (const text of ['', '{}', '[1]', '[{"field":"a","at":"then","value":1}]', '[{"field":"a","value":1}]', 'null'])
    assert.equal(heldIn({ ok: true, text }).ok, false, text);
});

test('a-command-that-fails-or-is-not-there-is-said', async () => {
  const run = (code: string) => printedBy(process.execPath, ['--eval', code], '.');
  assert.deepEqual(await run('process.stdout.write("[]")'), { ok: true, text: '[]' });
  const failed = await run('process.stdout.write("[]"); process.exitCode = 3');
  assert.deepEqual(failed, { ok: false, because: 'the command of the target file ended with 3' });
  assert.equal((await printedBy('/nowhere/at-all', [], '.')).ok, false);
});
