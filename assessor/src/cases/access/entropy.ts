/**
 * How unpredictable observed values look. These are upper bounds of entropy: a sample shows weakness, never strength
 * beyond what its own spread carries. Pure.
 */
export interface Spread {
  readonly count: number;
  readonly distinct: number;
  readonly shortest: number;
  readonly longest: number;
  readonly alphabet: number;
  readonly bits: number;
  readonly commonPrefix: number;
  /** each value, read as a number, is larger than the one before it */
  readonly rising: boolean;
}

export function spreadOf(values: readonly string[]): Spread {
  const letters = new Set(values.join(''));
  const alphabet = smallestAlphabet(letters);
  const lengths = values.map((value) => value.length);
  return {
    count: values.length,
    distinct: new Set(values).size,
    shortest: lengths.length === 0 ? 0 : Math.min(...lengths),
    longest: lengths.length === 0 ? 0 : Math.max(...lengths),
    alphabet,
    bits: Math.round(positionalBits(values, alphabet) * 10) / 10,
    commonPrefix: commonPrefix(values),
    rising: values.length > 2 && values.every((value, at) => at === 0 || above(value, values[at - 1] ?? '')),
  };
}

/** Size of the smallest usual alphabet that has all these characters. */
export function smallestAlphabet(letters: ReadonlySet<string>): number {
  const all = [...letters].join('');
  if (/^[0-9]*$/.test(all)) return 10;
  if (/^[0-9a-f-]*$/.test(all) || /^[0-9A-F-]*$/.test(all)) return 16;
  if (/^[A-Z2-7=]*$/.test(all)) return 32;
  if (/^[A-Za-z]*$/.test(all)) return /[a-z]/.test(all) && /[A-Z]/.test(all) ? 52 : 26;
  if (/^[0-9a-z]*$/.test(all) || /^[0-9A-Z]*$/.test(all)) return 36;
  if (/^[0-9A-Za-z]*$/.test(all)) return 62;
  return 64;
}

/**
 * Sum over positions of the bits that a position can carry: the alphabet’s where the number of different characters
 * seen is plausible for an even draw, else the next power of two above that number. A position that never changes
 * carries none.
 */
export function positionalBits(values: readonly string[], alphabet: number): number {
  const count = values.length;
  if (count < 2 || alphabet < 2) return 0;
  const longest = values.reduce((most, value) => Math.max(most, value.length), 0);
  let bits = 0;
  for (let at = 0; at < longest; at += 1) {
    const different = new Set(values.map((value) => value[at] ?? '')).size;
    if (different < 2) continue;
    bits += fewIsPlausible(different, count, alphabet) ? Math.log2(alphabet) : Math.ceil(Math.log2(different));
  }
  return bits;
}

/** Union bound on P(at most d different characters among n even draws from a): C(a, d) (d / a)^n. */
function fewIsPlausible(different: number, count: number, alphabet: number): boolean {
  if (different >= Math.min(count, alphabet)) return true;
  let logChoose = 0;
  for (let k = 1; k <= different; k += 1) logChoose += Math.log((alphabet - different + k) / k);
  return logChoose + count * Math.log(different / alphabet) > LOG_ONE_IN_A_MILLION;
}
const LOG_ONE_IN_A_MILLION = Math.log(1e-6);

function commonPrefix(values: readonly string[]): number {
  const first = values[0] ?? '';
  if (values.length < 2) return 0;
  let length = 0;
  while (length < first.length && values.every((value) => value[length] === first[length])) length += 1;
  return length;
}
const above = (value: string, before: string): boolean =>
  value.length > before.length || (value.length === before.length && value > before);
