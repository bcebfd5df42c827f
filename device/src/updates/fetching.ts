import { setImmediate } from 'node:timers/promises';
import { DIGESTS, IMAGE_LIMITS, readImage, Release, type ImageManifest } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { addressOf, readTarget } from './check.ts';
import type { Contents } from './download/contents.ts';
import { downloadImage, type Downloaded } from './download/download.ts';
import type { HttpGet } from './download/ranges.ts';
import type { ImageSource } from './slots/slots.ts';
import { digestOf } from './slots/verify.ts';
import type { Candidate } from './state.ts';
import type { StepFailure } from './steps/events.ts';
import type { Believed, UpdateMetadata } from './tuf/client.ts';

/** The machine's `fetch-image`, `verify-image` and what `stage` reads: metadata, download and contents put together. */

export interface FetchingWorld {
  readonly metadata: UpdateMetadata;
  readonly get: HttpGet;
  readonly contents: Contents;
  /** where the signatures of the image that is fetched are kept until it is in its slot */
  readonly signatures?: {
    readonly read: (digest: string) => Uint8Array | undefined;
    readonly write: (digest: string, signed: Uint8Array) => void;
  };
  readonly product: string;
  readonly slotBytes: number;
  /** digest of the manifest of the image that runs: deltas begin there; absent where nothing of it can be read */
  readonly runningDigest?: string;
  readonly progress?: (bytes: number, of: number) => void;
}
export type Fetched = { readonly ok: true } | { readonly ok: false; readonly because: StepFailure };

/** Every file of the candidate's image, and its manifest, into the contents. A delta first, the full pack where it does not fit. */
// EN 303 645 5.3-9, 5.3-10, G044 6.3.9, 6.3.10, G045 PL-2-3: nothing is fetched but what metadata of this hour still names
export const fetchCandidate = async (
  world: FetchingWorld,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<Fetched> => {
  const believed = await world.metadata.refresh();
  if (!believed.ok) return failed('unreachable');
  const found = await believed.target(candidate.path);
  if (!found.ok) return failed('unreachable');
  const { target } = found;
  const release: unknown = target.custom;
  if (target.hashes[DIGESTS.sha256.digest] !== candidate.image.digest || !Value.Check(Release, release)) {
    return failed('image-mismatch');
  }
  const signed = await believed.envelope(candidate.path);
  if (signed) world.signatures?.write(candidate.image.digest, signed);
  const manifest = await manifestOf(world, target, signal);
  if (!manifest.ok) return manifest;
  world.contents.keepOnly(manifest.image, [candidate.image.digest]);
  const delta = release.deltas.find(({ fromImage }) => fromImage === world.runningDigest);
  const packs = delta ? [delta.pack, release.pack] : [release.pack];
  let last: Fetched = failed('unreachable');
  for (const path of packs) {
    last = await fetchPack(world, believed, manifest.image, path, signal);
    // a delta that does not fit is no fault of the release: the full pack has everything
    if (last.ok || last.because === 'unreachable') return last;
  }
  return last;
};

const fetchPack = async (
  { get, contents, progress }: FetchingWorld,
  believed: Believed,
  image: ImageManifest,
  path: string,
  signal: AbortSignal,
): Promise<Fetched> => {
  const found = await believed.target(path);
  if (!found.ok) return failed('image-mismatch');
  const pack = { path: addressOf(found.target), length: found.target.length };
  const done = await downloadImage({ image, pack, get, contents, signal, ...(progress ? { progress } : {}) });
  return done.ok ? done : failed(failureOf(done));
};

const manifestOf = async (
  { get, contents, slotBytes }: FetchingWorld,
  target: Parameters<typeof readTarget>[1],
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly image: ImageManifest } | Extract<Fetched, { ok: false }>> => {
  const bytes = await readTarget(get, target, IMAGE_LIMITS.manifestBytes, signal);
  if (!bytes.ok) return failed(bytes.because === 'unreachable' ? 'unreachable' : 'bytes-corrupt');
  const read = readImage(bytes.bytes, slotBytes);
  if (!read.ok) return failed('image-refused');
  contents.put(digestOf([bytes.bytes]).digest, bytes.bytes);
  return { ok: true, image: read.image };
};

/** Reads everything once more from the disk; what is damaged is fetched again at the next try. */
export const verifyCandidate = (
  world: Pick<FetchingWorld, 'contents' | 'product' | 'slotBytes'>,
  candidate: Candidate,
): Fetched => {
  const manifest = world.contents.read(candidate.image.digest);
  const read = manifest && readImage(manifest, world.slotBytes);
  if (!read?.ok) return failed('bytes-corrupt');
  if (read.image.product !== world.product || read.image.number !== candidate.image.number) {
    return failed('image-mismatch');
  }
  const damaged = read.image.files.filter((file) => !isWhole(world.contents, file.sha256));
  for (const { sha256 } of damaged) world.contents.distrust(sha256);
  return damaged.length === 0 ? { ok: true } : failed('bytes-corrupt');
};

const isWhole = (contents: Contents, sha256: string): boolean => {
  const pieces = contents.open(sha256);
  return pieces !== undefined && digestOf(pieces).digest === sha256;
};

/** What the slots are written from. */
export const sourceOf = (
  { contents, product, signatures }: Pick<FetchingWorld, 'contents' | 'product' | 'signatures'>,
  candidate: Candidate,
): ImageSource => ({
  image: candidate.image,
  product,
  manifest: contents.read(candidate.image.digest) ?? Buffer.alloc(0),
  signed: signatures?.read(candidate.image.digest),
  open: async function* (sha256) {
    // nothing at all is not what was signed, and so no slot
    for (const piece of contents.open(sha256) ?? []) {
      yield piece;
      // whatever else the process does goes on between two pieces
      await setImmediate();
    }
  },
});

const failureOf = ({ code }: Extract<Downloaded, { ok: false }>): StepFailure => {
  switch (code) {
    case 'unreachable':
    case 'busy':
    case 'stalled':
    case 'cut-off':
    case 'not-the-repository':
      return 'unreachable';
    case 'absent':
    case 'too-long':
    case 'pack-incomplete':
    case 'pack-for-another-image':
    case 'pack-contradicts-image':
    case 'pack-malformed':
    case 'pack-too-large':
      return 'image-mismatch';
    case 'pack-damaged':
      return 'bytes-corrupt';
  }
};

const failed = (because: StepFailure): Extract<Fetched, { ok: false }> => ({ ok: false, because });
