/** One mistake in a target file: where it is, what is wrong, how to mend it. */
export interface Problem {
  readonly file: string;
  /** JSON pointer in the file; empty for the file as a whole */
  readonly path: string;
  readonly message: string;
  readonly cure: string;
}

export const problemLine = (problem: Problem): string =>
  `${problem.file}${problem.path === '' ? '' : ` ${problem.path}`}: ${problem.message}; ${problem.cure}`;
