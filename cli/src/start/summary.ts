import type { CodeSummary } from '@hearthward/assessor';
import { paint, table } from '../print.ts';

/** The table per code that ends an assessment. */
export const summaryTable = (summaries: readonly CodeSummary[]): string =>
  table(
    ['code', 'rows', 'PASS', 'FAIL', 'INCONCLUSIVE', 'N', 'N/A', 'undetermined', 'automatic', 'assisted', 'review'],
    summaries.map((one) => [
      one.code,
      String(one.rows),
      String(one.PASS),
      String(one.FAIL),
      String(one.INCONCLUSIVE),
      String(one.N),
      String(one['N/A']),
      String(one.undetermined),
      String(one.automatic),
      String(one.assisted),
      String(one.review),
    ]),
  );

/** What a reader should look at first: the mandatory rows that are not met. */
export const shortfalls = (summaries: readonly CodeSummary[]): string => {
  const lines = summaries.flatMap((one) =>
    one.failing.map(
      (row) => `  ${paint('red', row.support === 'N' ? 'N   ' : 'FAIL')}  ${one.code} ${row.ref}: ${row.reason}`,
    ),
  );
  return lines.length === 0 ? '' : `\nNot met:\n${lines.join('\n')}`;
};
