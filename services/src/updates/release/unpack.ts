import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import {
  dictionaryOf,
  DIGESTS,
  PACK_LIMITS,
  PACK_PREFIX_BYTES,
  type PackBlock,
  readPackIndex,
  readPackPrefix,
} from '@hearthward/protocol';

/**
 * A pack is opened again before anybody gets it: every frame must give exactly the files that it names. A pack that is cut
 * off, swapped, too long or of something else is found where people can still mend it.
 */
export type Unpacked =
  | { readonly ok: true; readonly files: ReadonlySet<string> }
  | { readonly ok: false; readonly because: string };

/**
 * `lengths` are those of the manifest, by digest. With `into` each content is written there under its digest; contents that
 * blocks build on are looked for in `old`.
 */
export async function unpack(
  pack: string,
  lengths: ReadonlyMap<string, number>,
  { into, old }: { readonly into?: string; readonly old?: string } = {},
): Promise<Unpacked> {
  if (into !== undefined) mkdirSync(into, { recursive: true });
  const handle = openSync(pack, 'r');
  try {
    const index = readIndex(handle);
    if (!index.ok) return index;
    const files = new Set<string>();
    for (const block of index.blocks) {
      const because = await whyNot(handle, block, { pack, start: index.start, lengths, into, old });
      if (because !== undefined) return { ok: false, because };
      for (const digest of block.files) files.add(digest);
    }
    return { ok: true, files };
  } finally {
    closeSync(handle);
  }
}

function readIndex(handle: number) {
  const { size } = fstatSync(handle);
  const prefix = readPackPrefix(readAt(handle, 0, PACK_PREFIX_BYTES));
  if (!prefix.ok) return prefix;
  const { indexBytes } = prefix.value;
  const index = readPackIndex(readAt(handle, PACK_PREFIX_BYTES, indexBytes), size);
  return index.ok ? { ok: true as const, blocks: index.value.blocks, start: PACK_PREFIX_BYTES + indexBytes } : index;
}

interface Where {
  readonly pack: string;
  /** of the first block */
  readonly start: number;
  readonly lengths: ReadonlyMap<string, number>;
  readonly into: string | undefined;
  readonly old: string | undefined;
}

async function whyNot(handle: number, block: PackBlock, where: Where): Promise<string | undefined> {
  const known = block.files.map((digest) => where.lengths.get(digest));
  if (!known.every((length) => length !== undefined)) return 'a block has a file that is not of the image';
  if (known.reduce((sum, length) => sum + length, 0) !== block.unpacked) return 'a block is not as long as its files';
  const [digest = ''] = block.files;
  if (block.unpacked > PACK_LIMITS.blockBytes) return streamed(block, digest, where);
  const from: Buffer[] = [];
  for (const each of block.from) {
    const source = where.old === undefined ? undefined : join(where.old, each);
    if (source === undefined || !existsSync(source)) return `it builds on ${each.slice(0, 12)}, which is not here`;
    from.push(readFileSync(source));
  }
  let all: Buffer;
  try {
    all = zstdDecompressSync(readAt(handle, where.start + block.at, block.bytes), {
      maxOutputLength: Math.max(1, block.unpacked),
      ...(from.length > 0 ? { dictionary: dictionaryOf(from) } : {}),
    });
  } catch {
    // the library's words say nothing that the operator could use
    return `a frame of ${digest.slice(0, 12)} does not decode`;
  }
  if (all.length !== block.unpacked) return `a frame of ${digest.slice(0, 12)} is cut off`;
  let at = 0;
  for (const [index, each] of block.files.entries()) {
    const part = all.subarray(at, (at += known[index] ?? 0));
    if (sha256(part) !== each) return `${each.slice(0, 12)} has another digest`;
    if (where.into !== undefined) writeWhole(join(where.into, each), part);
  }
  return undefined;
}

async function streamed(block: PackBlock, digest: string, { pack, start, into }: Where): Promise<string | undefined> {
  const hash = createHash(DIGESTS.sha256.digest);
  let length = 0;
  const aside = into === undefined ? undefined : openSync(join(into, `${digest}.new`), 'w');
  try {
    await pipeline(
      createReadStream(pack, { start: start + block.at, end: start + block.at + block.bytes - 1 }),
      createZstdDecompress(),
      async (parts: AsyncIterable<Buffer>) => {
        for await (const part of parts) {
          length += part.length;
          if (length > block.unpacked) return;
          hash.update(part);
          if (aside !== undefined) writeSync(aside, part);
        }
      },
    );
  } catch {
    // the library's words say nothing that the operator could use
    return `a frame of ${digest.slice(0, 12)} does not decode`;
  } finally {
    if (aside !== undefined) closeSync(aside);
  }
  if (length !== block.unpacked || hash.digest('hex') !== digest) return `${digest.slice(0, 12)} has another digest`;
  if (into !== undefined) renameSync(join(into, `${digest}.new`), join(into, digest));
  return undefined;
}

function readAt(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const read = readSync(handle, bytes, 0, length, at);
  return bytes.subarray(0, read);
}

function writeWhole(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, 'w');
  try {
    writeSync(handle, bytes);
  } finally {
    closeSync(handle);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash(DIGESTS.sha256.digest).update(bytes).digest('hex');
