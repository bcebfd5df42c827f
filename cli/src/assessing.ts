import { assess, exitCode, summary, type Statement } from '@hearthward/assessor';
import { badInput, Refusal, type ExitCode } from './exit.ts';
import { say } from './print.ts';
import { Interrupted } from './start/interrupt.ts';
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
  /** aborted with a Refusal that says why */
  readonly signal: AbortSignal;
}

/** A target file can have many mistakes; one line names the first ones. */
const MISTAKES_NAMED = 3;

export const assessAndReport = async (
  options: Assessing,
): Promise<{ readonly code: ExitCode; readonly statements: readonly Statement[]; readonly folder: string }> => {
  const { strict, quiet, onStep, ...rest } = options;
  options.signal.throwIfAborted();
  const result = await assess({
    ...rest,
    onProgress: ({ done, of, case: id, title, unit }) =>
      onStep(`${String(done + 1).padStart(2)}/${of}  ${id}${unit === 'spare' ? ' (on the spare unit)' : ''}: ${title}`),
  });
  if (!result.ok) {
    if (result.code === 'interrupted') throw interruption(options.signal);
    if (result.code === 'unknown-row')
      throw badInput(`${result.because.join('; ')}: \`hearthward standards show CODE\` lists the rows of a code`);
    const more = result.because.length - MISTAKES_NAMED;
    throw badInput(
      `${result.because.slice(0, MISTAKES_NAMED).join(' | ')}${more > 0 ? ` (and ${more} more mistakes)` : ''}`,
    );
  }
  if (!quiet) say(`\n${summaryTable(result.statements.map(summary))}\n${shortfalls(result.statements)}`);
  return { code: exitCode(result.statements, { strict }), statements: result.statements, folder: result.dir };
};

const interruption = (signal: AbortSignal): Refusal =>
  signal.reason instanceof Refusal ? signal.reason : new Interrupted();
