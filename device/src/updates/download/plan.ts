import { type ImageManifest, lengthsIn, PACK_PREFIX_BYTES, type PackBlock, type PackIndex } from '@hearthward/protocol';

/** Which blocks of a pack a device needs, and in how few requests it gets them: facts in, answer out. */

export interface NeededBlock {
  readonly block: PackBlock;
  /** length of each file of the block, as the signed manifest has it */
  readonly lengths: readonly number[];
}
/** Blocks that one request brings: `from` up to `to`, without it, counted from the first byte of the pack. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly blocks: readonly NeededBlock[];
}
export type PackMisfit =
  /** it lacks a file that the device lacks too */
  | 'pack-incomplete'
  /** it builds on a file that the device does not have */
  | 'pack-for-another-image'
  /** it speaks of files that the image does not have, or of other lengths */
  | 'pack-contradicts-image';
export type DownloadPlan =
  | { readonly ok: true; readonly runs: readonly Run[]; readonly bytes: number }
  | { readonly ok: false; readonly code: PackMisfit; readonly because: string };

/** Bytes that are fetched and thrown away rather than asked around: a request costs about as much on a home line. */
const GAP_BYTES = 64 * 1024;

export const planDownload = (
  image: ImageManifest,
  index: PackIndex,
  indexBytes: number,
  has: (sha256: string) => boolean,
): DownloadPlan => {
  const lengths = new Map(image.files.map(({ sha256, length }) => [sha256, length]));
  const missing = new Set([...lengths.keys()].filter((sha256) => !has(sha256)));
  const still = new Set(missing);
  const needed: NeededBlock[] = [];
  for (const block of index.blocks) {
    if (!block.files.some((sha256) => still.has(sha256))) continue;
    const each = lengthsIn(block, lengths);
    if (!each.ok) return refused('pack-contradicts-image', each.because);
    const foreign = block.from.find((sha256) => !has(sha256));
    if (foreign) return refused('pack-for-another-image', `it builds on ${foreign.slice(0, 12)}, which is not here`);
    for (const sha256 of block.files) still.delete(sha256);
    needed.push({ block, lengths: each.value });
  }
  const [absent] = still;
  if (absent) return refused('pack-incomplete', `${still.size} files are in no block, ${absent.slice(0, 12)} first`);
  const runs = inFewRequests(needed, PACK_PREFIX_BYTES + indexBytes);
  return { ok: true, runs, bytes: runs.reduce((sum, { from, to }) => sum + (to - from), 0) };
};

const inFewRequests = (needed: readonly NeededBlock[], start: number): readonly Run[] => {
  const runs: { from: number; to: number; blocks: NeededBlock[] }[] = [];
  for (const each of needed) {
    const from = start + each.block.at;
    const to = from + each.block.bytes;
    const last = runs.at(-1);
    if (last && from - last.to <= GAP_BYTES) {
      last.to = to;
      last.blocks.push(each);
    } else runs.push({ from, to, blocks: [each] });
  }
  return runs;
};

const refused = (code: PackMisfit, because: string): DownloadPlan => ({ ok: false, code, because });
