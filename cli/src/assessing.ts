import { assess, exitCode, summary, type Statement } from '@hearthward/assessor';
import { badInput, type ExitCode } from './exit.ts';
import { say } from './print.ts';
import { shortfalls, summaryTable } from './start/summary.ts';

/** One assessment with its progress and its table; used by `assess` and by `start`. */
export interface Assessing {
  readonly targetFile: string;
  readonly out: string;
  readonly codes?: readonly string[];
  readonly only?: readonly string[];
  readonly key?: string;
  readonly strict: boolean;
  /** no table on stdout */
  readonly quiet: boolean;
  readonly onStep: (text: string) => void;
  readonly signal: AbortSignal;
}

export const assessAndReport = async (
  options: Assessing,
): Promise<{ readonly code: ExitCode; readonly statements: readonly Statement[]; readonly folder: string }> => {
  const { strict, quiet, onStep, ...rest } = options;
  const result = await assess({
    ...rest,
    onProgress: ({ done, of, case: id, title }) => onStep(`${String(done + 1).padStart(2)}/${of}  ${id}: ${title}`),
  });
  if (!result.ok) throw badInput(result.because.join(' | '));
  if (!quiet) say(`\n${summaryTable(result.statements.map(summary))}\n${shortfalls(result.statements)}`);
  return { code: exitCode(result.statements, { strict }), statements: result.statements, folder: result.dir };
};
