import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { applies, CONDITION_LIMIT, evaluate, FACTS, parseCondition, row } from '../src/index.ts';
import type { Expression, Facts, Truth } from '../src/index.ts';

const read = (text: string): Expression => {
  const parsed = parseCondition(text);
  assert.ok(parsed.ok, text);
  return parsed.expression;
};
const value = (text: string, facts: Facts): Truth => evaluate(read(text), facts);

test('follows-kleene-an-unknown-fact-decides-nothing-it-need-not', () => {
  const unknown = { constrained: undefined } as const;
  assert.equal(value('constrained', {}), undefined);
  assert.equal(value('not constrained', unknown), undefined);
  assert.equal(value('constrained and gateway', { gateway: false }), false);
  assert.equal(value('constrained and gateway', { gateway: true }), undefined);
  assert.equal(value('constrained or gateway', { gateway: true }), true);
  assert.equal(value('constrained or gateway', { gateway: false }), undefined);
  assert.equal(value('constrained or not constrained', {}), undefined);
});

test('not-binds-tighter-than-and-and-and-tighter-than-or', () => {
  assert.equal(value('gateway or constrained and not gateway', { gateway: true, constrained: false }), true);
  assert.equal(value('(gateway or constrained) and not gateway', { gateway: true, constrained: false }), false);
  assert.equal(value('not gateway or gateway', { gateway: true }), true);
  assert.equal(value('not (gateway or gateway)', { gateway: true }), false);
});

test('refuses-what-is-no-condition-and-says-where', () => {
  const cases = [
    ['', 'unexpected', 0],
    ['gatewey', 'unknown-fact', 0],
    ['not nothing', 'unknown-fact', 4],
    ['gateway constrained', 'unexpected', 8],
    ['gateway and', 'unexpected', 11],
    ['(gateway', 'unclosed', 0],
    ['gateway)', 'unexpected', 7],
    ['and gateway', 'unexpected', 0],
    ['gateway && constrained', 'unknown-character', 8],
    ['constructor', 'unknown-fact', 0],
    ['gateway '.repeat(100), 'too-long', CONDITION_LIMIT],
  ] as const;
  for (const [text, code, at] of cases) {
    const parsed = parseCondition(text);
    assert.ok(!parsed.ok, text);
    assert.deepEqual([parsed.code, parsed.at], [code, at], text);
    assert.notEqual(parsed.because, '');
  }
});

test('is-total: any text is read or refused, and whatever was read has a value', () => {
  const word = fc.constantFrom(...FACTS, 'and', 'or', 'not', '(', ')', 'x', '!');
  const text = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 30 }).map((all) => all.join(' ')),
  );
  const facts = fc.dictionary(fc.constantFrom(...FACTS), fc.option(fc.boolean(), { nil: undefined }));
  fc.assert(
    fc.property(text, facts, (condition, known) => {
      const parsed = parseCondition(condition);
      if (parsed.ok) assert.ok([true, false, undefined].includes(evaluate(parsed.expression, known)));
      else assert.ok(parsed.at >= 0 && parsed.at <= condition.length);
    }),
  );
});

test('knowing-more-never-overturns-a-value-already-decided', () => {
  const leaf = fc.constantFrom('gateway', 'constrained', 'backups-kept');
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      tie('tree').map((of) => `not (${of})`),
      fc.tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    ),
  }));
  const known = fc.record({ gateway: fc.boolean(), constrained: fc.boolean(), 'backups-kept': fc.boolean() });
  const hidden = fc.subarray(['gateway', 'constrained', 'backups-kept'] as const);
  fc.assert(
    fc.property(tree, known, hidden, (text, facts, without) => {
      fc.pre(text.length <= CONDITION_LIMIT);
      const less: Facts = Object.fromEntries(
        Object.entries(facts).filter(([fact]) => !without.includes(fact as never)),
      );
      const before = value(text, less);
      if (before !== undefined) assert.equal(value(text, facts), before);
      assert.notEqual(value(text, facts), undefined);
    }),
  );
});

test('a-row-applies-where-all-its-conditions-hold', () => {
  const notices = row('etsi-en-303-645@2.1.1', '5.3-6');
  const always = row('etsi-en-303-645@2.1.1', '5.2-1');
  assert.ok(notices && always);
  assert.equal(applies(always, {}), true);
  assert.equal(applies(notices, {}), undefined);
  assert.equal(applies(notices, { 'update-mechanism': false }), false);
  assert.equal(applies(notices, { 'update-mechanism': true, 'automatic-updates': true }), true);
  assert.equal(applies(notices, { 'update-mechanism': true, 'automatic-updates': false }), undefined);
  assert.throws(() => applies({ ref: 'x', conditions: ['nonsense'] }, {}), TypeError);
});
