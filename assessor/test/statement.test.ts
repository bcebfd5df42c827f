import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from '@hearthward/standards';
import { judgeStatement } from '../src/judge/rows.ts';
import { exitCode, summary } from '../src/judge/summary.ts';
import type { Finding, Statement, StatementRow } from '../src/model.ts';
import { DECLARATION } from './fake/declaration.ts';

const EN = 'etsi-en-303-645@2.1.1';
const rowOf = (statement: Statement, ref: string): StatementRow => {
  const row = statement.rows.find((candidate) => candidate.ref === ref);
  assert.ok(row, ref);
  return row;
};
const pass = (topic: Finding['topic'], change: Partial<Finding> = {}): Finding => ({
  case: topic,
  topic,
  verdict: 'PASS',
  decided: 'automatic',
  because: 'It holds.',
  uncovered: [],
  evidence: [`${topic}/1`],
  ...change,
});

test('a mandatory row declared N fails, a recommendation declared N with a reason does not', () => {
  const declared = {
    ...DECLARATION,
    rows: { [EN]: { '5.1-1': { support: 'N', reason: 'old' }, '5.2-2': { support: 'N', reason: 'we are two' } } },
  } as const;
  const statement = judgeStatement(EN, declared, [pass('vulnerability-timeliness')], []);
  const mandatory = rows(EN).find((row) => row.ref === '5.2-1');
  assert.equal(mandatory?.status, 'M');
  const recommended = rowOf(statement, '5.2-2');
  assert.deepEqual([recommended.support, recommended.verdict, recommended.reason], ['N', 'INCONCLUSIVE', 'we are two']);
  const other = { ...DECLARATION, rows: { [EN]: { '5.2-1': { support: 'N', reason: 'old' } } } } as const;
  const failing = rowOf(judgeStatement(EN, other, [], []), '5.2-1');
  assert.deepEqual([failing.support, failing.verdict], ['N', 'FAIL']);
});

test('a row declared N with a blank reason fails the row about reasons', () => {
  const declared = { ...DECLARATION, rows: { [EN]: { '5.2-2': { support: 'N', reason: '  ' } } } } as const;
  const statement = judgeStatement(EN, declared, [pass('justification')], []);
  assert.equal(rowOf(statement, '4-1').verdict, 'FAIL');
  assert.equal(rowOf(judgeStatement(EN, DECLARATION, [pass('justification')], []), '4-1').verdict, 'PASS');
});

test('says how a row was decided', () => {
  const statement = judgeStatement(
    EN,
    DECLARATION,
    [pass('justification', { decided: 'assisted' }), pass('disclosure-policy', { decided: 'review' })],
    [],
  );
  assert.equal(rowOf(statement, '4-1').decided, 'assisted');
  assert.equal(rowOf(statement, '5.2-1').decided, 'review');
  const counts = summary(statement);
  assert.equal(counts.rows, 68);
  assert.equal(counts.automatic + counts.assisted + counts.review, counts.PASS + counts.FAIL);
  assert.equal(
    counts.PASS + counts.FAIL + counts.ERROR + counts.INCONCLUSIVE + counts.N + counts['N/A'] + counts.undetermined,
    68,
  );
});

test('a reviewed document for a row closes what the topic alone leaves open', () => {
  const TS = 'etsi-ts-103-645@1.1.1';
  const findings = [pass('password-unique')];
  const declared = { ...DECLARATION };
  const before = rowOf(judgeStatement(TS, declared, findings, []), '4.1-1');
  assert.equal(before.verdict, 'INCONCLUSIVE');
  assert.match(before.reason ?? '', /asks more/);
  const record = {
    id: 'records/1',
    subject: `${TS}/4.1-1`,
    reviewer: 'R. Reviewer',
    date: '2026-01-01',
    note: 'read',
    verdict: 'PASS',
  } as const;
  const after = rowOf(judgeStatement(TS, declared, findings, [record]), '4.1-1');
  assert.deepEqual([after.verdict, after.decided], ['PASS', 'review']);
  assert.ok(after.evidence.includes('records/1'));
});

test('exit codes: 1 where a row fails or a mandatory row is N, 2 where rows are open and that matters, else 0', () => {
  const row = (change: Partial<StatementRow>): Statement[] => [
    {
      code: EN,
      product: 'p',
      rows: [
        {
          ref: '5.1-1',
          status: 'M',
          support: 'Y',
          verdict: 'PASS',
          decided: 'automatic',
          evidence: ['a/1'],
          ...change,
        },
      ],
    },
  ];
  assert.equal(exitCode(row({}), { strict: true }), 0);
  assert.equal(exitCode(row({ verdict: 'FAIL' })), 1);
  assert.equal(exitCode(row({ support: 'N', verdict: 'INCONCLUSIVE' })), 1);
  assert.equal(exitCode(row({ support: 'N', verdict: 'INCONCLUSIVE', status: 'R' })), 0);
  assert.equal(exitCode(row({ verdict: 'INCONCLUSIVE' })), 0);
  assert.equal(exitCode(row({ verdict: 'INCONCLUSIVE' }), { strict: true }), 2);
  assert.equal(exitCode(row({ verdict: 'N/A', support: 'N/A' }), { strict: true }), 0);
});
