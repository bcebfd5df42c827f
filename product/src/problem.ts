import type { Code } from '@hearthward/standards';

/** One mistake in a declaration, said in one line: where it is, what is wrong, how to mend it. */
export interface Problem {
  /** as the caller named it */
  readonly file: string;
  /** JSON pointer (RFC 6901) into the declaration; `` is all of it */
  readonly path: string;
  /** `file`, `syntax`, `schema`, or the id of a lint rule */
  readonly rule: string;
  readonly message: string;
  readonly cure: string;
  readonly severity: 'error';
}

/** `hub.ts /telemetryData/3/personalData: no personal data is called "x"; name one of … (unknown-reference)` */
export function problemLine(problem: Problem): string {
  const at = problem.path === '' ? problem.file : `${problem.file} ${problem.path}`;
  return oneLine(`${at}: ${problem.message}; ${problem.cure} (${problem.rule})`, 1000);
}

/** Text of others, fit for one line: no control or bidirectional characters, no more than `limit` characters. */
export function oneLine(text: string, limit = 200): string {
  const flat = text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]+/gu, ' ')
    .trim()
    .toWellFormed();
  return flat.length <= limit ? flat : `${flat.slice(0, limit - 1).toWellFormed()}…`;
}

/** One step of a JSON pointer, escaped. */
export const step = (name: string | number): string => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

const PREFIXES: Readonly<Record<Code, string>> = {
  'etsi-ts-103-645@1.1.1': 'TS 103 645',
  'etsi-en-303-645@2.1.1': 'EN 303 645',
  'mcmc-g044@2023': 'G044',
  'mcmc-g045@2024': 'G045',
};
/** A row as the project cites it: code in short, then the reference as it is printed. */
export const cite = (code: Code, ref: string): string => `${PREFIXES[code]} ${ref}`;
