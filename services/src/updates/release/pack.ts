import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createZstdCompress, type ZstdOptions, zstdCompress } from 'node:zlib';
import { dictionaryOf, DIGESTS, PACK_LIMITS, type PackBlock, packHead } from '@hearthward/protocol';
import { asFault, ServicesFault } from '../../faults.ts';
import type { TreeFile } from './tree.ts';

/**
 * Packs of an image: small files in blocks of a few MiB in the order of their paths, where neighbours look alike; a large
 * file alone. A delta has only what the earlier image lacks, and its blocks use that image's files as their dictionary,
 * where this makes them smaller. The same input gives the same bytes.
 */
export interface OldFile {
  readonly path: string;
  readonly sha256: string;
  readonly length: number;
  /** where its contents are */
  readonly source: string;
}
export interface PlannedBlock {
  readonly files: readonly TreeFile[];
  readonly from: readonly OldFile[];
}
export interface Packed {
  readonly length: number;
  readonly sha256: string;
}

/** Above it a file is worth a frame of its own. */
const SMALL_BYTES = 1024 * 1024;
/** of a block of small files, and of its dictionary: what a device holds in memory at once */
const BLOCK_BYTES = 4 * 1024 * 1024;
const DICTIONARY_BYTES = 8 * 1024 * 1024;

/** Each content once. With `old`, only contents that it lacks, each with what it comes from. */
export function planBlocks(files: readonly TreeFile[], old: readonly OldFile[] = []): readonly PlannedBlock[] {
  const had = new Set(old.map(({ sha256 }) => sha256));
  const partnerOf = partners(old);
  const blocks: OpenBlock[] = [];
  let open: OpenBlock | undefined;
  for (const file of files) {
    if (had.has(file.sha256)) continue;
    had.add(file.sha256);
    const partner = file.length > PACK_LIMITS.blockBytes ? undefined : partnerOf(file);
    const isLarge = file.length > SMALL_BYTES || (partner?.length ?? 0) > SMALL_BYTES;
    const more = partner && !open?.from.has(partner.sha256) ? partner.length : 0;
    const isFull =
      open !== undefined && (open.bytes + file.length > BLOCK_BYTES || open.fromBytes + more > DICTIONARY_BYTES);
    const block: OpenBlock = isLarge || !open || isFull ? { files: [], from: new Map(), bytes: 0, fromBytes: 0 } : open;
    if (block !== open) blocks.push(block);
    if (!isLarge) open = block;
    block.files.push(file);
    block.bytes += file.length;
    if (partner && !block.from.has(partner.sha256)) {
      block.from.set(partner.sha256, partner);
      block.fromBytes += partner.length;
    }
  }
  return blocks.map((block) => ({ files: block.files, from: [...block.from.values()] }));
}

interface OpenBlock {
  readonly files: TreeFile[];
  readonly from: Map<string, OldFile>;
  bytes: number;
  fromBytes: number;
}

/** The same path; else a name that differs in digits or a digest alone, and of those the one nearest in length. */
function partners(old: readonly OldFile[]): (file: TreeFile) => OldFile | undefined {
  const usable = old.filter(({ length }) => length > 0 && length <= PACK_LIMITS.blockBytes);
  const byPath = new Map(usable.map((file) => [file.path, file]));
  const byName = Map.groupBy(usable, ({ path }) => alike(path));
  return (file) =>
    byPath.get(file.path) ??
    byName
      .get(alike(file.path))
      ?.reduce((best, each) =>
        Math.abs(each.length - file.length) < Math.abs(best.length - file.length) ? each : best,
      );
}
const alike = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replaceAll(/[0-9a-f]{6,}|\d+/gi, '#');

/** Writes the pack to `file`; `progress` gets the share that is done. */
export async function writePack(
  blocks: readonly PlannedBlock[],
  file: string,
  progress: (done: number) => void = () => undefined,
): Promise<Packed> {
  const aside = `${file}.blocks`;
  const all = blocks.reduce((sum, each) => sum + lengthOf(each.files), 0);
  try {
    const index: PackBlock[] = [];
    const out = openSync(aside, 'wx');
    try {
      let at = 0;
      let done = 0;
      for (const block of blocks) {
        const { bytes, from } = await compressed(block, out);
        const unpacked = lengthOf(block.files);
        const digests = (some: readonly { readonly sha256: string }[]) => some.map(({ sha256 }) => sha256);
        index.push({ files: digests(block.files), from: digests(from), at, bytes, unpacked });
        at += bytes;
        done += unpacked;
        progress(all === 0 ? 1 : done / all);
      }
    } finally {
      closeSync(out);
    }
    const head = packHead({ v: 1, blocks: index });
    const hash = createHash(DIGESTS.sha256.digest).update(head);
    let length = head.length;
    const whole = createWriteStream(file, { flags: 'wx' });
    whole.write(head);
    await pipeline(
      createReadStream(aside),
      async function* (parts: AsyncIterable<Buffer>) {
        for await (const part of parts) {
          hash.update(part);
          length += part.length;
          yield part;
        }
      },
      whole,
    );
    return { length, sha256: hash.digest('hex') };
  } catch (error) {
    throw asFault(error, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

const compress = promisify(zstdCompress);

/** Appends the frame of a block; with the dictionary only where the frame is smaller by it. */
async function compressed(
  { files, from }: PlannedBlock,
  out: number,
): Promise<{ bytes: number; from: readonly OldFile[] }> {
  const [only] = files;
  if (only && files.length === 1 && only.length > PACK_LIMITS.blockBytes) return streamed(only, out);
  const plain = Buffer.concat(files.map(contentsOf));
  const alone = await compress(plain, optionsFor(plain.length, plain.length));
  if (from.length === 0) return append(out, alone, []);
  const dictionary = dictionaryOf(from.map(contentsOf));
  const delta = await compress(plain, { ...optionsFor(plain.length, plain.length + dictionary.length), dictionary });
  return delta.length < alone.length ? append(out, delta, from) : append(out, alone, []);
}

async function streamed(file: TreeFile, out: number): Promise<{ bytes: number; from: readonly OldFile[] }> {
  let bytes = 0;
  const hash = createHash(DIGESTS.sha256.digest);
  await pipeline(
    createReadStream(file.source),
    async function* (parts: AsyncIterable<Buffer>) {
      for await (const part of parts) {
        hash.update(part);
        yield part;
      }
    },
    createZstdCompress(optionsFor(file.length, STREAM_WINDOW)),
    async (parts: AsyncIterable<Buffer>) => {
      for await (const part of parts) bytes += writeAll(out, part);
    },
  );
  if (hash.digest('hex') !== file.sha256) throw changed(file.path);
  return { bytes, from: [] };
}

function append(out: number, frame: Buffer, from: readonly OldFile[]) {
  return { bytes: writeAll(out, frame), from };
}

function writeAll(out: number, bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) at += writeSync(out, bytes, at);
  return bytes.length;
}

function contentsOf({ path, source, sha256, length }: TreeFile | OldFile): Buffer {
  const bytes = readFileSync(source);
  // what is packed is what the manifest says, though somebody writes to the folder meanwhile
  if (bytes.length !== length || createHash(DIGESTS.sha256.digest).update(bytes).digest('hex') !== sha256)
    throw changed(path);
  return bytes;
}
const changed = (path: string) => new ServicesFault('image-changed', `${path} changed while the release was built`);

const LEVEL = 19;
/** what the decoder of a device holds for a file that it streams */
const STREAM_WINDOW = 8 * 1024 * 1024;

/** A window over the whole of dictionary and contents, so that every match is within reach; sizes come out of the frame. */
function optionsFor(length: number, reach: number): ZstdOptions {
  const window = Math.min(Math.max(Math.ceil(Math.log2(Math.max(reach, 1))), 10), 27);
  return {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_windowLog]: window },
    pledgedSrcSize: length,
  };
}

const lengthOf = (files: readonly TreeFile[]): number => files.reduce((sum, { length }) => sum + length, 0);
