import type { Code } from '@hearthward/standards';
import type { Decided, Verdict } from './model.ts';

/** One row of a statement, as the command line's contract has it. */
export interface StatementRow {
  readonly ref: string;
  readonly status: 'M' | 'R';
  readonly support: 'Y' | 'N' | 'N/A' | 'undetermined';
  readonly verdict: Verdict;
  readonly decided: Decided;
  readonly evidence: readonly string[];
  readonly reason?: string;
}
export interface Statement {
  readonly code: Code;
  readonly product: string;
  readonly rows: readonly StatementRow[];
}
