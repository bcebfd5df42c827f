import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Whether a password is on the compiled list: some fifty thousand that people are known to have used, and our own words
 * (`common.ts`). A Bloom filter, since the list itself would take twenty times the memory: it never misses one of the list,
 * and takes one in a million others for one. `npm run generate` makes the file; its first line names source and licence.
 */
export const isListed = (password: string): boolean => holds((filter ??= read()), password);

export interface Filter {
  readonly bits: Uint8Array;
  readonly hashes: number;
}

let filter: Filter | undefined;

function read(): Filter {
  const file = readFileSync(new URL('./common.filter', import.meta.url));
  const end = file.indexOf(10);
  const hashes = Number(/ (\d+) hashes /.exec(file.subarray(0, end).toString())?.[1]);
  return { bits: file.subarray(end + 1), hashes };
}

function holds({ bits, hashes }: Filter, password: string): boolean {
  return places(password, bits.length * 8, hashes).every((at) => (((bits[at >> 3] ?? 0) >> (at & 7)) & 1) === 1);
}

/** Bits per entry and hashes for one false find in a million: ln(10^6) / ln(2)^2, and ln(2) of that. */
const BITS_PER_ENTRY = 29;
const HASHES = 20;

export function filterOf(passwords: ReadonlySet<string>): Filter {
  const bits = new Uint8Array(Math.ceil((passwords.size * BITS_PER_ENTRY) / 8));
  for (const password of passwords)
    for (const at of places(password, bits.length * 8, HASHES)) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  return { bits, hashes: HASHES };
}

/** Kirsch and Mitzenmacher: two hashes make as many as are wanted. */
function places(password: string, size: number, hashes: number): readonly number[] {
  const digest = hash('sha256', password, 'buffer');
  const first = digest.readUIntBE(0, 6);
  const step = digest.readUIntBE(6, 4) | 1;
  return Array.from({ length: hashes }, (_, index) => (first + index * (step >>> 0)) % size);
}
