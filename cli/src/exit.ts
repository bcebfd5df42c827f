/** Exit codes of every command; part of the contract. */
export const EXIT = {
  /** done, nothing failing */
  done: 0,
  /** a row FAILs, or a mandatory row is N */
  failing: 1,
  /** with --strict: nothing fails, but rows are INCONCLUSIVE or undetermined */
  undecided: 2,
  /** wrong usage (sysexits EX_USAGE) */
  usage: 64,
  /** bad input (sysexits EX_DATAERR) */
  input: 65,
  /** a fault of ours (sysexits EX_SOFTWARE) */
  fault: 70,
  /** ended by Ctrl-C or SIGTERM before it was done (128 + SIGINT, as shells have it) */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one line that says what is wrong and how to mend it. */
export class Refusal extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
    this.exitCode = exitCode;
  }
}
export const badInput = (message: string, options?: ErrorOptions): Refusal => new Refusal(EXIT.input, message, options);
export const wrongUsage = (message: string): Refusal => new Refusal(EXIT.usage, message);

/** Longer ones come from the runtime and quote what they choked on, which may be a secret. */
const LONGEST_LINE = 1000;
const oneLine = (text: string): string => {
  const line = text.replace(/\s*\n\s*/g, ' ').trim();
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
};

/**
 * Faults that the rooms raise carry a `code` and a `cure`; those of the operating system a `code` alone. What is bad
 * input for the person at the keyboard (a port in use, a full disk, a folder of another version) ends with 65, what
 * nobody foresaw with 70.
 */
export const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  if (!(error instanceof Error)) return new Refusal(EXIT.fault, `unexpected fault: ${String(error)}`);
  const { code, cure, path } = error as Error & { code?: unknown; cure?: unknown; path?: unknown };
  if (typeof cure === 'string') return badInput(`${withoutStop(error.message)}; ${cure}`, { cause: error });
  const known = typeof code === 'string' ? SYSTEM_CURES[code] : undefined;
  if (known) {
    const [what, mend] = known;
    return badInput(`${typeof path === 'string' ? `${path}: ` : ''}${what}; ${mend}`, { cause: error });
  }
  return new Refusal(
    EXIT.fault,
    `unexpected fault: ${error.message.slice(0, 300)} (set HEARTHWARD_DEBUG=1 for the trace, and please report it)`,
    { cause: error },
  );
};

const withoutStop = (text: string): string => text.replace(/\.$/, '');

/** What the operating system refuses, and what a person can do about it. */
const SYSTEM_CURES: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  ENOSPC: ['the disk is full', 'free some space and run the command again, nothing was lost'],
  EDQUOT: ['the disk quota is used up', 'free some space and run the command again, nothing was lost'],
  EACCES: ['this user has no access', 'give it access, or name another path'],
  EPERM: ['this user may not do that', 'give it the right, or name another path'],
  EROFS: ['that file system is read-only', 'name another path'],
  ENOENT: ['there is no such file or folder', 'check the path'],
  ENOTDIR: ['a part of that path is a file', 'check the path'],
  EEXIST: ['something else is there already', 'name another path'],
  EISDIR: ['that is a folder', 'name a file'],
  EADDRINUSE: ['that port is in use', 'end the other program, or choose another port'],
};
