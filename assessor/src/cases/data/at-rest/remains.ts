/**
 * Sealed data cannot be searched for what it says. But it can be seen which bytes were not there before something was put in,
 * and whether they are there still after it was erased. Counted are pieces of bytes as sealing and compressing make them; text
 * that changed meanwhile, the time in a file of settings say, is searched for markers instead.
 */
const PIECE = 64;
/** of 64 random bytes some 57 differ from each other; of 64 letters of text or of base64, and of the tables of a database, fewer */
const LEAST_DIFFERENT = 49;
/** a filter of 16 MB, which lets through one in eight pieces wrongly where it has seen 16 MB of other bytes */
const FILTER_BITS = 27;
const FACTOR = 0x01000193;

export interface Before {
  readonly add: (bytes: Uint8Array) => void;
  /** whether a piece with this hash may have been there; never wrong where it says no */
  readonly mayHave: (hash: number) => boolean;
}

export function createBefore(): Before {
  const filter = new Uint8Array(2 ** (FILTER_BITS - 3));
  const place = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - FILTER_BITS);
  return {
    add: (bytes) => {
      eachPiece(bytes, (_, hash) => {
        const at = place(hash);
        filter[at >>> 3] = (filter[at >>> 3] ?? 0) | (1 << (at & 7));
      });
    },
    mayHave: (hash) => {
      const at = place(hash);
      return ((filter[at >>> 3] ?? 0) & (1 << (at & 7))) !== 0;
    },
  };
}

/** Sealed pieces that came, by their hash. */
export interface Came {
  readonly add: (bytes: Uint8Array) => void;
  readonly size: () => number;
  /** how many of them are in these bytes, each counted once */
  readonly remainsIn: (bytes: Uint8Array) => ReadonlySet<string>;
}

export function createCame(before: Pick<Before, 'mayHave'>): Came {
  const pieces = new Map<number, Set<string>>();
  let size = 0;
  return {
    add: (bytes) => {
      eachPiece(bytes, (at, hash) => {
        if (at % PIECE !== 0 || before.mayHave(hash)) return;
        const piece = Buffer.from(bytes.buffer, bytes.byteOffset + at, PIECE);
        if (!looksSealed(piece)) return;
        const text = piece.toString('latin1');
        const alike = pieces.get(hash) ?? new Set();
        if (!alike.has(text)) size += 1;
        pieces.set(hash, alike.add(text));
      });
    },
    size: () => size,
    remainsIn: (bytes) => {
      const found = new Set<string>();
      eachPiece(bytes, (at, hash) => {
        const alike = pieces.get(hash);
        if (alike === undefined) return;
        const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, PIECE).toString('latin1');
        if (alike.has(text)) found.add(text);
      });
      return found;
    },
  };
}

/** Where each piece begins and its hash, rolled on byte by byte (Karp and Rabin). */
function eachPiece(bytes: Uint8Array, see: (at: number, hash: number) => void): void {
  let leaving = 1;
  for (let each = 0; each < PIECE; each += 1) leaving = Math.imul(leaving, FACTOR);
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    hash = (Math.imul(hash, FACTOR) + (bytes[at] ?? 0)) | 0;
    if (at >= PIECE) hash = (hash - Math.imul(leaving, bytes[at - PIECE] ?? 0)) | 0;
    if (at >= PIECE - 1) see(at - PIECE + 1, hash);
  }
}

const looksSealed = (piece: Uint8Array): boolean => new Set(piece).size >= LEAST_DIFFERENT;
