import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { dictionaryOf, DIGESTS, PACK_LIMITS } from '@hearthward/protocol';
import { digestOf } from '../slots/verify.ts';

/**
 * Frames of a pack become files, and a file counts when it has the digest and the length of the signed manifest. What
 * comes out is bounded while it comes out: a frame that promises little and holds much is left where it passes its bound.
 */

export type Unpacked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly because: string };

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
    if (digestOf([part]).digest !== file.sha256)
      return { ok: false, because: `${file.sha256.slice(0, 12)} has another digest` };
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

class TooLong extends Error {}

const codeOf = (thrown: unknown): string => {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
};
const isOfZlib = (thrown: unknown): boolean => /^(?:ZSTD_|Z_|ERR_ZLIB)/.test(codeOf(thrown));
