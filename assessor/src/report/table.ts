import { codeLabel, row as rowOf } from '@hearthward/standards';
import type { Statement } from '../model.ts';
import { summary } from '../judge/summary.ts';
import { contractRow, csv, markdown, VERDICT_WORDS } from './words.ts';

/** A statement for programs and for people who work in tables. */
export function statementJson(statement: Statement): string {
  const { code, product } = statement;
  return `${JSON.stringify({ code, product, rows: statement.rows.map(contractRow) }, null, 2)}\n`;
}

export function statementCsv(statement: Statement): string {
  const head = ['code', 'ref', 'status', 'title', 'support', 'verdict', 'decided', 'reason', 'evidence'];
  const lines = statement.rows.map((row) => [
    statement.code,
    row.ref,
    row.status,
    rowOf(statement.code, row.ref)?.title ?? '',
    row.support,
    row.verdict,
    row.decided,
    row.reason ?? '',
    row.evidence.join(' '),
  ]);
  return [head, ...lines].map((cells) => `${cells.map(csv).join(',')}\r\n`).join('');
}

export function statementMarkdown(statement: Statement): string {
  const counts = summary(statement);
  const label = codeLabel(statement.code);
  const lines = statement.rows.map((row) => {
    const title = rowOf(statement.code, row.ref)?.title ?? '';
    const cells = [
      row.ref,
      row.status,
      title,
      row.support,
      `${row.verdict} (${VERDICT_WORDS[row.verdict]})`,
      row.decided,
    ];
    return `| ${[...cells, row.reason ?? '', row.evidence.join(', ')].map(markdown).join(' | ')} |`;
  });
  return [
    `# ${markdown(statement.product)}: ${markdown(label.name)}`,
    '',
    `${counts.rows} rows: ${counts.PASS} met, ${counts.FAIL} found not met, ${counts.N} declared as not met (${counts.mandatoryN} mandatory), ${counts.INCONCLUSIVE + counts.ERROR + counts.undetermined} not proven, ${counts['N/A']} do not apply.`,
    `Decided by a program ${counts.automatic}, with records ${counts.assisted}, by review ${counts.review}.`,
    '',
    '| Row | Status | What is asked | Support | Verdict | Decided | Reason | Evidence |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}
