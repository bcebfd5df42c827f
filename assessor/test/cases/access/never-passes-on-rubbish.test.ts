import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CASES } from '../../../src/cases/index.ts';
import type { Data, Observation, Seen } from '../../../src/model.ts';
import { DECLARATION } from '../../fake-product.ts';
import { LAMP } from './fake-declaration.ts';

/** Every case that is registered, whoever wrote it. */
const ASSESSED = '2026-11-21T00:00:00.000Z';
const DECLARATIONS = [LAMP, DECLARATION];

const seen = (observations: readonly unknown[], at = 0): Seen => ({
  declaration: DECLARATIONS[at] ?? LAMP,
  observations: observations as readonly Observation[],
  assessedAt: ASSESSED,
});

for (const each of CASES) {
  test(`never-passes-without-observations: ${each.id}`, () => {
    for (const at of DECLARATIONS.keys()) {
      const judgement = each.judge(seen([], at));
      assert.notEqual(judgement.verdict, 'PASS');
      assert.ok(judgement.because.length > 0);
      assert.deepEqual(judgement.evidence, []);
    }
  });

  test(`never-passes-on-rubbish: ${each.id}`, () => {
    const kinds = [
      ...new Set([...(each.judge.toString().match(/'[a-z-]+'/g) ?? []).map((word) => word.slice(1, -1)), ...KINDS]),
    ];
    const data = fc.jsonValue() as fc.Arbitrary<Data>;
    const observation = fc.record({
      id: fc.string(),
      case: fc.constant(each.id),
      kind: fc.oneof(fc.constantFrom(...kinds), fc.string()),
      subject: fc.constantFrom('panel-password', 'password', 'status', 'events', 'product', 'panel', ''),
      at: fc.constant(ASSESSED),
      data: fc.oneof(data, fc.constant(undefined)),
      blobs: fc.constant([]),
    });
    const rubbish = fc.array(fc.oneof(observation, fc.constantFrom(null, undefined, 7, 'x', {}, [])), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(rubbish, fc.nat(DECLARATIONS.length - 1), (observations, at) => {
        const judgement = each.judge(seen(observations, at));
        assert.notEqual(judgement.verdict, 'PASS');
      }),
      { numRuns: 60, seed: 645 },
    );
  });
}

/** Kinds that cases record, so that rubbish reaches the readers behind them. */
const KINDS = [
  'blocked',
  'control',
  'default',
  'initial',
  'batch',
  'weak',
  'strong',
  'restored',
  'input',
  'echo',
  'handshake',
  'plain',
  'scheme',
  'login',
  'refusal',
  'stopped',
  'wrong',
  'right',
  'use',
  'sample',
  'flags',
  'fixed',
  'replay',
  'called',
  'anonymous',
  'public',
  'tried',
  'sibling',
  'logged',
  'stamped',
  'changed',
  'old',
  'unproven',
  'unit',
  'before',
  'renewed',
  'after',
  'replaced',
  'last',
  'repeated',
  'second',
  'compared',
  'shared',
  'leaf',
  'key',
  'searched',
  'renewing',
  'kept',
  'shown',
  'asked',
  'returned',
  'used',
  'primitive',
  'package',
  'planted',
  'came',
  'waited',
  'let-in',
];

test('every-case-has-its-own-id-and-a-title', () => {
  assert.equal(new Set(CASES.map((each) => each.id)).size, CASES.length);
  for (const each of CASES) {
    assert.match(each.id, /^[a-z]+(-[a-z]+)*$/);
    assert.ok(each.title.endsWith('.'));
  }
});
