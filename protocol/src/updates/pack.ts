import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/**
 * A pack carries the contents of files of an image: all of them, or what has changed since an earlier image. It is one
 * static file, so that a cache can hold it, and a device fetches the ranges of the blocks that it needs, and resumes.
 *
 *   magic (8 bytes) · length of the index (uint32, big-endian) · index (JSON) · blocks
 *
 * Each block is a Zstandard frame (RFC 8878) that gives the contents of `files`, one after the other; its dictionary is
 * the contents of `from`, one after the other (`dictionaryOf`), which the device has from the image that it runs. Nothing in a pack is
 * believed: a file counts when it has the digest and the length that the manifest says.
 */

const strict = { additionalProperties: false } as const;
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const PACK_MAGIC = Buffer.from('HWPACK1\n', 'latin1');
export const PACK_PREFIX_BYTES = PACK_MAGIC.length + 4;
export const PACK_LIMITS = {
  indexBytes: 16 * 1024 * 1024,
  blocks: 50_000,
  /** of dictionary, and of output, so that the memory of a device is bounded */
  blockBytes: 32 * 1024 * 1024,
} as const;

export const PackBlock = Type.Object(
  {
    files: Type.Array(Digest, { minItems: 1, maxItems: 50_000 }),
    from: Type.Array(Digest, { maxItems: 50_000 }),
    /** where the frame begins, counted from the first byte after the index */
    at: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    bytes: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    /** sum of the lengths of `files`; output beyond it is refused while it is decoded */
    unpacked: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  },
  strict,
);
export type PackBlock = Static<typeof PackBlock>;

export const PackIndex = Type.Object(
  { v: Type.Literal(1), blocks: Type.Array(PackBlock, { maxItems: PACK_LIMITS.blocks }) },
  strict,
);
export type PackIndex = Static<typeof PackIndex>;

export type PackRefusal = 'pack-malformed' | 'pack-too-large';
export type ReadPack<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: PackRefusal; readonly because: string };

/** From the first `PACK_PREFIX_BYTES` bytes: how long the index is. */
export const readPackPrefix = (prefix: Uint8Array): ReadPack<{ readonly indexBytes: number }> => {
  const bytes = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (bytes.length < PACK_PREFIX_BYTES || !bytes.subarray(0, PACK_MAGIC.length).equals(PACK_MAGIC)) {
    return { ok: false, code: 'pack-malformed', because: 'it does not begin as a pack' };
  }
  const indexBytes = bytes.readUInt32BE(PACK_MAGIC.length);
  if (indexBytes > PACK_LIMITS.indexBytes) {
    return { ok: false, code: 'pack-too-large', because: `an index of ${indexBytes} bytes` };
  }
  return { ok: true, value: { indexBytes } };
};

/** `packBytes` is the length of the whole pack as its TUF target says; no block may end beyond it, nor two overlap. */
export const readPackIndex = (index: Uint8Array, packBytes: number): ReadPack<PackIndex> => {
  let value: unknown;
  try {
    // boundary pack-index: any mirror, though its digest is signed -> readPackIndex, at most PACK_LIMITS.indexBytes, else pack-malformed;
    // protocol/test/updates/pack.test.ts
    value = JSON.parse(Buffer.from(index).toString('utf8'));
  } catch {
    value = undefined;
  }
  if (!Value.Check(PackIndex, value)) return { ok: false, code: 'pack-malformed', because: 'its index is not one' };
  let end = 0;
  for (const block of value.blocks) {
    if (block.at !== end) return { ok: false, code: 'pack-malformed', because: 'its blocks leave a gap or overlap' };
    end = block.at + block.bytes;
    // a block of one large file has no dictionary and is decoded as a stream
    const streamed = block.files.length === 1 && block.from.length === 0;
    if (!streamed && block.unpacked > PACK_LIMITS.blockBytes) {
      return { ok: false, code: 'pack-too-large', because: `a block of ${block.unpacked} bytes` };
    }
    // what does not compress grows by little (RFC 8878, 3.1.1.2: three bytes for each 128 KiB, and a header)
    if (!streamed && block.bytes > block.unpacked + FRAME_OVERHEAD) {
      return { ok: false, code: 'pack-too-large', because: `a frame of ${block.bytes} bytes for ${block.unpacked}` };
    }
  }
  if (PACK_PREFIX_BYTES + index.length + end !== packBytes) {
    return { ok: false, code: 'pack-malformed', because: 'its blocks do not fill it' };
  }
  return { ok: true, value };
};

const FRAME_OVERHEAD = 64 * 1024;

/** Prefix and index of a pack; the blocks follow in order. */
export const packHead = (index: PackIndex): Buffer => {
  const json = Buffer.from(JSON.stringify(index), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([PACK_MAGIC, length, json]);
};

/**
 * The dictionary of a block. Zstandard takes a dictionary that begins with a certain number for one in a format of its
 * own, and leaves out one of fewer than eight bytes: eight zeros first make every content plain content.
 */
export const dictionaryOf = (contents: readonly Uint8Array[]): Buffer => Buffer.concat([Buffer.alloc(8), ...contents]);
