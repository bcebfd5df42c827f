import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { DIGESTS } from '../algorithms.ts';
import { dictionaryOf, PACK_LIMITS, type PackBlock } from './pack.ts';

/**
 * Frames of a pack become files, and a file counts when it has the digest and the length of the signed manifest. What
 * comes out is bounded while it comes out: a frame that promises little and holds much is left where it passes its bound.
 */

export type Unpacked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly because: string };

/** A file alone in its block, built on nothing, may be of any length: it is unpacked as it arrives. */
export const isStreamed = ({ files, from }: PackBlock): boolean => files.length === 1 && from.length === 0;

/** Length of each file of a block, as the signed manifest has it by digest. */
export const lengthsIn = (block: PackBlock, known: ReadonlyMap<string, number>): Unpacked<readonly number[]> => {
  const lengths = block.files.map((sha256) => known.get(sha256));
  if (!lengths.every((length) => length !== undefined)) {
    return { ok: false, because: 'a block has a file that is not of the image' };
  }
  if (lengths.reduce((sum, length) => sum + length, 0) !== block.unpacked) {
    return { ok: false, because: 'a block is not as long as its files' };
  }
  return { ok: true, value: lengths };
};

/** A block of several files, or one that builds on others; at most PACK_LIMITS.blockBytes come out. */
// EN 303 645 5.3-9, 5.3-10, G044 6.3.9, 6.3.10, G045 PL-2-3: no byte is kept that the signed manifest does not name
export const unpackFiles = (
  frame: Uint8Array,
  dictionary: readonly Uint8Array[],
  files: readonly { readonly sha256: string; readonly length: number }[],
): Unpacked<readonly Buffer[]> => {
  const length = files.reduce((sum, each) => sum + each.length, 0);
  if (length > PACK_LIMITS.blockBytes) return { ok: false, because: `a block of ${length} bytes` };
  let all: Buffer;
  try {
    all = zstdDecompressSync(frame, {
      ...(dictionary.length > 0 ? { dictionary: dictionaryOf(dictionary) } : {}),
      // Node takes no bound of zero
      maxOutputLength: Math.max(1, length),
    });
  } catch (thrown) {
    return { ok: false, because: `a frame does not decode (${codeOf(thrown)})` };
  }
  if (all.length !== length) return { ok: false, because: `a frame has ${all.length} bytes in place of ${length}` };
  const parts: Buffer[] = [];
  let at = 0;
  for (const file of files) {
    const part = all.subarray(at, (at += file.length));
    if (sha256Of(part) !== file.sha256) return { ok: false, because: `${file.sha256.slice(0, 12)} has another digest` };
    parts.push(part);
  }
  return { ok: true, value: parts };
};

/** One file of any length, as it arrives; `write` gets what has come out, and what it wrote counts only where this says ok. */
export const unpackStream = async (
  frame: AsyncIterable<Uint8Array>,
  file: { readonly sha256: string; readonly length: number },
  write: (bytes: Uint8Array) => void,
): Promise<Unpacked<undefined>> => {
  const hash = createHash(DIGESTS.sha256.digest);
  let length = 0;
  try {
    await pipeline(Readable.from(frame), createZstdDecompress(), async (out: AsyncIterable<Uint8Array>) => {
      for await (const bytes of out) {
        length += bytes.length;
        if (length > file.length) throw new TooLong();
        hash.update(bytes);
        write(bytes);
      }
    });
  } catch (thrown) {
    if (thrown instanceof TooLong) return { ok: false, because: `a frame has more than ${file.length} bytes` };
    if (isOfZlib(thrown)) return { ok: false, because: `a frame does not decode (${codeOf(thrown)})` };
    // the source or the disk failed: that says nothing of the frame
    throw thrown;
  }
  if (length !== file.length) return { ok: false, because: `a frame has ${length} bytes in place of ${file.length}` };
  if (hash.digest('hex') !== file.sha256)
    return { ok: false, because: `${file.sha256.slice(0, 12)} has another digest` };
  return { ok: true, value: undefined };
};

const sha256Of = (bytes: Uint8Array): string => createHash(DIGESTS.sha256.digest).update(bytes).digest('hex');

class TooLong extends Error {}

const codeOf = (thrown: unknown): string => {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
};
const isOfZlib = (thrown: unknown): boolean => /^(?:ZSTD_|Z_|ERR_ZLIB)/.test(codeOf(thrown));
