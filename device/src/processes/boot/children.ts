import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Readable } from 'node:stream';
import { cleanEnvironment } from './privileges.ts';
import { withoutCoreFiles } from './core-files.ts';

/** How long a child may take to end before it is killed. */
const STOP_WITHIN_MILLIS = 5_000;

/** With a clean environment, a line to this process, and `pair` as its fourth descriptor. */
export const startChild = (
  flags: readonly string[],
  command: readonly string[],
  pair: 'pipe' | 'ignore' | Readable,
): ChildProcess => {
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', pair, 'ipc'];
  return spawn(...withoutCoreFiles([process.execPath, ...flags, ...command]), {
    stdio,
    env: cleanEnvironment(process.env),
    windowsHide: true,
  });
};

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
