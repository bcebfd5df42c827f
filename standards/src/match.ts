/**
 * Recognises a flat list of requirements in the official wording of a code, line by line.
 *
 * Refuses to guess: a line that no row explains gets `ref: null`. Only fingerprints are compared; see `fingerprint.ts`.
 */
import etsiEn from '../data/fingerprints/etsi-en-303-645@2.1.1.json' with { type: 'json' };
import etsiTs from '../data/fingerprints/etsi-ts-103-645@1.1.1.json' with { type: 'json' };
import g044 from '../data/fingerprints/mcmc-g044@2023.json' with { type: 'json' };
import g045 from '../data/fingerprints/mcmc-g045@2024.json' with { type: 'json' };
import { candidates, readLine, wordingsOf, type Candidate, type Line, type Wording } from './likeness.ts';
import { CODES, type Code } from './model.ts';
import { rows } from './rows.ts';

export interface MatchedLine {
  /** number of the line in the list, from 1; blank lines are counted and left out */
  readonly line: number;
  readonly text: string;
  readonly ref: string | null;
  /** share of the line found in the row, 0 to 1; of the likeliest row where `ref` is null */
  readonly score: number;
  /** other rows that the line fits as well, where it is cut off before they part */
  readonly also?: readonly string[];
}

export interface MatchedList {
  readonly code: Code;
  readonly lines: readonly MatchedLine[];
  /** rows of the code that no line of the list is */
  readonly missing: readonly string[];
}

/** Bounds of a list: a whole code has under 100 lines of under 1000 letters; a list at the bounds takes seconds. */
export const LIST_LIMITS = { lines: 1_000, lineLength: 4_000, length: 150_000 } as const;

/** A list beyond LIST_LIMITS. */
export class ListTooLong extends Error {
  override readonly name = 'ListTooLong';
  readonly code = 'list-too-long';
}

/**
 * Matches a list against `code`, or against the code that explains most of it.
 * Throws `ListTooLong` for a text beyond LIST_LIMITS.
 */
export function matchList(text: string, options: { readonly code?: Code | undefined } = {}): MatchedList {
  const list = readList(text);
  const codes = options.code === undefined ? CODES : [options.code];
  const matched = codes.map((code) => matchAgainst(code, list));
  return matched.reduce((best, next) => (explained(next) > explained(best) ? next : best));
}

interface Entry {
  readonly line: number;
  readonly text: string;
}

function readList(text: string): readonly Entry[] {
  if (text.length > LIST_LIMITS.length) throw new ListTooLong(`a list has at most ${LIST_LIMITS.length} characters`);
  const entries = text
    .split(/\r\n|\n|\r/)
    .map((line, at) => ({ line: at + 1, text: line.trim() }))
    .filter((entry) => entry.text !== '');
  if (entries.length > LIST_LIMITS.lines) throw new ListTooLong(`a list has at most ${LIST_LIMITS.lines} lines`);
  const long = entries.find((entry) => entry.text.length > LIST_LIMITS.lineLength);
  if (long !== undefined) {
    throw new ListTooLong(
      `line ${long.line} has more than ${LIST_LIMITS.lineLength} characters: is it one requirement?`,
    );
  }
  return entries;
}

/** How much of a list a code explains: its rows found, each weighed by how well its line fits. */
function explained(list: MatchedList): number {
  const best = new Map<string, number>();
  for (const line of list.lines) {
    if (line.ref !== null) best.set(line.ref, Math.max(best.get(line.ref) ?? 0, line.score));
  }
  return [...best.values()].reduce((sum, score) => sum + score, 0);
}

/** Least likeness and least evidence in bits for a line to be recognised at all. */
const LEAST_SCORE = 0.6;
const LEAST_BITS = 7;
/** Rows whose evidence lies this close together, in bits: about one misspelling. The list may decide between them. */
const CLOSE = 7;
/** Bits that speak for a row that no other line clearly is, and for one that follows upon the row of the line before. */
const FREE = 4;
const NEXT = 4;
/** Rows that a line fits as well as its own, in bits. */
const AS_GOOD = 2;

function matchAgainst(code: Code, list: readonly Entry[]): MatchedList {
  const wordings = fingerprintsOf(code);
  const order = new Map(rows(code).map((row, at) => [row.ref, at]));
  const options = list.map((entry) => fitting(readLine(entry.text), wordings));
  const chosen = choose(options, order);
  const lines = list.map((entry, at) => result(entry, chosen[at] ?? null, options[at] ?? { fits: [], best: 0 }));
  const found = new Set(chosen);
  return { code, lines, missing: [...order.keys()].filter((ref) => !found.has(ref)) };
}

interface Fitting {
  /** rows that the line may be, likeliest first; none where it is not recognised */
  readonly fits: readonly Candidate[];
  /** likeness of the likeliest row */
  readonly best: number;
}

function fitting(line: Line, wordings: readonly Wording[]): Fitting {
  const found = candidates(line, wordings).filter((one) => one.enough);
  const [first] = found;
  const best = first?.score ?? 0;
  if (first === undefined || best < LEAST_SCORE || first.bits < LEAST_BITS) return { fits: [], best };
  return { fits: found.filter((one) => one.bits > first.bits - CLOSE && one.score >= LEAST_SCORE), best };
}

/**
 * One row for each line. Where a line is cut off before two rows part, or a misspelling hides where they part, the
 * list decides with it: for a row that no clear line has, and for the row next after the one of the line before.
 */
function choose(options: readonly Fitting[], order: ReadonlyMap<string, number>): readonly (string | null)[] {
  const taken = new Set(options.flatMap(({ fits }) => (fits.length === 1 && fits[0] ? [fits[0].ref] : [])));
  let before: number | undefined;
  return options.map(({ fits }) => {
    const [first] = fits;
    if (first === undefined) return null;
    const weight = (fit: Candidate): number => {
      const step = before === undefined ? 0 : (order.get(fit.ref) ?? 0) - before;
      return fit.bits + (taken.has(fit.ref) ? 0 : FREE) + (step > 0 ? NEXT / step : 0);
    };
    const { ref } = fits.reduce((best, next) => (weight(next) > weight(best) ? next : best), first);
    taken.add(ref);
    before = order.get(ref);
    return ref;
  });
}

function result(entry: Entry, ref: string | null, { fits, best }: Fitting): MatchedLine {
  const chosen = fits.find((fit) => fit.ref === ref);
  const also = fits.filter((fit) => fit !== chosen && chosen !== undefined && fit.bits > chosen.bits - AS_GOOD);
  const score = Math.round((chosen?.score ?? best) * 1000) / 1000;
  return { ...entry, ref, score, ...(also.length === 0 ? {} : { also: also.map((fit) => fit.ref) }) };
}

const FINGERPRINTS = {
  'etsi-ts-103-645@1.1.1': etsiTs,
  'etsi-en-303-645@2.1.1': etsiEn,
  'mcmc-g044@2023': g044,
  'mcmc-g045@2024': g045,
} as const satisfies Record<Code, unknown>;
const decoded = new Map<Code, readonly Wording[]>();

function fingerprintsOf(code: Code): readonly Wording[] {
  const known = decoded.get(code) ?? wordingsOf(FINGERPRINTS[code]);
  decoded.set(code, known);
  return known;
}
