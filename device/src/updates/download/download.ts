import {
  type ImageManifest,
  PACK_PREFIX_BYTES,
  readPackIndex,
  readPackPrefix,
  isStreamed,
  type PackIndex,
  unpackFiles,
  unpackStream,
} from '@hearthward/protocol';
import type { Contents } from './contents.ts';
import { type NeededBlock, type PackMisfit, planDownload, type Run } from './plan.ts';
import { Reading } from './reading.ts';
import { FetchFailed, type FetchRefusal, type HttpGet, readRange } from './ranges.ts';

/** A pack as its signed target says. */
export interface PackTarget {
  /** path below the repository's address */
  readonly path: string;
  readonly length: number;
}
export type DownloadRefusal = FetchRefusal | PackMisfit | 'pack-malformed' | 'pack-too-large' | 'pack-damaged';
export type Downloaded =
  | { readonly ok: true; readonly fetchedBytes: number }
  | {
      readonly ok: false;
      readonly code: DownloadRefusal;
      readonly because: string;
      readonly fetchedBytes: number;
      /** whether the same pack may do later; where not, another pack or another release is needed */
      readonly again: boolean;
    };

/**
 * Brings every file of the image that is not here yet into `contents`, out of one pack. What has come stays when it
 * breaks off, and is not fetched again. Faults of the disk are thrown as they are; nothing else is.
 */
export const downloadImage = async (given: {
  readonly image: ImageManifest;
  readonly pack: PackTarget;
  readonly get: HttpGet;
  readonly contents: Contents;
  readonly signal: AbortSignal;
  /** bytes that have come, of those that are needed */
  readonly progress?: (bytes: number, of: number) => void;
  readonly idleMillis?: number;
}): Promise<Downloaded> => {
  const { image, pack, get, contents, signal } = given;
  let fetchedBytes = 0;
  const range = async function* (from: number, to: number): AsyncGenerator<Uint8Array> {
    const options = { signal, ...(given.idleMillis === undefined ? {} : { idleMillis: given.idleMillis }) };
    for await (const bytes of readRange(get, pack.path, { from, to, total: pack.length }, options)) {
      fetchedBytes += bytes.length;
      yield bytes;
    }
  };
  const refuse = (code: DownloadRefusal, because: string): Downloaded => ({
    ok: false,
    code,
    because,
    fetchedBytes,
    again: LATER.has(code),
  });
  try {
    const read = await readIndex(range, pack.length);
    if (!read.ok) return refuse(read.code, read.because);
    const lengths = new Map(image.files.map(({ sha256, length }) => [sha256, length]));
    const planned = planDownload(image, read.index, read.indexBytes, (sha256) => {
      const length = lengths.get(sha256);
      // what a delta builds on may be of the running image alone
      return length === undefined ? contents.open(sha256) !== undefined : contents.has(sha256, length);
    });
    if (!planned.ok) return refuse(planned.code, planned.because);
    let done = 0;
    for (const run of planned.runs) {
      const damaged = await unpackRun(run, new Reading(range(run.from, run.to)), contents, (bytes) => {
        done += bytes;
        given.progress?.(done, planned.bytes);
      });
      if (damaged !== undefined) return refuse('pack-damaged', damaged);
    }
    return { ok: true, fetchedBytes };
  } catch (thrown) {
    if (thrown instanceof FetchFailed) return refuse(thrown.code, thrown.message);
    throw thrown;
  }
};

const LATER: ReadonlySet<DownloadRefusal> = new Set([
  'unreachable',
  'busy',
  'stalled',
  'cut-off',
  'not-the-repository',
]);

type Index =
  | { readonly ok: true; readonly index: PackIndex; readonly indexBytes: number }
  | { readonly ok: false; readonly code: 'pack-malformed' | 'pack-too-large'; readonly because: string };

const readIndex = async (
  range: (from: number, to: number) => AsyncGenerator<Uint8Array>,
  packBytes: number,
): Promise<Index> => {
  if (packBytes < PACK_PREFIX_BYTES)
    return { ok: false, code: 'pack-malformed', because: 'it does not begin as a pack' };
  const prefix = readPackPrefix(await whole(range(0, PACK_PREFIX_BYTES)));
  if (!prefix.ok) return prefix;
  const { indexBytes } = prefix.value;
  const end = PACK_PREFIX_BYTES + indexBytes;
  if (end > packBytes) return { ok: false, code: 'pack-malformed', because: 'its index is longer than the pack' };
  const read = readPackIndex(await whole(range(PACK_PREFIX_BYTES, end)), packBytes);
  return read.ok ? { ok: true, index: read.value, indexBytes } : read;
};

const whole = async (source: AsyncGenerator<Uint8Array>): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
};

/** What is wrong with the pack; undefined where every file of the run is in `contents`. */
const unpackRun = async (
  run: Run,
  reading: Reading,
  contents: Contents,
  came: (bytes: number) => void,
): Promise<string | undefined> => {
  try {
    const start = run.from - (run.blocks[0]?.block.at ?? 0);
    let at = run.from;
    for (const each of run.blocks) {
      const gap = start + each.block.at - at;
      await reading.skip(gap);
      const damaged = isStreamed(each.block)
        ? await unpackLarge(each, reading, contents)
        : await unpackSmall(each, reading, contents);
      if (damaged !== undefined) return damaged;
      came(gap + each.block.bytes);
      at += gap + each.block.bytes;
    }
    return undefined;
  } finally {
    await reading.end();
  }
};

const unpackLarge = async (
  { block, lengths }: NeededBlock,
  reading: Reading,
  contents: Contents,
): Promise<string | undefined> => {
  const file = { sha256: block.files[0] ?? '', length: lengths[0] ?? 0 };
  const writer = contents.writer(file.sha256);
  try {
    const unpacked = await unpackStream(reading.stream(block.bytes), file, (bytes) => writer.write(bytes));
    if (unpacked.ok) writer.keep();
    return unpacked.ok ? undefined : unpacked.because;
  } finally {
    writer.drop();
  }
};

const unpackSmall = async (
  { block, lengths }: NeededBlock,
  reading: Reading,
  contents: Contents,
): Promise<string | undefined> => {
  const frame = await reading.take(block.bytes);
  const dictionary: Buffer[] = [];
  for (const sha256 of block.from) {
    const bytes = contents.read(sha256);
    if (!bytes) return `${sha256.slice(0, 12)}, on which it builds, is damaged here`;
    dictionary.push(bytes);
  }
  const files = block.files.map((sha256, at) => ({ sha256, length: lengths[at] ?? 0 }));
  const unpacked = unpackFiles(frame, dictionary, files);
  if (!unpacked.ok) return unpacked.because;
  files.forEach(({ sha256 }, at) => contents.put(sha256, unpacked.value[at] ?? Buffer.alloc(0)));
  return undefined;
};
