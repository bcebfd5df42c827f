/** The data files hold together: nothing missing, nothing twice, nothing that points nowhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TITLES } from '../src/data.ts';
import {
  CODES,
  codeLabel,
  corrections,
  FACTS,
  factTitle,
  parseCondition,
  row,
  rows,
  threats,
  ties,
  TOPICS,
  topicTitle,
  type Language,
} from '../src/index.ts';

const LANGUAGES = ['en', 'ms'] as const satisfies readonly Language[];
const words = (text: string): number => text.split(/\s+/).length;

test('carries-every-row-of-the-four-codes-once', () => {
  assert.deepEqual(
    CODES.map((code) => rows(code).length),
    [37, 68, 69, 44],
  );
  for (const code of CODES) assert.equal(new Set(rows(code).map((one) => one.ref)).size, rows(code).length, code);
  assert.equal(row('etsi-en-303-645@2.1.1', '4-1')?.status, 'M');
  assert.equal(row('etsi-en-303-645@2.1.1', '5.12-2')?.status, 'R');
  assert.equal(row('etsi-en-303-645@2.1.1', '5.99-1'), undefined);
});

test('every-status-is-M-or-R-and-every-condition-parses', () => {
  for (const one of CODES.flatMap((code) => rows(code))) {
    assert.match(one.status, /^[MR]$/, one.ref);
    for (const condition of one.conditions) {
      const parsed = parseCondition(condition);
      assert.ok(parsed.ok, `${one.code} ${one.ref}: ${parsed.ok ? '' : parsed.because}`);
    }
  }
});

test('reads-conditions-that-must-hold-together-as-one-expression-each', () => {
  assert.deepEqual(row('etsi-en-303-645@2.1.1', '5.3-6')?.conditions, [
    'automatic-updates or update-notifications',
    'update-mechanism',
  ]);
  assert.deepEqual(row('etsi-en-303-645@2.1.1', '5.3-10')?.conditions, ['updates-over-network', 'update-mechanism']);
  assert.deepEqual(row('etsi-ts-103-645@1.1.1', '4.3-8')?.conditions, ['constrained', 'not software-updateable']);
});

test('g044-keeps-the-force-that-its-own-text-gives', () => {
  const en = new Map(rows('etsi-en-303-645@2.1.1').map((one) => [one.topics[0], one.status]));
  const differing = rows('mcmc-g044@2023')
    .filter((one) => en.has(one.topics[0]) && en.get(one.topics[0]) !== one.status && one.ref !== '6.5.6')
    .filter((one) => one.topics[0] !== 'parameters-in-transit')
    .map((one) => `${one.ref} ${one.status}`);
  assert.deepEqual(differing, ['6.1-c R', '6.3.1 M', '6.3.3 R', '6.3.5 M', '6.3.11 M', '6.3.12 M']);
  assert.deepEqual(
    ['7-a', '7-b', '7-c', '7-d', '7-e', '7-f', '7-g'].map((ref) => row('mcmc-g044@2023', ref)?.status),
    ['M', 'M', 'M', 'R', 'M', 'M', 'M'],
  );
  for (let number = 3; number <= 12; number += 1) {
    assert.ok(row('mcmc-g044@2023', `6.3.${number}`)?.conditions.includes('update-mechanism'), `6.3.${number}`);
  }
});

test('g045-is-binding-exactly-where-title-or-description-says-shall', () => {
  for (const one of rows('mcmc-g045@2024')) {
    const modal = [one.printed?.title, one.printed?.description];
    assert.ok(
      modal.every((word) => word !== undefined),
      one.ref,
    );
    assert.equal(one.status, modal.includes('shall') ? 'M' : 'R', one.ref);
  }
  assert.deepEqual(row('mcmc-g045@2024', 'PL-4-2')?.printed, { title: 'should', description: 'shall' });
});

test('every-row-has-a-topic-and-every-topic-a-row', () => {
  for (const one of CODES.flatMap((code) => rows(code)))
    assert.notEqual(one.topics.length, 0, `${one.code} ${one.ref}`);
  const tied = new Set(ties().map((tie) => tie.topic));
  assert.deepEqual(
    [...TOPICS].filter((topic) => !tied.has(topic)),
    [],
  );
  assert.deepEqual(
    [...tied].filter((topic) => !TOPICS.includes(topic)),
    [],
  );
  const seen = new Set<string>();
  for (const tie of ties()) {
    const key = `${tie.code} ${tie.ref} ${tie.topic}`;
    assert.ok(row(tie.code, tie.ref), key);
    assert.ok(!seen.has(key), `twice: ${key}`);
    seen.add(key);
    assert.match(tie.relation, /^(?:equal|stricter|weaker|part)$/, key);
    assert.equal(tie.differs === '', tie.relation === 'equal', `${key}: only an equal row differs in nothing`);
  }
});

test('a-part-is-never-alone: its row has another topic', () => {
  for (const tie of ties().filter((one) => one.relation === 'part')) {
    assert.ok((row(tie.code, tie.ref)?.topics.length ?? 0) > 1, `${tie.code} ${tie.ref}`);
  }
});

test('titles-everything-in-both-languages-and-nothing-else', () => {
  for (const language of LANGUAGES) {
    const titles = TITLES[language];
    assert.deepEqual(Object.keys(titles.rows), [...CODES]);
    for (const code of CODES) {
      assert.deepEqual(
        Object.keys(titles.rows[code]).toSorted(),
        rows(code)
          .map((one) => one.ref)
          .toSorted(),
      );
    }
    assert.deepEqual(
      Object.keys(titles.threats),
      threats().map((threat) => threat.ref),
    );
    assert.deepEqual(Object.keys(titles.topics).toSorted(), [...TOPICS].toSorted());
    assert.deepEqual(Object.keys(titles.facts).toSorted(), [...FACTS].toSorted());
    for (const topic of TOPICS) assert.notEqual(topicTitle(topic, language).trim(), '', topic);
    for (const fact of FACTS) assert.notEqual(factTitle(fact, language).trim(), '', fact);
    const long = [...CODES.flatMap((code) => rows(code, language)), ...threats(language)];
    assert.deepEqual(
      long.filter((one) => words(one.title) < 6 || words(one.title) > 16).map((one) => one.ref),
      [],
    );
  }
});

test('malay-titles-are-translated', () => {
  for (const code of CODES) {
    for (const one of rows(code, 'ms')) assert.notEqual(one.title, row(code, one.ref)?.title, `${code} ${one.ref}`);
  }
});

test('every-threat-exists-and-is-met-by-a-control', () => {
  const known = threats().map((threat) => threat.ref);
  assert.equal(known.length, 32);
  const met = new Set<string>();
  for (const control of rows('mcmc-g045@2024')) {
    assert.notEqual(control.threats?.length ?? 0, 0, control.ref);
    assert.equal(new Set(control.threats).size, control.threats?.length, control.ref);
    for (const ref of control.threats ?? []) {
      assert.ok(known.includes(ref), `${control.ref} names ${ref}`);
      met.add(ref);
    }
  }
  assert.deepEqual(
    known.filter((ref) => !met.has(ref)),
    [],
  );
  assert.equal(row('mcmc-g044@2023', '6.2.1')?.threats, undefined);
});

test('every-correction-names-a-row-and-says-what-that-row-carries', () => {
  for (const correction of corrections()) {
    const one = row(correction.code, correction.ref);
    const name = `${correction.code} ${correction.ref} ${correction.field}`;
    assert.ok(one, name);
    assert.notEqual(correction.reason, '', name);
    assert.ok(one.corrections?.includes(correction), `${name}: the row shows its correction`);
    if (correction.field === 'status') assert.equal(correction.carried, one.status, name);
    if (correction.field === 'ref') assert.equal(correction.carried, one.ref, name);
    if (correction.field === 'presence') assert.equal(correction.carried, `${one.status}, unconditional`, name);
    if (correction.field === 'threats' && correction.carried.startsWith('ST-')) {
      const carried = correction.carried.split(', ');
      assert.deepEqual(
        one.threats?.filter((ref) => carried.includes(ref)),
        carried,
        name,
      );
    }
  }
  for (const ref of ['5.3-10', '6-1', '5.12-2', '4-1']) assert.ok(row('etsi-en-303-645@2.1.1', ref)?.corrections, ref);
  assert.equal(row('etsi-en-303-645@2.1.1', '5.1-1')?.corrections, undefined);
});

test('labels-each-code', () => {
  for (const code of CODES) assert.equal(codeLabel(code).code, code);
});
