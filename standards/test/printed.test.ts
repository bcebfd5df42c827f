/** What is carried, held against the printed tables and texts; skipped by name where those are absent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extractWordings } from '../src/extract.ts';
import { fingerprint } from '../src/fingerprint.ts';
import { CODES, row, rows, type Status } from '../src/index.ts';
import etsiEn from '../data/fingerprints/etsi-en-303-645@2.1.1.json' with { type: 'json' };
import etsiTs from '../data/fingerprints/etsi-ts-103-645@1.1.1.json' with { type: 'json' };
import g044 from '../data/fingerprints/mcmc-g044@2023.json' with { type: 'json' };
import g045 from '../data/fingerprints/mcmc-g045@2024.json' with { type: 'json' };
import { skip, textOf } from './texts.ts';

const CONDITIONS: Readonly<Record<string, string>> = {
  1: 'passwords-used',
  2: 'pre-installed-passwords-used',
  3: 'not software-updateable',
  4: 'constrained',
  5: 'not constrained',
  6: 'telemetry-collected',
  7: 'consent-based-processing',
  8: 'user-authentication',
  9: 'automatic-updates or update-notifications',
  10: 'hard-coded-identity',
  11: 'updates-over-network',
  12: 'update-mechanism',
  13: 'debug-interface-accessible',
};

test('carries-table-b1-of-en-303-645-row-by-row', { skip }, () => {
  const table = textOf('etsi-en-303-645@2.1.1').split('Table B.1: Implementation')[1] ?? '';
  const printed = [...table.matchAll(/Provision (\S+) ([MR])(?: C)?(?: \(([\d, ]+)\))?/g)];
  assert.equal(printed.length, 67);
  for (const [, ref = '', status, numbers = ''] of printed) {
    const one = row('etsi-en-303-645@2.1.1', ref.replace(/^6\./, '6-'));
    assert.equal(one?.status, status, ref);
    const conditions = numbers.split(', ').filter((number) => number !== '');
    assert.deepEqual(
      one?.conditions,
      conditions.map((number) => CONDITIONS[number]),
      ref,
    );
  }
});

test('carries-what-table-a1-of-ts-103-645-still-shows-after-reading', { skip }, () => {
  const table = textOf('etsi-ts-103-645@1.1.1').split('Table A.1: Implementation')[1] ?? '';
  const printed = [...table.matchAll(/^Provision (4\.\d+-\d+) I?([MR])( C)?/gm)];
  assert.ok(printed.length > 20, `${printed.length} rows legible`);
  for (const [, ref = '', status, conditional] of printed) {
    const one = row('etsi-ts-103-645@1.1.1', ref);
    assert.equal(one?.status, status, ref);
    assert.equal((one?.conditions.length ?? 0) > 0, conditional !== undefined, ref);
  }
});

test('binding-force-follows-the-modal-word-of-each-text', { skip }, () => {
  for (const code of ['etsi-ts-103-645@1.1.1', 'etsi-en-303-645@2.1.1', 'mcmc-g044@2023'] as const) {
    for (const { ref, texts } of extractWordings(code, textOf(code))) {
      const modal = /\b(?:shall|should)\b/i.exec(texts[0] ?? '')?.[0].toLowerCase();
      const expected: Status = modal === 'shall' ? 'M' : 'R';
      assert.equal(row(code, ref)?.status, expected, `${code} ${ref}`);
    }
  }
  for (const line of textOf('mcmc-g045@2024').split('**Annex A**')[0]?.split('\n') ?? []) {
    const [ref = '', control, description] = line.split('\t');
    const one = row('mcmc-g045@2024', ref);
    if (one === undefined || control === undefined || description === undefined) continue;
    assert.equal(one.printed?.title, strongest(control), ref);
    assert.equal(one.printed?.description, strongest(description), ref);
  }
});

test('carries-the-printed-threat-mapping-exactly', { skip }, () => {
  const annex = textOf('mcmc-g045@2024').split('**Annex A**')[1] ?? '';
  const printed = new Map<string, readonly string[]>();
  for (const line of annex.split('\n')) {
    const ref = /^([A-Z]{2}-\d-\d+)\t/.exec(line)?.[1];
    if (ref !== undefined) printed.set(ref, line.match(/ST-[DG]-\d+/g) ?? []);
  }
  assert.equal(printed.size, 44);
  for (const one of rows('mcmc-g045@2024')) assert.deepEqual(one.threats, printed.get(one.ref), one.ref);
});

test('fingerprints-are-those-of-the-texts', { skip }, () => {
  const kept = [etsiTs, etsiEn, g044, g045];
  CODES.forEach((code, at) => {
    const made = extractWordings(code, textOf(code)).map(({ ref, texts }) => ({
      ref,
      wordings: texts.map(fingerprint),
    }));
    const order = new Map(rows(code).map((one, index) => [one.ref, index]));
    made.sort((a, b) => (order.get(a.ref) ?? 0) - (order.get(b.ref) ?? 0));
    assert.deepEqual(made, kept[at]?.rows, code);
  });
});

/** The strongest modal word; services "required for" something are described, not demanded. */
function strongest(text: string): string {
  const found = [/\bshall\b/i, /\bshould\b/i, /\brequired\b(?! for)/i].findIndex((word) => word.test(text));
  return ['shall', 'should', 'required'][found] ?? 'none';
}
