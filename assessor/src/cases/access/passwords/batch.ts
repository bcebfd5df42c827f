import { createHash } from 'node:crypto';
import { positionalBits, smallestAlphabet } from '../entropy.ts';

/**
 * Statistics of a batch of initial passwords (`serial,mac,password`). Nothing of a password leaves this file but
 * numbers. The tests compare each row with another row’s serial, so that what chance does is not taken for a tie.
 */
export interface BatchRow {
  readonly serial: string;
  readonly mac: string;
  readonly password: string;
}
export interface BatchStatistics {
  readonly rows: number;
  readonly distinct: number;
  readonly shortest: number;
  readonly longest: number;
  /** characters seen that the declared alphabet does not have */
  readonly outside: number;
  /** bits that the shortest password can carry in the declared or the smallest fitting alphabet */
  readonly capacityBits: number;
  /** bits that the spread over positions shows, at most the capacity */
  readonly observedBits: number;
  /** pairs that differ in at most two characters, and how many chance would give */
  readonly nearPairs: number;
  readonly nearExpected: number;
  /** rows that share a run of characters with their own serial or MAC, and with another row’s */
  readonly tied: number;
  readonly tiedByChance: number;
  /** rows whose password is part of a plain digest of serial or MAC */
  readonly digested: number;
  /** Spearman’s rank correlation with the serial, times sqrt(n - 1): standard normal without a tie */
  readonly order: number;
}

export function readBatch(csv: string): readonly BatchRow[] {
  const lines = csv.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.map((line) => line.split(',').map((cell) => cell.trim().replace(/^"|"$/g, '')));
  const header = rows[0]?.map((cell) => cell.toLowerCase()) ?? [];
  const named = header.includes('password');
  const at = (name: string, otherwise: number): number => (named ? header.indexOf(name) : otherwise);
  return rows
    .slice(named ? 1 : 0)
    .map((cells) => ({
      serial: cells[at('serial', 0)] ?? '',
      mac: cells[at('mac', 1)] ?? '',
      password: cells[at('password', 2)] ?? '',
    }))
    .filter((row) => row.password !== '')
    .slice(0, MOST_ROWS);
}

export function batchStatistics(rows: readonly BatchRow[], alphabet: string | undefined): BatchStatistics {
  const passwords = rows.map((row) => row.password);
  const lengths = passwords.map((password) => password.length);
  const shortest = lengths.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER);
  const letters = new Set(passwords.join(''));
  const size = alphabet === undefined ? smallestAlphabet(letters) : new Set(alphabet).size;
  const near = nearness(passwords, size);
  return {
    rows: rows.length,
    distinct: new Set(passwords).size,
    shortest: rows.length === 0 ? 0 : shortest,
    longest: lengths.reduce((a, b) => Math.max(a, b), 0),
    outside: alphabet === undefined ? 0 : [...letters].filter((letter) => !alphabet.includes(letter)).length,
    capacityBits: rows.length === 0 ? 0 : round(shortest * Math.log2(Math.max(2, size))),
    observedBits: round(positionalBits(passwords, size)),
    nearPairs: near.pairs,
    nearExpected: near.expected,
    tied: rows.filter((row) => sharesRun(row.password, row)).length,
    tiedByChance: rows.filter((row, at) => sharesRun(row.password, rows[(at + 1) % rows.length] ?? row)).length,
    digested: rows.filter(isDigest).length,
    order: round(rankOrder(rows)),
  };
}

const MOST_ROWS = 2000;
/** Five characters in common are rare by chance in passwords of usual length, common where one is made of the other. */
const RUN = 5;
const round = (value: number): number => Math.round(value * 100) / 100;
const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

function sharesRun(password: string, { serial, mac }: BatchRow): boolean {
  const text = plain(password);
  return [plain(serial), plain(mac)].some((public_) => {
    for (let at = 0; at + RUN <= public_.length; at += 1) if (text.includes(public_.slice(at, at + RUN))) return true;
    return public_.length > 0 && public_.length < RUN && text.includes(public_);
  });
}

function isDigest({ serial, mac, password }: BatchRow): boolean {
  const wanted = plain(password);
  if (wanted.length < 6) return false;
  const sources = [
    serial,
    mac,
    mac.toLowerCase(),
    mac.toUpperCase(),
    plain(mac),
    plain(mac).toUpperCase(),
    serial + mac,
  ];
  return sources.some((source) =>
    source === ''
      ? false
      : ['md5', 'sha1', 'sha256'].some((algorithm) => {
          const digest = createHash(algorithm).update(source).digest();
          return [digest.toString('hex'), plain(digest.toString('base64')), plain(base32(digest))].some((text) =>
            text.includes(wanted),
          );
        }),
  );
}

function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)] ?? '')
    .join('');
}

/** Pairs of equal length that differ in at most two places, against what the binomial distribution expects. */
function nearness(passwords: readonly string[], size: number): { readonly pairs: number; readonly expected: number } {
  const some = passwords.slice(0, 400);
  let pairs = 0;
  let expected = 0;
  for (let a = 0; a < some.length; a += 1) {
    for (let b = a + 1; b < some.length; b += 1) {
      const one = some[a] ?? '';
      const other = some[b] ?? '';
      if (one.length !== other.length) continue;
      expected += atMostTwo(one.length, 1 - 1 / Math.max(2, size));
      if (differences(one, other) <= 2) pairs += 1;
    }
  }
  return { pairs, expected: round(expected) };
}
function differences(one: string, other: string): number {
  let count = 0;
  for (let at = 0; at < one.length && count <= 2; at += 1) if (one[at] !== other[at]) count += 1;
  return count;
}
const atMostTwo = (n: number, p: number): number =>
  (1 - p) ** n + n * p * (1 - p) ** (n - 1) + ((n * (n - 1)) / 2) * p * p * (1 - p) ** (n - 2);

/** A counter makes passwords rise with serial numbers. */
function rankOrder(rows: readonly BatchRow[]): number {
  const n = rows.length;
  if (n < 3) return 0;
  const serials = ranks(rows.map((row) => row.serial));
  const passwords = ranks(rows.map((row) => row.password));
  const sum = serials.reduce((total, rank, at) => total + (rank - (passwords[at] ?? 0)) ** 2, 0);
  return (1 - (6 * sum) / (n * (n * n - 1))) * Math.sqrt(n - 1);
}
function ranks(values: readonly string[]): readonly number[] {
  const order = values
    .map((value, at) => ({ value, at }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.at - b.at));
  const result = Array.from({ length: values.length }, () => 0);
  for (const [rank, { at }] of order.entries()) result[at] = rank;
  return result;
}
