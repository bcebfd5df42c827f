import { isListed } from './listed.ts';

/**
 * Whether a person may have this password, after NIST SP 800-63B section 3.1.1 and G045 AU-1-8: length and what
 * attackers try first, no demand for kinds of characters. Lengths count Unicode code points after NFC.
 */
export interface PasswordLimits {
  readonly minimumLength: number;
  readonly maximumLength: number;
  readonly refusesCommon: boolean;
  readonly refusesRuns: boolean;
}

export interface NewPassword {
  readonly password: string;
  readonly repeat: string;
  /** found out by verifying it against the stored records */
  readonly isInitial: boolean;
  readonly isPrevious: boolean;
  /** words that anyone who sees the device knows: user, device name, model, manufacturer */
  readonly context: readonly string[];
}

/** Message keys. */
export type PasswordRefusal =
  | 'password-mismatch'
  | 'password-too-short'
  | 'password-too-long'
  | 'password-repeats'
  | 'password-run'
  | 'password-common'
  | 'password-context'
  | 'password-initial'
  | 'password-unchanged';

// G045 AU-1-8, EN 303 645 5.1-1, G044 6.1-a: what a new password must be; every reason at once
export function passwordRules(given: NewPassword, limits: PasswordLimits): readonly PasswordRefusal[] {
  const password = given.password.normalize('NFC');
  const length = Array.from(password).length;
  const refused: PasswordRefusal[] = [];
  if (given.repeat.normalize('NFC') !== password) refused.push('password-mismatch');
  if (length < limits.minimumLength) refused.push('password-too-short');
  if (length > limits.maximumLength) return [...refused, 'password-too-long'];
  if (limits.refusesRuns && hasRepeats(password)) refused.push('password-repeats');
  if (limits.refusesRuns && hasRun(password)) refused.push('password-run');
  if (limits.refusesCommon && isCommon(password)) refused.push('password-common');
  if (isContext(password, given.context)) refused.push('password-context');
  // G045 AU-1-1: the first password of one's own differs from the one on the label, each later one from those before
  if (given.isInitial) refused.push('password-initial');
  if (given.isPrevious) refused.push('password-unchanged');
  return refused;
}

const LEAST_DISTINCT = 5;

/** The same character four times in a row, one block over and over, or hardly any different characters. */
function hasRepeats(password: string): boolean {
  return /(.)\1{3}/su.test(password) || /^(.{1,16}?)\1+$/su.test(password) || new Set(password).size < LEAST_DISTINCT;
}

const SEQUENCES = ['abcdefghijklmnopqrstuvwxyz', '01234567890'];
/** QWERTY, QWERTZ and AZERTY: rows, and columns from the left */
const ROWS = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '1qaz',
  '2wsx',
  '3edc',
  '4rfv',
];
const RUN = 4;

/**
 * Four neighbours of alphabet or digits in either direction, or of a keyboard row from its edge; five anywhere in a
 * row, since words such as `property` hold four.
 */
function hasRun(password: string): boolean {
  const text = password.toLowerCase();
  const both = (row: string) => [row, Array.from(row).reverse().join('')];
  const pieces = (row: string, size: number) =>
    Array.from({ length: row.length - size + 1 }, (_, at) => row.slice(at, at + size));
  const runs = [
    ...SEQUENCES.flatMap(both).flatMap((row) => pieces(row, RUN)),
    ...ROWS.flatMap(both).flatMap((row) => [row.slice(0, RUN), row.slice(-RUN), ...pieces(row, RUN + 1)]),
  ];
  return runs.some((run) => run !== '' && text.includes(run));
}

/**
 * On the list by itself, with digits and signs around it, with letters written as digits, or as two of the list in a row.
 */
function isCommon(password: string): boolean {
  const text = password.toLowerCase();
  return [...normalForms(text), ...cores(text)].some(isOneOrTwoListed);
}

/** How a password of the list and what somebody makes of it come together; the list is kept in these forms as well. */
export const normalForms = (text: string): readonly string[] => [
  ...new Set([text, bare(text), unleet(text), bare(unleet(text))]),
];
const bare = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');

/** Digits and signs people put around; a list has passwords with digits of their own at the ends. */
const AROUND = 6;

function cores(text: string): readonly string[] {
  const before = Math.min(AROUND, /^[^\p{L}]*/u.exec(text)?.[0].length ?? 0);
  const after = Math.min(AROUND, /[^\p{L}]*$/u.exec(text)?.[0].length ?? 0);
  const found: string[] = [];
  for (let start = 0; start <= before; start += 1)
    for (let end = 0; end <= after; end += 1) found.push(text.slice(start, text.length - end));
  return found.filter((core) => core.length >= (/\p{L}/u.test(core) ? LEAST_CORE : LEAST_FIGURES));
}
/** Shorter ones stand in good passwords by chance, short rows of figures above all. */
const LEAST_CORE = 4;
const LEAST_FIGURES = 6;

function isOneOrTwoListed(text: string): boolean {
  if (isListed(text)) return true;
  for (let at = 3; at <= text.length - 3; at += 1) {
    const tail = text.slice(at).replace(/^[^a-z0-9]+/, '');
    if (isListed(text.slice(0, at)) && isListed(tail)) return true;
  }
  return false;
}

const LETTERS: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  '5': 's',
  $: 's',
  '7': 't',
};
const unleet = (text: string): string => text.replace(/[@4831!05$7]/g, (sign) => LETTERS[sign] ?? sign);

const LEAST_WORD = 4;
const LEAST_REST = 8;

/** A context word is in it, and without such words fewer than eight characters are left. */
function isContext(password: string, context: readonly string[]): boolean {
  const words = context
    .flatMap((phrase) => [phrase, phrase.replace(/[^\p{L}\p{N}]+/gu, ''), ...phrase.split(/[^\p{L}\p{N}]+/u)])
    .map((word) => word.toLowerCase())
    .filter((word) => word.length >= LEAST_WORD);
  return [password.toLowerCase(), unleet(password.toLowerCase())].some((text) => {
    const rest = words.sort((a, b) => b.length - a.length).reduce((left, word) => left.replaceAll(word, ''), text);
    return rest.length < text.length && rest.length < LEAST_REST;
  });
}
