import { spawnSync } from 'node:child_process';

/**
 * No memory of a process reaches the disk when it crashes. One byte, not none: the kernel hands a crash to a program
 * (`core_pattern` with a pipe) whatever the limit is, unless the limit is exactly one (core(5), kernel/coredump.c).
 */
// EN 303 645 5.4-1, G044 6.4.1, G045 DS-1-3: a crash leaves no keys in a core file
const LIMIT = '1:1';

/** Runs the command in the same process, with its descriptors, after the limit and the mask of what it makes are set. */
export const withoutCoreFiles = ([program = '', ...args]: readonly string[], umask: string): [string, string[]] => {
  if (process.platform === 'win32') return [program, args];
  // Where prlimit(1) is absent or may not, the shell sets none.
  const set = `prlimit --pid $$ --core=${LIMIT} 2>/dev/null || ulimit -c 0 || exit 1`;
  return ['/bin/sh', ['-c', `umask ${umask}; ${set}; exec "$0" "$@"`, program, ...args]];
};

/** For the process that starts the others: it holds no key, and cannot be started anew. Where prlimit(1) is absent, it keeps its limit. */
export const keepOwnMemory = (): void => {
  if (process.platform !== 'linux') return;
  const env = { PATH: '/usr/bin:/bin' };
  spawnSync('prlimit', ['--pid', String(process.pid), `--core=${LIMIT}`], { stdio: 'ignore', env });
};
