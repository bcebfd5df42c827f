import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Readable } from 'node:stream';
import { BUDGETS } from './budgets.ts';
import { withinLimits } from './limits.ts';
import { cleanEnvironment } from './privileges.ts';
import type { ProcessName } from './supervise.ts';
import { underOwnUser, type Separation } from './users.ts';

/** How long a child may take to end before it is killed. */
const STOP_WITHIN_MILLIS = 5_000;

export interface Child {
  readonly name: ProcessName;
  readonly separation: Separation;
  /** for Node */
  readonly flags: readonly string[];
  /** module and arguments */
  readonly command: readonly string[];
  /** its fourth descriptor */
  readonly pair: 'pipe' | 'ignore' | Readable;
  /** it has to open a port that not everybody may */
  readonly lowPort?: boolean;
}

/** Under its own account, within its budget, with a clean environment and a line to this process. */
export const startChild = ({ name, separation, flags, command, pair, lowPort }: Child): ChildProcess => {
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', pair, 'ipc'];
  const whole = underOwnUser(separation, name, [process.execPath, ...flags, ...command], lowPort);
  return spawn(...withinLimits(whole, UMASKS[name], BUDGETS[name]), {
    stdio,
    env: cleanEnvironment(process.env),
    windowsHide: true,
  });
};

/** What a process makes is for nobody else; but the slots that the updater writes are read by whatever runs from them. */
const UMASKS: Readonly<Record<ProcessName, string>> = { core: '077', signer: '077', control: '077', updater: '022' };

/** In good order where it can; `gone` resolves when it has ended. */
export const endChild = async (child: ChildProcess, gone: Promise<void>): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MILLIS);
  await gone;
  clearTimeout(kill);
};

/** Resolves when the child has ended, and what it said before has been heard. */
export const ended = (
  child: ChildProcess,
  on: { readonly failed: (cause: Error) => void; readonly exited: (how: string) => void },
): Promise<void> =>
  new Promise((resolve) => {
    child.once('error', (cause) => {
      on.failed(cause);
      resolve();
    });
    child.once('exit', (code, signal) => {
      on.exited(signal ?? `exit code ${String(code)}`);
      // What it said before it ended may still be on its way.
      if (child.connected) child.once('disconnect', resolve);
      else resolve();
    });
  });
