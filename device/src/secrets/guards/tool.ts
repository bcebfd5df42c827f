import { spawnSync } from 'node:child_process';
import { elementUnreachable } from './guard.ts';

/** A fixed path: who may write elsewhere must not choose what gets the key. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const LONGEST_MILLIS = 30_000;
const MOST_OUTPUT = 256 * 1024;

export interface ToolOutcome {
  readonly ok: boolean;
  /** may hold a key: whoever gets it wipes it */
  readonly output: Buffer;
  /** what the tool says of its failure, for its guard to tell apart; never passed on */
  readonly said: string;
}

/**
 * One run of a tool that speaks to a hardware element. Secrets pass through its pipes: command lines can be read by every
 * user of a machine. It waits: the signer has nothing else to do before it has its key.
 *
 * Fault: element-unreachable where the tool cannot be run.
 */
export const runTool = (
  program: string,
  args: readonly string[],
  given: {
    readonly input?: Uint8Array;
    readonly environment?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): ToolOutcome => {
  const run = spawnSync(program, args, {
    input: given.input ?? Buffer.alloc(0),
    env: { PATH, LC_ALL: 'C', ...given.environment },
    timeout: LONGEST_MILLIS,
    maxBuffer: MOST_OUTPUT,
    windowsHide: true,
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
  });
  const { code: system } = (run.error ?? {}) as { readonly code?: string };
  if (system === 'ENOENT')
    throw elementUnreachable(`${program} is not installed`, `Install ${program}, then start again.`);
  // a tool that refuses may end before it has read what it was given
  const ended = system === 'EPIPE' && run.status !== null;
  if (run.error && !ended)
    throw elementUnreachable(`${program} could not be run (${system ?? 'unknown'})`, 'Start the device again.');
  // what a tool gave out before it failed may be half a key
  if (run.status !== 0) run.stdout.fill(0);
  return { ok: run.status === 0, output: run.stdout, said: run.stderr.toString('utf8') };
};
