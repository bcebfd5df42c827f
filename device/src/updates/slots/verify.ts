import { createHash, hash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { DIGESTS, IMAGE_LIMITS, readImage, type ImageFile, type ImageManifest } from '@hearthward/protocol';
import type { Disk } from './disk.ts';
import type { SlotName } from './records.ts';

/**
 * Whether a slot holds exactly the image that a manifest of this digest describes: every file with its length, digest
 * and mode, and nothing else. The manifest's digest comes from a slot record, which names only what a signature has
 * reached.
 */

/** `path` is the first bad file's, within the slot. */
export interface BadSlot {
  readonly ok: false;
  readonly path: string;
  readonly because:
    | 'unsigned'
    | 'missing'
    | 'not-a-file'
    | 'length'
    | 'digest'
    | 'mode'
    | 'unlisted'
    | 'unreadable'
    | 'manifest';
}
export type VerifiedSlot = { readonly ok: true; readonly image: ImageManifest } | BadSlot;

/** Places in the folder of all slots. */
export const placesOf = (folder: string, name: SlotName) => {
  const slot = join(folder, name);
  return {
    slot,
    manifest: join(slot, 'image.json'),
    facts: join(slot, 'facts'),
    signed: join(slot, 'signed.json'),
    files: join(slot, 'files'),
  } as const;
};

// EN 303 645 5.3-9, G044 6.3.9, G045 PL-2-3: every byte of a slot is held against the signed manifest before it starts
export const verifySlot = (disk: Disk, folder: string, name: SlotName, digest: string): VerifiedSlot => {
  const steps = verifySteps(disk, folder, name, digest);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

/** The same in steps of at most one piece of a file each, so that who verifies can rest between two. */
export function* verifySteps(
  disk: Disk,
  folder: string,
  name: SlotName,
  digest: string,
): Generator<undefined, VerifiedSlot> {
  try {
    return yield* verified(disk, placesOf(folder, name), digest);
  } catch (thrown) {
    // a block that cannot be read any more is a bad slot, and no reason not to start the other
    if (!isOfSystem(thrown)) throw thrown;
    return bad(thrown.path ?? name, 'unreadable');
  }
}

function* verified(
  disk: Disk,
  places: ReturnType<typeof placesOf>,
  digest: string,
): Generator<undefined, VerifiedSlot> {
  const bytes = readSmall(disk, places.manifest, IMAGE_LIMITS.manifestBytes);
  if (!bytes || digestOf([bytes]).digest !== digest) return bad('image.json', bytes ? 'manifest' : 'missing');
  const read = readImage(bytes, Number.MAX_SAFE_INTEGER);
  if (!read.ok) return bad('image.json', 'manifest');
  for (const file of read.image.files) {
    const because = yield* wrongWith(disk, join(places.files, file.path), file);
    if (because) return bad(file.path, because);
  }
  const stranger = firstUnlisted(disk, places.files, read.image);
  return stranger === undefined ? { ok: true, image: read.image } : bad(stranger, 'unlisted');
}

/** The whole of a small file; undefined where there is none, or one that is longer. */
export const readSmall = (disk: Disk, path: string, mostBytes: number): Buffer | undefined => {
  const entry = disk.look(path);
  if (entry?.kind !== 'file' || entry.bytes > mostBytes) return undefined;
  const pieces: Buffer[] = [];
  for (const piece of disk.read(path)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
};

/** SHA-256 in lowercase hex, and how many bytes there were. */
export const digestOf = (pieces: Iterable<Uint8Array>): { readonly digest: string; readonly bytes: number } => {
  const hashing = createHash(DIGESTS.sha256.digest);
  let bytes = 0;
  for (const piece of pieces) {
    hashing.update(piece);
    bytes += piece.length;
  }
  return { digest: hashing.digest('hex'), bytes };
};

function* wrongWith(disk: Disk, path: string, file: ImageFile): Generator<undefined, BadSlot['because'] | undefined> {
  const entry = disk.look(path);
  if (!entry) return 'missing';
  if (entry.kind !== 'file') return 'not-a-file';
  if (entry.bytes !== file.length) return 'length';
  if (entry.executable !== (file.executable === true)) return 'mode';
  let bytes = 0;
  let digest: string | undefined;
  let hashing: Hash | undefined;
  for (const piece of disk.read(path)) {
    // most files are one piece: the digest of that is taken in one call
    if (bytes === 0 && piece.length === file.length) digest = hash(DIGESTS.sha256.digest, piece);
    else (hashing ??= createHash(DIGESTS.sha256.digest)).update(piece);
    bytes += piece.length;
    yield;
  }
  if (bytes !== file.length) return 'length';
  digest ??= (hashing ?? createHash(DIGESTS.sha256.digest)).digest('hex');
  return digest === file.sha256 ? undefined : 'digest';
}

/** A module that the manifest does not name could be loaded like any other. */
const firstUnlisted = (disk: Disk, files: string, image: ImageManifest): string | undefined => {
  const listed = new Set(image.files.map(({ path }) => path));
  const walk = (within: string): string | undefined => {
    for (const name of disk.list(join(files, within))) {
      const path = within === '' ? name : `${within}/${name}`;
      // looked at already, and a regular file
      if (listed.has(path)) continue;
      const found = disk.look(join(files, path))?.kind === 'folder' ? walk(path) : path;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk('');
};

const isOfSystem = (thrown: unknown): thrown is NodeJS.ErrnoException =>
  thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).syscall === 'string';

const bad = (path: string, because: BadSlot['because']): BadSlot => ({ ok: false, path, because });
