import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Relation, Status, Truth } from '@hearthward/standards';
import type { Finding } from '../src/model.ts';
import {
  judgeRow,
  RULES,
  soundFinding,
  topicState,
  type RowAnswer,
  type RowQuestion,
  type TopicState,
} from '../src/judge/verdict.ts';

/** Every question a row can ask: three truths, two statuses, three claims, three records, up to two ties of 20 kinds. */
const STATES: readonly TopicState[] = ['FAIL', 'ERROR', 'INCONCLUSIVE', 'PASS', 'untried'];
const RELATIONS: readonly Relation[] = ['equal', 'stricter', 'weaker', 'part'];
const TIES = RELATIONS.flatMap((relation) => STATES.map((topic) => ({ relation, topic })));
const TIE_SETS = [[], ...TIES.map((one) => [one]), ...TIES.flatMap((one) => TIES.map((two) => [one, two]))];

function* domain(): Generator<RowQuestion> {
  for (const applies of [true, false, undefined] satisfies Truth[])
    for (const status of ['M', 'R'] satisfies Status[])
      for (const claim of [undefined, 'N', 'N/A'] as const)
        for (const record of [undefined, 'PASS', 'FAIL'] as const)
          for (const ties of TIE_SETS) yield { status, applies, claim, ties, record };
}

/** Written from the design's sentences, not from the rules' order. */
function oracle(row: RowQuestion): Pick<RowAnswer, 'support' | 'verdict'> {
  if (row.applies === undefined) return { support: 'undetermined', verdict: 'INCONCLUSIVE' };
  if (!row.applies) return { support: 'N/A', verdict: 'N/A' };
  if (row.claim !== undefined) return { support: 'N', verdict: row.status === 'M' ? 'FAIL' : 'INCONCLUSIVE' };
  const has = (relation: Relation, topic: TopicState): boolean =>
    row.ties.some((tie) => tie.relation === relation && tie.topic === topic);
  const refuted = row.record === 'FAIL' || has('equal', 'FAIL') || has('stricter', 'FAIL') || has('part', 'FAIL');
  if (refuted) return { support: 'Y', verdict: 'FAIL' };
  if (row.ties.some((tie) => tie.topic === 'ERROR')) return { support: 'Y', verdict: 'ERROR' };
  if (row.record === 'PASS') return { support: 'Y', verdict: 'PASS' };
  const allPass = row.ties.length > 0 && row.ties.every((tie) => tie.topic === 'PASS');
  const complete =
    has('equal', 'PASS') ||
    has('weaker', 'PASS') ||
    (row.ties.length > 1 && row.ties.every((tie) => tie.relation === 'part'));
  return { support: 'Y', verdict: allPass && complete ? 'PASS' : 'INCONCLUSIVE' };
}

test('gives the verdict of the design for every combination', () => {
  let tried = 0;
  for (const row of domain()) {
    const { support, verdict } = judgeRow(row);
    assert.deepEqual({ support, verdict }, oracle(row), JSON.stringify(row));
    tried += 1;
  }
  assert.equal(tried, 3 * 2 * 3 * 3 * 421);
});

test('never passes a row that anything of it leaves open, and never says N/A where the condition is not false', () => {
  for (const row of domain()) {
    const { support, verdict } = judgeRow(row);
    if (verdict === 'PASS') {
      assert.ok(row.applies === true && row.claim === undefined, JSON.stringify(row));
      assert.ok(row.record === 'PASS' || row.ties.some((tie) => tie.topic === 'PASS'));
      assert.ok(!row.ties.some((tie) => tie.topic === 'ERROR' || (tie.topic === 'FAIL' && tie.relation !== 'weaker')));
    }
    assert.equal(verdict === 'N/A', row.applies === false);
    assert.equal(support === 'N/A', row.applies === false);
  }
});

test('every rule decides something, and gets worse when a topic gets worse', () => {
  const used = new Set<string>();
  const order = ['FAIL', 'ERROR', 'INCONCLUSIVE', 'PASS', 'N/A'];
  for (const row of domain()) {
    const answer = judgeRow(row);
    used.add(answer.reason);
    for (const [at, tie] of row.ties.entries()) {
      if (tie.topic !== 'PASS' || tie.relation === 'weaker') continue;
      const worse = { ...row, ties: row.ties.with(at, { ...tie, topic: 'FAIL' }) };
      assert.ok(order.indexOf(judgeRow(worse).verdict) <= order.indexOf(answer.verdict), JSON.stringify(row));
    }
  }
  assert.deepEqual(
    [...new Set(RULES.map((rule) => rule.answer.reason))].filter((reason) => !used.has(reason)),
    [],
  );
});

const finding = (change: Partial<Finding>): Finding => ({
  case: 'a',
  topic: 'brute-force',
  verdict: 'PASS',
  decided: 'automatic',
  because: 'It holds.',
  uncovered: [],
  evidence: ['a/1'],
  ...change,
});

test('believes no PASS without an observation that exists and covers it', () => {
  const known = new Set(['a/1']);
  assert.equal(soundFinding(finding({}), known).verdict, 'PASS');
  assert.equal(soundFinding(finding({ evidence: [] }), known).verdict, 'INCONCLUSIVE');
  assert.equal(soundFinding(finding({ evidence: ['a/2'] }), known).verdict, 'INCONCLUSIVE');
  assert.equal(soundFinding(finding({ evidence: ['a/1', 'a/2'] }), known).verdict, 'INCONCLUSIVE');
  assert.equal(soundFinding(finding({ uncovered: ['half'] }), known).verdict, 'INCONCLUSIVE');
  assert.equal(soundFinding(finding({ verdict: 'FAIL', evidence: [] }), known).verdict, 'FAIL');
});

test('a review closes what is open, and nothing that was refuted or broke', () => {
  const review = finding({ case: 'records', decided: 'review' });
  const joined = (verdict: Finding['verdict']): TopicState => topicState([finding({ verdict }), review]).state;
  assert.deepEqual(
    ['FAIL', 'ERROR', 'INCONCLUSIVE', 'PASS'].map((verdict) => joined(verdict as Finding['verdict'])),
    ['FAIL', 'ERROR', 'PASS', 'PASS'],
  );
  assert.equal(topicState([finding({}), { ...review, verdict: 'FAIL' }]).state, 'FAIL');
  assert.equal(topicState([]).state, 'untried');
});
