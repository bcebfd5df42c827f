import type { Code } from '@hearthward/standards';
import type { Statement } from '../model.ts';

/** Counts of a statement. The columns from PASS to undetermined add up to `rows`: a verdict counts only where the row is claimed. */
export interface Summary {
  readonly code: Code;
  readonly rows: number;
  readonly PASS: number;
  readonly FAIL: number;
  readonly ERROR: number;
  readonly INCONCLUSIVE: number;
  /** rows declared as not supported, whatever their verdict */
  readonly N: number;
  /** of these, the mandatory ones: declared non-conformities */
  readonly mandatoryN: number;
  readonly 'N/A': number;
  /** rows whose condition is not known */
  readonly undetermined: number;
  /** rows with a decided verdict (PASS or FAIL), by how it was decided */
  readonly automatic: number;
  readonly assisted: number;
  readonly review: number;
}

export function summary(statement: Statement): Summary {
  const { rows } = statement;
  const verdict = (wanted: string): number =>
    rows.filter((row) => row.support === 'Y' && row.verdict === wanted).length;
  const support = (wanted: string): number => rows.filter((row) => row.support === wanted).length;
  const decided = rows.filter((row) => row.support === 'Y' && (row.verdict === 'PASS' || row.verdict === 'FAIL'));
  const how = (wanted: string): number => decided.filter((row) => row.decided === wanted).length;
  return {
    code: statement.code,
    rows: rows.length,
    PASS: verdict('PASS'),
    FAIL: verdict('FAIL'),
    ERROR: verdict('ERROR'),
    INCONCLUSIVE: verdict('INCONCLUSIVE'),
    N: support('N'),
    mandatoryN: rows.filter((row) => row.support === 'N' && row.status === 'M').length,
    'N/A': support('N/A'),
    undetermined: support('undetermined'),
    automatic: how('automatic'),
    assisted: how('assisted'),
    review: how('review'),
  };
}

/** 1: a row FAILs or a mandatory row is N. 2: nothing fails but something is open, only where `strict`. Else 0. */
export function exitCode(statements: readonly Statement[], options: { readonly strict?: boolean } = {}): 0 | 1 | 2 {
  const rows = statements.flatMap((statement) => statement.rows);
  if (rows.some((row) => row.verdict === 'FAIL' || (row.status === 'M' && row.support === 'N'))) return 1;
  const open = rows.some(
    (row) => row.verdict === 'INCONCLUSIVE' || row.verdict === 'ERROR' || row.support === 'undetermined',
  );
  return options.strict === true && open ? 2 : 0;
}
