import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { DIGESTS, readImage, type ImageFile, type ImageManifest } from '@hearthward/protocol';
import type { Disk } from './disk.ts';
import { emptied, firstRecord, staged, type Move, type MoveRefusal } from './moves.ts';
import {
  chooseRecord,
  decodeRecord,
  encodeRecord,
  otherSlot,
  RECORD_BYTES,
  type Chosen,
  type Installed,
  type SlotName,
  type SlotRecord,
} from './records.ts';
import type { SlotFacts } from './start.ts';
import { digestOf, placesOf, readSmall, verifySlot, type BadSlot } from './verify.ts';

/**
 * Slots and their records on a disk:
 *
 *   record-0, record-1      which slot starts (`records.ts`), written in turns
 *   a/image.json, a/facts   the manifest, and what is known of it should both records be lost
 *   a/signed.json           the signatures that reached it (`tuf/envelope.ts`); absent for what the factory put in
 *   a/files/…               the image; b likewise
 *
 * A slot is written only after the record says that it is empty, and the record says that it is staged only after every
 * byte was synced and read back.
 */

/** An image that a signature has reached, ready to be written. */
export interface ImageSource {
  readonly image: Installed;
  readonly product: string;
  readonly manifest: Uint8Array;
  /** the signatures that reached it; absent where the factory vouches for it itself */
  readonly signed?: Uint8Array | undefined;
  /** contents of a file by its digest; what it gives is not trusted */
  readonly open: (sha256: string) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export type StageRefusal = MoveRefusal | 'image-refused' | 'image-mismatch' | 'bytes-corrupt' | 'slot-damaged';
export type Staged =
  | { readonly ok: true; readonly record: SlotRecord }
  | { readonly ok: false; readonly code: StageRefusal; readonly because: string };

/** The record that holds; undefined where both are lost. */
export const readRecord = (disk: Disk, folder: string): Chosen | undefined => {
  const place = (index: 0 | 1): Buffer | undefined => readSmall(disk, recordPath(folder, index), RECORD_BYTES);
  return chooseRecord([place(0), place(1)]);
};

/** Whether what a slot holds has not been confirmed yet, and may be given up at any moment. */
export const isOnTrial = (disk: Disk, folder: string, slot: SlotName): boolean =>
  readRecord(disk, folder)?.record.slots[slot].state === 'trial';

/** Durable when it returns; the record that held before is still whole then, and until then holds. */
export const writeRecord = (disk: Disk, folder: string, record: SlotRecord): void => {
  const path = recordPath(folder, readRecord(disk, folder)?.writeTo ?? 0);
  disk.overwrite(path, encodeRecord(record));
  disk.syncFile(path);
  disk.syncFolder(folder);
};

/** What a slot says of itself; undefined where it says nothing that can be read. */
export const readFacts = (disk: Disk, folder: string, name: SlotName): SlotFacts | undefined => {
  const bytes = readSmall(disk, placesOf(folder, name).facts, RECORD_BYTES);
  const record = bytes && decodeRecord(bytes);
  const slot = record?.slots[name];
  return record && slot?.state === 'staged' ? { image: slot.image, floor: record.floor } : undefined;
};

/** Beside what was put into a slot, synced; the folder of the slot is to be synced after it. */
export const writeFacts = (disk: Disk, folder: string, name: SlotName, image: Installed, floor: number): void =>
  write(disk, placesOf(folder, name).facts, [factsOf(name, image, floor)]);

/**
 * Writes an image into the slot that is not running, and names it in the record once it is whole. Where it is there
 * already, and whole, nothing is written. Faults of the disk are thrown; whatever they leave behind never starts.
 */
// EN 303 645 5.3-2, 5.3-9, 5.3-10, G044 6.3.2, 6.3.9, 6.3.10, G045 PL-2-3: what is not the signed image becomes no slot
export const stageImage = async (
  disk: Disk,
  folder: string,
  source: ImageSource,
  options: { readonly running: SlotName; readonly slotBytes: number },
): Promise<Staged> => {
  const { image } = source;
  const before = readRecord(disk, folder)?.record;
  if (!before) return refused('slot-damaged', 'both slot records are lost');
  const read = readSource(source, options.slotBytes);
  if (!read.ok) return read;
  const target = otherSlot(options.running);
  const present = before.slots[target];
  if (present.state === 'staged' && present.image.digest === image.digest) {
    if (verifySlot(disk, folder, target, image.digest).ok) return { ok: true, record: before };
  }
  // asked before anything is written over
  const allowed = andThen(emptied(before, options.running), (record) => staged(record, options.running, image));
  if (!allowed.ok) return refused(allowed.code, 'the slot record does not allow it');
  const empty = keep(disk, folder, emptied(before, options.running));
  const unwritten = await writeSlot(disk, folder, target, source, read.manifest, before.floor);
  if (unwritten) return unwritten;
  const verified = verifySlot(disk, folder, target, image.digest);
  if (!verified.ok) return refused('slot-damaged', describe(verified));
  return { ok: true, record: keep(disk, folder, staged(empty, options.running, image)) };
};

/** A device's first image, by its factory, into slot a of a folder that has nothing yet. */
export const installFirstImage = async (
  disk: Disk,
  folder: string,
  source: ImageSource,
  slotBytes: number,
): Promise<Staged> => {
  const read = readSource(source, slotBytes);
  if (!read.ok) return read;
  const record = firstRecord(source.image);
  const unwritten = await writeSlot(disk, folder, 'a', source, read.manifest, record.floor);
  if (unwritten) return unwritten;
  const verified = verifySlot(disk, folder, 'a', source.image.digest);
  if (!verified.ok) return refused('slot-damaged', describe(verified));
  writeRecord(disk, folder, record);
  return { ok: true, record };
};

/** Makes a move durable; a move that was refused does not come here. */
export const keep = (disk: Disk, folder: string, move: Move): SlotRecord => {
  if (!move.ok) throw new Error(`a move that was allowed is now refused: ${move.code}`);
  const held = readRecord(disk, folder)?.record;
  if (held?.sequence !== move.record.sequence) writeRecord(disk, folder, move.record);
  return move.record;
};

/** The manifest of an image, held against its digest and what its release says. */
export const readSource = (
  source: ImageSource,
  slotBytes: number,
): { readonly ok: true; readonly manifest: ImageManifest } | Extract<Staged, { ok: false }> => {
  if (digestOf([source.manifest]).digest !== source.image.digest) {
    return refused('bytes-corrupt', 'the manifest is not the signed one');
  }
  const read = readImage(source.manifest, slotBytes);
  if (!read.ok) return refused('image-refused', `${read.code}: ${read.because}`);
  const { product, number } = read.image;
  if (product !== source.product || number !== source.image.number) {
    return refused('image-mismatch', `an image of ${product} ${number}`);
  }
  return { ok: true, manifest: read.image };
};

/** The slot's folder anew, everything in it synced, and its name. */
const writeSlot = async (
  disk: Disk,
  folder: string,
  name: SlotName,
  source: ImageSource,
  manifest: ImageManifest,
  floor: number,
): Promise<Extract<Staged, { ok: false }> | undefined> => {
  const places = placesOf(folder, name);
  disk.remove(places.slot);
  disk.syncFolder(folder);
  const folders = foldersOf(places, manifest);
  for (const each of folders) disk.makeFolder(each);
  for (const file of manifest.files) {
    const because = await copyFile(disk, join(places.files, file.path), file, source);
    if (because) return because;
  }
  write(disk, places.manifest, [source.manifest]);
  if (source.signed) write(disk, places.signed, [source.signed]);
  writeFacts(disk, folder, name, source.image, floor);
  for (const each of folders.toReversed()) disk.syncFolder(each);
  disk.syncFolder(folder);
  return undefined;
};

/** One file of an image, synced; what is wrong with it, or undefined. */
export const copyFile = async (
  disk: Disk,
  path: string,
  file: ImageFile,
  source: ImageSource,
): Promise<Extract<Staged, { ok: false }> | undefined> => {
  const hash = createHash(DIGESTS.sha256.digest);
  const writing = disk.create(path, { executable: file.executable === true });
  try {
    let bytes = 0;
    for await (const piece of source.open(file.sha256)) {
      bytes += piece.length;
      // no more than was signed reaches the disk
      if (bytes > file.length) return refused('bytes-corrupt', `${file.path} is longer than was signed`);
      hash.update(piece);
      writing.append(piece);
    }
    if (bytes !== file.length || hash.digest('hex') !== file.sha256) {
      return refused('bytes-corrupt', `${file.path} is not what was signed`);
    }
    writing.sync();
    return undefined;
  } finally {
    writing.close();
  }
};

const write = (disk: Disk, path: string, pieces: readonly Uint8Array[]): void => {
  const writing = disk.create(path, { executable: false });
  try {
    for (const piece of pieces) writing.append(piece);
    writing.sync();
  } finally {
    writing.close();
  }
};

/** Every folder of a slot, each after the one that it is in. */
const foldersOf = (places: ReturnType<typeof placesOf>, manifest: ImageManifest): string[] => {
  const folders = new Set([places.slot, places.files]);
  for (const { path } of manifest.files) {
    const within: string[] = [];
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) within.unshift(folder);
    for (const each of within) folders.add(join(places.files, each));
  }
  return [...folders];
};

const factsOf = (name: SlotName, image: Installed, floor: number): Buffer => {
  const slot = { state: 'staged', image } as const;
  const empty = { state: 'empty' } as const;
  const slots = name === 'a' ? { a: slot, b: empty } : { a: empty, b: slot };
  return encodeRecord({ sequence: 0n, active: name, triesLeft: 0, orderlyLeft: 0, floor, slots });
};

const recordPath = (folder: string, index: 0 | 1): string => join(folder, `record-${index}`);

const describe = ({ path, because }: BadSlot): string => `${path}: ${because}`;

const andThen = (move: Move, next: (record: SlotRecord) => Move): Move => (move.ok ? next(move.record) : move);

const refused = (code: StageRefusal, because: string): Extract<Staged, { ok: false }> => ({ ok: false, code, because });
