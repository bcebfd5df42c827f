/** How likely a line is part of each row of a code: the statistics behind `matchList`. */
import { GROUP, groupsOf, lettersOf, wholeHash, type CodeFingerprints, type Fingerprint } from './fingerprint.ts';

/** A row that a line may be. */
export interface Candidate {
  readonly ref: string;
  /** evidence in bits: how much likelier the line is if it stems from this row than if it does not */
  readonly bits: number;
  /** 1 where the line stands word for word in the row, less 0.04 for each misspelling in a hundred letters, down to 0 */
  readonly score: number;
  /** the line is long enough to be this row cut off, and not just some word of it */
  readonly enough: boolean;
}

export interface Wording {
  readonly ref: string;
  readonly letters: number;
  readonly whole: string;
  readonly filter: Uint8Array;
}

/** A line reduced to what is compared. */
export interface Line {
  readonly letters: string;
  /** a reference printed before the wording, if there is one */
  readonly label: string | undefined;
  readonly truncated: boolean;
}

/** Chance that a letter group of the true row is found; the misses next to a misspelt letter are counted apart. */
const SURVIVES = 0.97;
/** Least chance that a foreign row has a letter group: the share of bits that its filter has set. */
const CHANCE = 0.25;
/** Cost in bits of a misspelling: a letter in 32, and whatever took its place. One harms GROUP groups. */
const MISSPELT = 6;
/** Letters that a misspelling weighs in the score. */
const PER_MISSPELLING = 4;
/** Least number of neighbouring groups found that count as found: one or two may be chance. */
const RUN = 3;
/** A line of WORD letters may be a row cut to the share CUT of its letters; one of PHRASE letters may be any row. */
const WORD = 10;
const PHRASE = 30;
const CUT = 0.3;
/** Evidence of an identical wording, of a printed reference, and of doubling or halving the length, in bits. */
const IDENTICAL = 40;
const LABELLED = 4;
const LENGTH = 0.5;

export function wordingsOf(fingerprints: CodeFingerprints): readonly Wording[] {
  return fingerprints.rows.flatMap((row) => row.wordings.map((wording) => decode(row.ref, wording)));
}

/** Takes off what lists put around a wording: bullets, a printed reference, marks of truncation. */
export function readLine(text: string): Line {
  const bare = text.trim().replace(/^(?:[-*•–]|\(?[a-z]\))\s+/i, '');
  const label = LABEL.exec(bare);
  const rest = label === null ? bare : bare.slice(label[0].length);
  const cut = rest.replace(/(?:<\s*(?:\.{3}|…)\s*>|\.{3}|…)\s*$/, '');
  return { letters: lettersOf(cut), label: label?.[1], truncated: cut !== rest };
}

const LABEL =
  /^(?:(?:provision|requirement|control|clause)\s+)?((?:AU|CR|DS|PL|PH)-\d-\d{1,2}|\d{1,2}(?:\.\d{1,2}){1,2}(?:-(?:\d{1,2}|[a-e]))?|[467]-(?:\d|[a-g]))[.:)]?\s+/i;

/** The rows that a line may be, likeliest first. */
export function candidates(line: Line, wordings: readonly Wording[]): readonly Candidate[] {
  const groups = groupsOf(line.letters);
  const hits = wordings.map((wording) => steady(groups.map((group) => has(wording.filter, group))));
  // the same for all rows: rows that begin alike must weigh alike until they part, however full their filters are
  const chances = groups.map((_, index) => {
    const found = hits.filter((row) => row[index]).length / wordings.length;
    return Math.min(SURVIVES, Math.max(found, CHANCE));
  });
  const best = new Map<string, Candidate>();
  wordings.forEach((wording, at) => {
    const found = candidate(line, wording, hits[at] ?? [], chances);
    const known = best.get(wording.ref);
    if (known === undefined || found.bits > known.bits) best.set(wording.ref, found);
  });
  return [...best.values()].sort((a, b) => b.bits - a.bits);
}

function candidate(line: Line, wording: Wording, hits: readonly boolean[], chances: readonly number[]): Candidate {
  const identical = line.letters.length > 0 && wholeHash(line.letters) === wording.whole;
  const misspelt = misspellings(hits);
  let bits = (identical ? IDENTICAL : 0) - MISSPELT * misspelt;
  // a group found in many rows says little
  hits.forEach((hit, index) => (bits += hit ? Math.log2(SURVIVES / (chances[index] ?? SURVIVES)) : 0));
  if (line.label !== undefined && line.label.toLowerCase() === wording.ref.toLowerCase()) bits += LABELLED;
  if (!line.truncated && line.letters.length > 0) {
    bits -= LENGTH * Math.abs(Math.log2(line.letters.length / wording.letters));
  }
  const { length } = line.letters;
  const enough = identical || length >= PHRASE || (length >= WORD && length >= CUT * wording.letters);
  return { ref: wording.ref, bits, score: identical ? 1 : likeness(misspelt, length), enough };
}

/** One, less what the misspellings cost that would make the row's letters into the line's. */
function likeness(misspelt: number, letters: number): number {
  return letters === 0 ? 0 : Math.max(0, 1 - (PER_MISSPELLING * misspelt) / letters);
}

/** Misspelt letters that explain the groups missed: each harms GROUP neighbours. */
function misspellings(hits: readonly boolean[]): number {
  let misspelt = 0;
  let missed = 0;
  for (const hit of hits) {
    if (!hit && missed % GROUP === 0) misspelt += 1;
    missed = hit ? 0 : missed + 1;
  }
  return misspelt;
}

/** The hits that have enough neighbours; the others may be chance and count as missed. */
function steady(hits: readonly boolean[]): readonly boolean[] {
  const kept = [...hits];
  for (let at = 0; at < hits.length;) {
    const start = at;
    while (at < hits.length && hits[at] === hits[start]) at += 1;
    if (hits[start] && at - start < RUN) kept.fill(false, start, at);
  }
  return kept;
}

function decode(ref: string, wording: Fingerprint): Wording {
  const filter = Uint8Array.from(Buffer.from(wording.filter, 'base64'));
  return { ref, letters: wording.letters, whole: wording.whole, filter };
}

function has(filter: Uint8Array, group: number): boolean {
  const at = group % (filter.length * 8);
  return ((filter[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}
