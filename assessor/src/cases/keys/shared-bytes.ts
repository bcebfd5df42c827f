import { randomBytes } from 'node:crypto';

/**
 * Random bytes that two storages have in common, wherever they stand. A storage has too many places to remember each: a sieve
 * of one size, whatever is put through it, remembers that a place was seen, and what of the other storage falls into it is
 * looked for once more in the first. So the bytes decide, and never the sieve.
 */
export interface SharedBytes {
  /** first all of the one storage */
  readonly remember: (bytes: Uint8Array) => void;
  /** then all of the other */
  readonly suspect: (path: string, bytes: Uint8Array) => void;
  /** then the one again: files of the other in which some of these bytes stand too, which no file before this had */
  readonly confirm: (bytes: Uint8Array) => ReadonlySet<string>;
  /** whether there is anything to confirm */
  readonly suspects: () => boolean;
  /** files of the other storage in which more was suspected than can be remembered */
  readonly skipped: () => readonly string[];
}

/** Of 64 MiB of random bytes in each storage, one window in a hundred is suspected without cause, which is as many as are kept. */
const BLOCKS = 1 << 21;
const MOST_SUSPECTS = 1 << 20;

export function compareBytes(mostSuspects = MOST_SUSPECTS): SharedBytes {
  const factors = randomBytes(8);
  // odd, so that none of what is multiplied by it is lost
  const hashedBy = [factors.readInt32BE(0) | 1, factors.readInt32BE(4) | 1] as const;
  const [seen, suspected] = [openSieve(BLOCKS), openSieve(BLOCKS / 64)] as const;
  const suspects = new Map<string, string>();
  const skipped = new Set<string>();

  return {
    remember: (bytes) => eachWindow(bytes, hashedBy, (_at, first, second) => seen.put(first, second)),
    suspect: (path, bytes) =>
      eachWindow(bytes, hashedBy, (at, first, second) => {
        if (!seen.has(first, second)) return;
        const window = windowAt(bytes, at);
        if (suspects.has(window)) return;
        if (suspects.size >= mostSuspects) {
          skipped.add(path);
          return;
        }
        suspects.set(window, path);
        suspected.put(first, second);
      }),
    confirm(bytes) {
      const found = new Set<string>();
      eachWindow(bytes, hashedBy, (at, first, second) => {
        if (!suspected.has(first, second)) return;
        const window = windowAt(bytes, at);
        const path = suspects.get(window);
        if (path === undefined) return;
        suspects.delete(window);
        found.add(path);
      });
      return found;
    },
    suspects: () => suspects.size > 0,
    skipped: () => [...skipped],
  };
}

const windowAt = (bytes: Uint8Array, at: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, WINDOW).toString('latin1');

interface Sieve {
  readonly put: (first: number, second: number) => void;
  readonly has: (first: number, second: number) => boolean;
}

/** A Bloom filter of three bits in one block of 512, which the processor has at once. `blocks`: a power of two */
function openSieve(blocks: number): Sieve {
  const words = new Uint32Array(blocks * 16);
  const isSet = (block: number, place: number): boolean =>
    ((words[block + (place >>> 5)] ?? 0) & (1 << (place & 31))) !== 0;
  const set = (block: number, place: number): void => {
    words[block + (place >>> 5)] = (words[block + (place >>> 5)] ?? 0) | (1 << (place & 31));
  };
  const blockOf = (first: number): number => (mixed(first) & (blocks - 1)) * 16;
  return {
    put(first, second) {
      const [block, places] = [blockOf(first), mixed(second)];
      set(block, places & 511);
      set(block, (places >>> 9) & 511);
      set(block, (places >>> 18) & 511);
    },
    has(first, second) {
      const [block, places] = [blockOf(first), mixed(second)];
      return isSet(block, places & 511) && isSet(block, (places >>> 9) & 511) && isSet(block, (places >>> 18) & 511);
    },
  };
}

/** Every bit of it depends on each of what goes in (MurmurHash3, its last step). */
function mixed(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const WINDOW = 16;
const LEAST_DIFFERENT = 13;
const MOST_PRINTABLE = 8;
const LEAST_HIGH = 5;
/**
 * Where each window stands, and two hashes of it. Most of 16 random bytes differ, and half are no letters of ASCII; counters,
 * texts with their lengths and empty pages fall out. A key of 256 bits has 17 such places, so that one of them is as random
 * bytes mostly are. What of a window is counted is carried on to the next, which has one byte less and one more.
 */
function eachWindow(
  bytes: Uint8Array,
  [one, other]: readonly [number, number],
  visit: (at: number, first: number, second: number) => void,
): void {
  const [oneGone, otherGone] = [power(one), power(other)];
  const counts = new Uint8Array(256);
  let [different, high, printable, first, second] = [0, 0, 0, 0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const comes = bytes[at] ?? 0;
    if (counts[comes] === 0) different += 1;
    counts[comes] = (counts[comes] ?? 0) + 1;
    if (comes > 126) high += 1;
    else if (comes > 31) printable += 1;
    first = (Math.imul(first, one) + comes) | 0;
    second = (Math.imul(second, other) + comes) | 0;
    if (at >= WINDOW) {
      const goes = bytes[at - WINDOW] ?? 0;
      counts[goes] = (counts[goes] ?? 0) - 1;
      if (counts[goes] === 0) different -= 1;
      if (goes > 126) high -= 1;
      else if (goes > 31) printable -= 1;
      first = (first - Math.imul(goes, oneGone)) | 0;
      second = (second - Math.imul(goes, otherGone)) | 0;
    }
    if (at >= WINDOW - 1 && high >= LEAST_HIGH && different >= LEAST_DIFFERENT && printable <= MOST_PRINTABLE)
      visit(at - WINDOW + 1, first, second);
  }
}

/** What the factor of a byte is when as many have come after it as a window has. */
function power(factor: number): number {
  let value = 1;
  for (let n = 0; n < WINDOW; n += 1) value = Math.imul(value, factor);
  return value;
}
