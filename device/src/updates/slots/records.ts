import { createHash } from 'node:crypto';
import { DIGESTS } from '@hearthward/protocol';

/**
 * Which slot a device starts, as two records of fixed size, each in a place of its own. They are written in turns, so
 * that whenever the power goes one of both is whole, and the one with the later sequence is what holds.
 *
 *   0 magic · 8 sequence (uint64) · 16 active · 17 tries left · 18 orderly restarts left · 20 floor (uint32)
 *   32 slot a · 96 slot b · 480 SHA-256 of what stands before it          all numbers big-endian, the rest zero
 *
 *   slot: 0 state · 1 why it was given up · 4 number (uint32) · 8 security version (uint32) · 12 digest (32 bytes)
 *
 * The checksum finds torn and decayed records. It is no signature: whoever can write the disk can write records, which
 * is why the floor stands in other places too (`floors.ts`), and why a slot holds only what was verified before.
 */
export const RECORD_BYTES = 512;
export const SLOTS = ['a', 'b'] as const;
export type SlotName = (typeof SLOTS)[number];
export const otherSlot = (slot: SlotName): SlotName => (slot === 'a' ? 'b' : 'a');

/** An image that the signature of its release reached, by the digest of its manifest. */
export interface Installed {
  /** SHA-256 of the manifest, lowercase hex */
  readonly digest: string;
  /** of the release: what is higher is newer */
  readonly number: number;
  readonly securityVersion: number;
}

/** Why an image that was on trial, or had been confirmed, no longer runs. */
export const GIVEN_UP = [
  'unhealthy-api',
  'unhealthy-store',
  'unhealthy-control',
  'tries-exhausted',
  'slot-damaged',
  'below-floor',
] as const;
export type GivenUp = (typeof GIVEN_UP)[number];

/** `staged` is whole and verified, and is not started before it is armed. */
export type Slot =
  | { readonly state: 'empty' }
  | { readonly state: 'staged' | 'trial' | 'confirmed'; readonly image: Installed }
  | { readonly state: 'failed'; readonly image: Installed; readonly because: GivenUp };
export type SlotState = Slot['state'];

export interface SlotRecord {
  readonly sequence: bigint;
  /** what the next start begins with */
  readonly active: SlotName;
  /** starts that a slot on trial still has; counted down before each */
  readonly triesLeft: number;
  /** restarts in good order that are not counted; bounded, so that no image can stay on trial for ever */
  readonly orderlyLeft: number;
  /** lowest security version that may start */
  readonly floor: number;
  readonly slots: Readonly<Record<SlotName, Slot>>;
}

const MAGIC = Buffer.from('HWSLOTS1', 'latin1');
const AT = { sequence: 8, active: 16, tries: 17, orderly: 18, floor: 20, a: 32, b: 96, checksum: 480 } as const;
const STATES = ['empty', 'staged', 'trial', 'confirmed', 'failed'] as const satisfies readonly SlotState[];
const WRAP = 1n << 64n;

export const encodeRecord = (record: SlotRecord): Buffer => {
  const bytes = Buffer.alloc(RECORD_BYTES);
  MAGIC.copy(bytes);
  bytes.writeBigUInt64BE(record.sequence, AT.sequence);
  bytes.writeUInt8(SLOTS.indexOf(record.active), AT.active);
  bytes.writeUInt8(record.triesLeft, AT.tries);
  bytes.writeUInt8(record.orderlyLeft, AT.orderly);
  bytes.writeUInt32BE(record.floor, AT.floor);
  for (const name of SLOTS) encodeSlot(bytes, AT[name], record.slots[name]);
  checksum(bytes).copy(bytes, AT.checksum);
  return bytes;
};

/** Undefined where the bytes are not exactly what `encodeRecord` makes. */
export const decodeRecord = (bytes: Uint8Array): SlotRecord | undefined => {
  const read = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (read.length !== RECORD_BYTES || !read.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!checksum(read).equals(read.subarray(AT.checksum))) return undefined;
  const active = SLOTS[read.readUInt8(AT.active)];
  const a = decodeSlot(read, AT.a);
  const b = decodeSlot(read, AT.b);
  if (!active || !a || !b) return undefined;
  const record: SlotRecord = {
    sequence: read.readBigUInt64BE(AT.sequence),
    active,
    triesLeft: read.readUInt8(AT.tries),
    orderlyLeft: read.readUInt8(AT.orderly),
    floor: read.readUInt32BE(AT.floor),
    slots: { a, b },
  };
  // what is reserved is zero: one record, one encoding
  return encodeRecord(record).equals(read) ? record : undefined;
};

/** What holds, and which of the two places is written next. */
export interface Chosen {
  readonly record: SlotRecord;
  readonly writeTo: 0 | 1;
}

/**
 * The later of the valid ones; undefined where neither is valid. Sequences are compared as in RFC 1982, since the two
 * are neighbours: the number that follows the highest is zero, and there is none at which writing ends.
 */
// EN 303 645 5.3-2, G044 6.3.2: a record that a power cut tore, or that decayed, is as if it had not been written
export const chooseRecord = (places: readonly [Uint8Array | undefined, Uint8Array | undefined]): Chosen | undefined => {
  const [first, second] = places.map((bytes) => bytes && decodeRecord(bytes));
  if (!first || !second) {
    if (first) return { record: first, writeTo: 1 };
    return second && { record: second, writeTo: 0 };
  }
  return isLater(second.sequence, first.sequence) ? { record: second, writeTo: 0 } : { record: first, writeTo: 1 };
};

export const nextSequence = (sequence: bigint): bigint => (sequence + 1n) % WRAP;

const isLater = (one: bigint, other: bigint): boolean => {
  const ahead = (one - other + WRAP) % WRAP;
  return ahead !== 0n && ahead < WRAP / 2n;
};

const encodeSlot = (bytes: Buffer, at: number, slot: Slot): void => {
  bytes.writeUInt8(STATES.indexOf(slot.state), at);
  if (slot.state === 'empty') return;
  if (slot.state === 'failed') bytes.writeUInt8(1 + GIVEN_UP.indexOf(slot.because), at + 1);
  bytes.writeUInt32BE(slot.image.number, at + 4);
  bytes.writeUInt32BE(slot.image.securityVersion, at + 8);
  bytes.write(slot.image.digest, at + 12, 'hex');
};

const decodeSlot = (bytes: Buffer, at: number): Slot | undefined => {
  const state = STATES[bytes.readUInt8(at)];
  if (state === undefined || state === 'empty') return state && { state };
  const image: Installed = {
    digest: bytes.toString('hex', at + 12, at + 44),
    number: bytes.readUInt32BE(at + 4),
    securityVersion: bytes.readUInt32BE(at + 8),
  };
  if (state !== 'failed') return { state, image };
  const because = GIVEN_UP[bytes.readUInt8(at + 1) - 1];
  return because && { state, image, because };
};

const checksum = (bytes: Buffer): Buffer =>
  createHash(DIGESTS.sha256.digest).update(bytes.subarray(0, AT.checksum)).digest();
