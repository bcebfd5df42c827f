import type { Code } from '@hearthward/standards';
import type { Statement, StatementRow } from '../model.ts';

export interface RowChange {
  readonly code: Code;
  readonly ref: string;
  readonly before: Pick<StatementRow, 'support' | 'verdict' | 'reason'> | undefined;
  readonly after: Pick<StatementRow, 'support' | 'verdict' | 'reason'> | undefined;
}

/** Rows whose support or verdict is not the same in both; rows that only one has are changes too. */
export function diffStatements(before: readonly Statement[], after: readonly Statement[]): readonly RowChange[] {
  const codes = [...new Set([...before, ...after].map((statement) => statement.code))];
  return codes.flatMap((code) => {
    const old = rowsOf(before, code);
    const now = rowsOf(after, code);
    return [...new Set([...old.keys(), ...now.keys()])]
      .filter(
        (ref) => old.get(ref)?.support !== now.get(ref)?.support || old.get(ref)?.verdict !== now.get(ref)?.verdict,
      )
      .map((ref) => ({ code, ref, before: short(old.get(ref)), after: short(now.get(ref)) }));
  });
}

const rowsOf = (statements: readonly Statement[], code: Code): ReadonlyMap<string, StatementRow> =>
  new Map(statements.filter((one) => one.code === code).flatMap((one) => one.rows.map((row) => [row.ref, row])));

const short = (row: StatementRow | undefined): RowChange['before'] =>
  row === undefined
    ? undefined
    : { support: row.support, verdict: row.verdict, ...(row.reason === undefined ? {} : { reason: row.reason }) };
