/**
 * The assessor: observe, judge, report.
 *
 * Guarantees: what is sent to a target is counted, recorded and redacted; a verdict is a pure function of recorded
 * observations, so `judgeFolder` finds the same years later; no row passes without an observation that covers it; a
 * folder that `verifyFolder` accepts is the one that was signed. Refuses: a target that nobody allowed, an address
 * that is not near, a folder with one byte changed. Knows no device and no service, only declarations and public
 * protocols. Leaves to `standards` what the codes ask, to `product` what was declared, to `cli` how it is printed.
 */
import type { Code } from '@hearthward/standards';
import type { Assessed, AssessOptions } from './assessment.ts';
import { CASES } from './cases/index.ts';
import { judgeFolder as judgeWith, type FolderJudged } from './judge/folder.ts';
import type { Statement } from './model.ts';
import { diffStatements, type RowChange } from './report/diff.ts';
import { assess as assessWith } from './run.ts';

export type {
  Case,
  Data,
  Finding,
  Observation,
  Probe,
  Seen,
  Statement,
  StatementRow,
  Verdict,
  Decided,
} from './model.ts';
export { Target, type Endpoint } from './target.ts';
export { CASES };
export { loadTarget, type LoadedTarget, type TargetLoaded } from './load-target.ts';
export { problemLine, type Problem } from './loading/problem.ts';
export { verifyFolder, type Verified } from './evidence/verify.ts';
export { exitCode, summary, type Summary } from './judge/summary.ts';
export { FORMATS, renderStatement, type Format } from './report/write.ts';
export { diffStatements, type RowChange } from './report/diff.ts';
export { type Assessed, type Progress, type RefusalCode } from './assessment.ts';
export { recordedStatements, type FolderJudged } from './judge/folder.ts';

/** Observes a target, judges what was seen, writes the signed evidence folder. `cases`: all where absent. */
export const assess = (
  options: Omit<AssessOptions, 'cases'> & { readonly cases?: AssessOptions['cases'] },
): Promise<Assessed> => assessWith({ cases: CASES, ...options });

/** Recomputes findings and statements of a folder, offline. */
export const judgeFolder = (dir: string, codes?: readonly Code[]): FolderJudged => judgeWith(dir, CASES, codes);

/** One statement of a folder, recomputed; refused where the folder is not one. */
export function statementOf(
  dir: string,
  code: Code,
): { readonly ok: true; readonly statement: Statement } | Extract<FolderJudged, { ok: false }> {
  const judged = judgeFolder(dir, [code]);
  if (!judged.ok) return judged;
  const [statement] = judged.statements;
  if (statement === undefined) throw new TypeError(`no statement for ${code}`);
  return { ok: true, statement };
}

/** Rows that changed between two folders, both judged by today's rules. */
export function diffFolders(
  before: string,
  after: string,
): { readonly ok: true; readonly changes: readonly RowChange[] } | Extract<FolderJudged, { ok: false }> {
  const old = judgeFolder(before);
  if (!old.ok) return old;
  const now = judgeFolder(after);
  return now.ok ? { ok: true, changes: diffStatements(old.statements, now.statements) } : now;
}
