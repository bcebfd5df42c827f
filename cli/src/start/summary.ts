import type { Statement, Summary } from '@hearthward/assessor';
import { paint, table } from '../print.ts';

/** The table per code that ends an assessment. */
export const summaryTable = (summaries: readonly Summary[]): string =>
  table(
    [
      'code',
      'rows',
      'PASS',
      'FAIL',
      'ERROR',
      'INCONCLUSIVE',
      'N',
      'N/A',
      'undetermined',
      'automatic',
      'assisted',
      'review',
    ],
    summaries.map((one) => [
      one.code,
      String(one.rows),
      String(one.PASS),
      String(one.FAIL),
      String(one.ERROR),
      String(one.INCONCLUSIVE),
      String(one.N),
      String(one['N/A']),
      String(one.undetermined),
      String(one.automatic),
      String(one.assisted),
      String(one.review),
    ]),
  );

/** What a reader should look at first: the rows that fail, and the mandatory ones that are declared as not met. */
export const shortfalls = (statements: readonly Statement[]): string => {
  const lines = statements.flatMap((statement) =>
    statement.rows
      .filter((row) => row.verdict === 'FAIL')
      .map(
        (row) =>
          `  ${paint('red', row.support === 'N' ? 'N   ' : 'FAIL')}  ${statement.code} ${row.ref}: ${row.reason ?? ''}`,
      ),
  );
  return lines.length === 0 ? '' : `\nNot met:\n${lines.join('\n')}\n`;
};
