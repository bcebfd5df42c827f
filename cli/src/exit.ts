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
export const badInput = (message: string): Refusal => new Refusal(EXIT.input, message);
export const wrongUsage = (message: string): Refusal => new Refusal(EXIT.usage, message);

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/**
 * Faults that the rooms raise carry a `code` and a `cure`; those of the operating system a `code` alone. What is bad
 * input for the person at the keyboard (a port in use, a full disk, a folder of another version) ends with 65, what
 * nobody foresaw with 70.
 */
export const refusalOf = (error: unknown): Refusal => {
  if (!(error instanceof Error)) return new Refusal(EXIT.fault, `unexpected fault: ${String(error)}`);
  const { code, cure } = error as Error & { code?: unknown; cure?: unknown };
  if (typeof cure === 'string') return new Refusal(EXIT.input, `${error.message}; ${cure}`, { cause: error });
  const known = typeof code === 'string' ? SYSTEM_CURES[code] : undefined;
  if (known) return new Refusal(EXIT.input, `${error.message}; ${known}`, { cause: error });
  return new Refusal(
    EXIT.fault,
    `unexpected fault: ${error.message} (set HEARTHWARD_DEBUG=1 for the trace, and please report it)`,
    { cause: error },
  );
};

const SYSTEM_CURES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space and run the command again, nothing was lost',
  EDQUOT: 'the disk quota is used up: free some space and run the command again, nothing was lost',
  EACCES: 'give this user access to that path, or name another with --data or --out',
  EPERM: 'give this user access to that path, or name another with --data or --out',
  EROFS: 'that path is read-only: name another with --data or --out',
  ENOENT: 'check the path',
  ENOTDIR: 'check the path: a part of it is a file',
  EISDIR: 'name a file, not a folder',
  EADDRINUSE: 'that port is in use: end the other program or choose --port-base',
};
