import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { byPath, dictionaryOf, type ImageManifest, packHead, type PackBlock } from '@hearthward/protocol';
import type { HttpAnswer, HttpGet } from '../../../src/updates/download/ranges.ts';

/** Packs by value, and a server by value that can lie. */

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const imageOf = (tree: Readonly<Record<string, Buffer>>): ImageManifest => ({
  v: 1,
  product: 'hub',
  number: 2,
  entry: Object.keys(tree)[0] ?? '',
  files: Object.entries(tree)
    .map(([path, bytes]) => ({ path, sha256: sha256(bytes), length: bytes.length }))
    .sort(byPath),
});

/** One block for each group of files, built on the contents of `from`. */
export const packOf = (
  groups: readonly { readonly files: readonly Buffer[]; readonly from?: readonly Buffer[] }[],
  change: (blocks: PackBlock[]) => PackBlock[] = (blocks) => blocks,
): Buffer => {
  const frames = groups.map(({ files, from = [] }) =>
    zstdCompressSync(Buffer.concat(files), from.length > 0 ? { dictionary: dictionaryOf(from) } : {}),
  );
  let at = 0;
  const blocks = groups.map(({ files, from = [] }, which) => {
    const bytes = frames[which]?.length ?? 0;
    const unpacked = files.reduce((sum, { length }) => sum + length, 0);
    const block = { files: files.map(sha256), from: from.map(sha256), at, bytes, unpacked };
    at += bytes;
    return block;
  });
  return Buffer.concat([packHead({ v: 1, blocks: change(blocks) }), ...frames]);
};

export interface ServedRange {
  readonly from: number;
  readonly to: number;
}

/** Serves `pack` in pieces of 1,000 bytes; `answer` may put another answer in the place of the honest one. */
export const serving = (
  pack: Buffer,
  answer: (honest: HttpAnswer, range: ServedRange, nth: number) => HttpAnswer | Promise<HttpAnswer> = (honest) =>
    honest,
): { readonly get: HttpGet; readonly asked: ServedRange[]; readonly closed: () => number } => {
  const asked: ServedRange[] = [];
  let closed = 0;
  const get: HttpGet = async (_path, headers) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '') ?? [];
    const range = { from: Number(first), to: Number(last) + 1 };
    asked.push(range);
    const honest = {
      status: 206,
      headers: { 'content-range': `bytes ${range.from}-${range.to - 1}/${pack.length}` },
      body: piecesOf(pack.subarray(range.from, range.to)),
      close: () => void closed++,
    };
    return { ...(await answer(honest, range, asked.length)), close: honest.close };
  };
  return { get, asked, closed: () => closed };
};

// eslint-disable-next-line @typescript-eslint/require-await -- a body is asynchronous, whatever is behind it
export async function* piecesOf(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
