/**
 * Fingerprints of a wording: which letter groups it has, kept as a small Bloom filter.
 *
 * A filter answers "is this group probably part of the row?" and holds one to two bits for each letter of a row,
 * less than English itself needs, so a line can be recognised by it but the wording cannot be read back from it.
 * Letters alone count: spaces, hyphens, case and line breaks are gone, so split and joined words do not matter.
 */

/** Letters in a group. Five survive a misspelling nearby and are rare enough to tell rows apart. */
export const GROUP = 5;
/** Filter size in bits: at least 512, so that short wordings stay distinct, else two bits for each letter. */
export const filterBits = (letters: number): number => Math.max(512, Math.ceil((2 * letters) / 64) * 64);

/** One wording of a row: its whole text, or its heading alone. */
export interface Fingerprint {
  /** number of letters of the wording */
  readonly letters: number;
  /** hash of all its letters, 8 hexadecimal digits: recognises the unaltered wording, however short */
  readonly whole: string;
  /** Bloom filter of its letter groups, base64 */
  readonly filter: string;
}

export interface RowFingerprints {
  readonly ref: string;
  readonly wordings: readonly Fingerprint[];
}

export interface CodeFingerprints {
  readonly code: string;
  readonly group: number;
  readonly rows: readonly RowFingerprints[];
}

/** The letters of a text, lower case; the ways in which optical reading spells IoT are made one. */
export function lettersOf(text: string): string {
  return text
    .replace(/\b[1Il|][0o]T\b/gi, 'IoT')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z]+/g, '');
}

/** 32-bit hashes of the overlapping letter groups of a text already reduced to letters, in their order. */
export function groupsOf(letters: string): readonly number[] {
  const groups: number[] = [];
  for (let start = 0; start + GROUP <= letters.length; start += 1)
    groups.push(hash(letters.slice(start, start + GROUP)));
  return groups;
}

export function wholeHash(letters: string): string {
  return hash(letters).toString(16).padStart(8, '0');
}

export function fingerprint(text: string): Fingerprint {
  const letters = lettersOf(text);
  const bits = new Uint8Array(filterBits(letters.length) / 8);
  for (const group of groupsOf(letters)) {
    const at = group % (bits.length * 8);
    bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return { letters: letters.length, whole: wholeHash(letters), filter: Buffer.from(bits).toString('base64') };
}

/** FNV-1a with the finishing rounds of MurmurHash3, so that the low bits are even. Not a secret, not for security. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
