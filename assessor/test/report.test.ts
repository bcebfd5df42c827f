import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES, rows } from '@hearthward/standards';
import { judgeStatement } from '../src/judge/rows.ts';
import { diffStatements } from '../src/report/diff.ts';
import { renderStatement } from '../src/report/write.ts';
import { csv, html, markdown } from '../src/report/words.ts';
import type { Finding, Statement } from '../src/model.ts';
import { DECLARATION } from './fake/declaration.ts';

const HOSTILE = '=HYPERLINK("http://evil","x")\r\n<img src=x onerror=alert(1)>|[a](javascript:x)\u202e`';
const finding: Finding = {
  case: 'hostile',
  topic: 'disclosure-policy',
  verdict: 'FAIL',
  decided: 'automatic',
  because: HOSTILE,
  uncovered: [],
  evidence: ['hostile/1'],
};
const statement = judgeStatement('etsi-en-303-645@2.1.1', DECLARATION, [finding], []);

test('writes CSV that no spreadsheet takes for a formula, one record per row', () => {
  for (const sign of ['=', '+', '-', '@', '%', '|', '\t=', ' =']) assert.match(csv(`${sign}1`), /^"?'/);
  assert.equal(csv('a,"b"'), '"a,""b"""');
  const lines = renderStatement(statement, 'csv', DECLARATION).split('\r\n');
  assert.equal(lines.length, 68 + 2);
  assert.ok(!lines.some((line) => /(^|,)"?[=+@]/.test(line)));
});

test('escapes hostile text in HTML and Markdown', () => {
  for (const format of ['html', 'md'] as const) {
    const text = renderStatement(statement, format, DECLARATION);
    assert.ok(!text.includes('<img') && !text.includes('\u202e'), format);
    if (format === 'md') assert.ok(!text.includes('](javascript') && !text.includes('http://evil'));
  }
  assert.equal(html('<a href="x" onclick=\'y\'>&'), '&lt;a href=&quot;x&quot; onclick=&#39;y&#39;&gt;&amp;');
  assert.ok(!/[|<>[\]`*_]/.test(markdown('|<>[]`*_')));
});

test('every format of every code has every row', () => {
  for (const code of CODES) {
    const one = judgeStatement(code, DECLARATION, [], []);
    const page = renderStatement(one, 'html', DECLARATION);
    const table = renderStatement(one, 'md', DECLARATION);
    assert.equal(page.match(/<section class="row"/g)?.length, rows(code).length);
    assert.equal(table.split('\n').filter((line) => line.startsWith('| ')).length, rows(code).length + 2);
    assert.ok(!/<script|https?:\/\//.test(page), 'a report reaches for nothing');
    assert.match(page, /<meta name="viewport"[^]*prefers-color-scheme: dark[^]*@media print/);
  }
});

test('the JSON statement holds the contract and nothing else', () => {
  const written = JSON.parse(renderStatement(statement, 'json', DECLARATION));
  assert.deepEqual(Object.keys(written), ['code', 'product', 'rows']);
  for (const row of written.rows) {
    const names = Object.keys(row).filter((name) => name !== 'reason');
    assert.deepEqual(names, ['ref', 'status', 'support', 'verdict', 'decided', 'evidence']);
  }
});

test('names the rows that changed between two statements, and only those', () => {
  const better = judgeStatement('etsi-en-303-645@2.1.1', DECLARATION, [{ ...finding, verdict: 'PASS' }], []);
  const changes = diffStatements([statement], [better]);
  assert.deepEqual(
    changes.map((change) => [change.ref, change.before?.verdict, change.after?.verdict]),
    [['5.2-1', 'FAIL', 'PASS']],
  );
  assert.deepEqual(diffStatements([statement], [statement]), []);
  const short: Statement = { ...statement, rows: statement.rows.slice(1) };
  assert.deepEqual(
    diffStatements([statement], [short]).map((change) => [change.ref, change.after]),
    [[statement.rows[0]?.ref, undefined]],
  );
});
