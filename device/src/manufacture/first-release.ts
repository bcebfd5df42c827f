import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import { IMAGE_LIMITS, readImage, Release } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { asFault, DeviceFault } from '../driver/faults.ts';
import { claimDataFolder } from '../store/ownership.ts';
import { openContents } from '../updates/download/contents.ts';
import { downloadImage } from '../updates/download/download.ts';
import type { HttpGet } from '../updates/download/ranges.ts';
import { slotsFolderOf } from '../updates/running/folders.ts';
import { systemDisk, type Disk } from '../updates/slots/disk.ts';
import { installFirstImage, readRecord } from '../updates/slots/slots.ts';
import { digestOf } from '../updates/slots/verify.ts';
import { isManufactured } from './bundle.ts';
import { pinFirstImage, readMade } from './manufacture.ts';

/** A release's folder as its builder left it; what else stands there is for those who publish. */
const FOLDER = { about: 'release.json', manifest: 'files/image.json', pack: 'files/full.pack' } as const;
const ReleaseFile = Type.Object({ v: Type.Literal(1), release: Release });
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * On the production line: puts the image of a release into slot a of a device that has its identity. Repeated after an
 * interruption, it goes on; what is installed in full already is left as it is.
 * Faults: not-manufactured, bundle-invalid, declaration-mismatch, already-manufactured, disk-full.
 */
// EN 303 645 5.3-2, 5.3-9, G044 6.3.2, 6.3.9, G045 PL-2-3: the first image is held to the manifest as every later one is
export const installFirstRelease = async (given: {
  readonly dataDir: string;
  readonly declaration: Declaration;
  /** folder of the release */
  readonly release: string;
}): Promise<void> => {
  const { dataDir, declaration } = given;
  const { product } = declaration;
  const { release, manifest } = readRelease(given.release);
  if (!isManufactured(dataDir) || readMade(dataDir).productId !== product.id || release.product !== product.id)
    throw mismatch(`The device in ${dataDir} is not yet, or never will be, a ${release.product}`);
  if (!release.models.includes(product.model.designation))
    throw mismatch(`${release.product} ${release.version} is not for ${product.model.designation}`);
  const { digest } = digestOf([manifest]);
  const slots = slotsFolderOf(dataDir);
  const claim = claimDataFolder(dataDir);
  try {
    mkdirSync(slots, { recursive: true, mode: 0o700 });
    const there = readRecord(systemDisk, slots)?.record.slots.a;
    if (there && there.state !== 'empty') {
      if (there.image.digest === digest) return;
      throw new DeviceFault('already-manufactured', 'The device has its software already', 'Update it as owners do.');
    }
    const image = { digest, number: release.number, securityVersion: release.securityVersion };
    // EN 303 645 5.7-1, G045 PL-1-4: the one image that starts on the factory's word; every later one on a signature
    pinFirstImage(dataDir, image);
    const fetched = join(slots, 'incoming');
    const open = await unpacked(given.release, manifest, release.unpackedBytes, fetched);
    const staged = await installFirstImage(
      syncedAtTheEnd(systemDisk),
      slots,
      { image, product: product.id, manifest, open },
      release.unpackedBytes,
    );
    rmSync(fetched, { recursive: true });
    if (!staged.ok) throw damaged(given.release, staged.because);
  } catch (thrown) {
    throw asFault(thrown);
  } finally {
    claim.release();
  }
};

/**
 * Everything is synced before the record names it, and not one by one: thousands of single syncs take minutes on flash, and
 * a device that is not finished has nothing to lose.
 */
const syncedAtTheEnd = (disk: Disk): Disk => {
  const written = new Set<string>();
  let recorded = false;
  const later = (path: string): void => void (recorded ? disk.syncFolder(path) : written.add(path));
  return {
    ...disk,
    create: (path, options) => ({ ...disk.create(path, options), sync: () => later(path) }),
    syncFolder: later,
    overwrite: (path, bytes) => {
      for (const each of written) disk.syncFile(each);
      recorded = true;
      disk.overwrite(path, bytes);
    },
  };
};

const readRelease = (folder: string): { readonly release: Release; readonly manifest: Buffer } => {
  const about = parsed(small(join(folder, FOLDER.about), MOST_BYTES));
  if (!Value.Check(ReleaseFile, about)) throw damaged(folder, `${FOLDER.about} is not one`);
  return { release: about.release, manifest: small(join(folder, FOLDER.manifest), IMAGE_LIMITS.manifestBytes) };
};

/** The full pack as a download brings it, so that it is held to the manifest in the same way. */
const unpacked = async (folder: string, manifest: Buffer, slotBytes: number, into: string) => {
  const read = readImage(manifest, slotBytes);
  if (!read.ok) throw damaged(folder, read.because);
  const contents = openContents(into);
  const pack = join(folder, FOLDER.pack);
  const { image } = read;
  const done = await downloadImage({
    image,
    pack: { path: pack, length: statSync(pack, { throwIfNoEntry: false })?.size ?? 0 },
    get: fromFile,
    contents,
    signal: new AbortController().signal,
  });
  if (!done.ok) throw damaged(folder, done.because);
  return (sha256: string): Iterable<Uint8Array> => contents.open(sha256) ?? [];
};

const PIECE_BYTES = 256 * 1024;
const fromFile: HttpGet = async (path, { range = '' }) => {
  const file = openSync(path, 'r');
  const [first = 0, last = 0] = range.slice('bytes='.length).split('-').map(Number);
  return {
    status: 206,
    headers: { 'content-range': `${range.replace('=', ' ')}/*` },
    body: (async function* () {
      for (let at = first; at <= last;) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, last + 1 - at));
        const read = readSync(file, piece, 0, piece.length, at);
        if (read === 0) return;
        at += read;
        yield piece.subarray(0, read);
      }
    })(),
    close: () => closeSync(file),
  };
};

const small = (path: string, most: number): Buffer => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size > most) throw damaged(path, 'no such file of a release');
  return readFileSync(path);
};

const parsed = (bytes: Buffer): Static<typeof Type.Unknown> => {
  try {
    // boundary first-release: the production line -> ReleaseFile, at most MOST_BYTES, else the device is not made;
    // device/test/manufacture/manufacture.test.ts
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // what is not JSON is no release: the schema refuses it
    return undefined;
  }
};

const damaged = (where: string, because: string): DeviceFault =>
  new DeviceFault(
    'bundle-invalid',
    `The release in ${where} cannot be installed: ${because}`,
    'Build the release anew.',
  );
const mismatch = (message: string): DeviceFault =>
  new DeviceFault('declaration-mismatch', message, 'Make the device first, and name the release of its product.');
