import { spawnSync } from 'node:child_process';
import type { Budget } from './budgets.ts';

/**
 * No memory of a process reaches the disk when it crashes. One byte, not none: the kernel hands a crash to a program
 * (`core_pattern` with a pipe) whatever the limit is, unless the limit is exactly one (core(5), kernel/coredump.c).
 */
// EN 303 645 5.4-1, G044 6.4.1, G045 DS-1-3: a crash leaves no keys in a core file
const CORE_FILE = '1:1';

/**
 * Runs the command in the same process, with its descriptors, after the mask of what it makes and its limits are set. A
 * limit that is lower already stays as it is.
 */
export const withinLimits = (
  [program = '', ...args]: readonly string[],
  umask: string,
  { data, descriptors }: Budget,
): [string, string[]] => {
  if (process.platform === 'win32') return [program, args];
  // Where prlimit(1) is absent or may not, the shell sets none.
  const noCoreFile = `prlimit --pid $$ --core=${CORE_FILE} 2>/dev/null || ulimit -c 0 || exit 1`;
  const lowered = [`ulimit -n ${descriptors}`, `ulimit -d ${data * KIB}`].map((each) => `${each} 2>/dev/null`);
  return ['/bin/sh', ['-c', [`umask ${umask}`, noCoreFile, ...lowered, 'exec "$0" "$@"'].join('; '), program, ...args]];
};

/**
 * For the process that starts the others: it holds no key, and cannot be started anew. Where prlimit(1) is absent, it keeps
 * its limits.
 */
export const limitSelf = ({ data, descriptors }: Budget): void => {
  if (process.platform !== 'linux') return;
  const env = { PATH: '/usr/bin:/bin' };
  const bytes = data * KIB * KIB;
  for (const limit of [`--core=${CORE_FILE}`, `--nofile=${descriptors}:${descriptors}`, `--data=${bytes}:${bytes}`])
    spawnSync('prlimit', ['--pid', String(process.pid), limit], { stdio: 'ignore', env });
};

const KIB = 1_024;
