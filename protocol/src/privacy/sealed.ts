import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { DIGESTS, SIGNATURES, type SuiteId, usable } from '../algorithms.ts';
import { encryptTo, publicOf, recipientKey } from './hpke.ts';
import type { Subject } from './subjects.ts';

/**
 * A personal-data item sealed end to end: its fields as one value that the declared party alone can open, whoever carries
 * it. What it is of, for whom, under which pseudonym and the how-manieth it is are bound to it, so that it opens nowhere else.
 */
const strict = { additionalProperties: false } as const;
/** characters of base64url: 9,000 bytes, more than one message of a device can carry of plain fields */
export const PARCEL_MOST = 12_000;
const Base64 = (most: number) => Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: most });

export const SealedParcel = Type.Object(
  {
    /** id of the declaration's dataParties */
    to: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    /** of the registry's use `sealing-to`: one that a reader does not know it cannot open, and says so */
    suite: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    /** which of the party's keys, by `sealingKeyId` */
    key: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    /** counts up by one for each pseudonym and item */
    n: Type.Integer({ minimum: 1 }),
    /** room for an encapsulation of ML-KEM-1024 (FIPS 203, table 3) beside one of a curve */
    enc: Base64(2_200),
    sealed: Base64(PARCEL_MOST),
  },
  strict,
);
export type SealedParcel = Static<typeof SealedParcel>;

/** What the parcel is bound to beside what stands in it. */
export interface ParcelPlace {
  readonly product: string;
  readonly item: string;
  readonly subject: Subject;
}

export type SealedFields = Readonly<Record<string, number | boolean | string>>;
export interface Said {
  /** ISO 8601, device clock */
  readonly at: string;
  readonly fields: SealedFields;
}

/** A party's key as the declaration has it; it is used from the first moment of `from` to the last before `until` (UTC). */
export interface DeclaredKey {
  readonly suite: string;
  readonly publicKey: string;
  readonly from: string;
  readonly until: string;
}
export interface Recipient {
  readonly suite: SuiteId;
  readonly id: string;
  readonly key: KeyObject;
}

/** The first 64 bits of a SHA-256 say which key was meant; nobody gains from two that share them. */
export const sealingKeyId = (publicKey: string): string =>
  createHash(DIGESTS.sha256.digest).update(`hearthward sealing key 1\n${publicKey}`).digest('hex').slice(0, 16);

/** The key that holds now, of several the one that holds longest, by the suite that is preferred; undefined where there is none. */
// EN 303 645 5.5-3, 5.8-2, TS 103 645 4.5-2, G044 6.5.3: a suite that is refused seals nothing, and neither does a key whose time is over
export function recipientNow(keys: readonly DeclaredKey[], now: number): Recipient | undefined {
  const holding = keys
    .filter(({ from, until }) => Date.parse(from) <= now && now < Date.parse(until))
    .toSorted((one, other) => Date.parse(other.until) - Date.parse(one.until));
  for (const suite of usable('sealing-to', now))
    for (const { suite: named, publicKey } of holding) {
      const key = named === suite ? recipientKey(suite, publicKey) : undefined;
      if (key) return { suite, id: sealingKeyId(publicKey), key };
    }
  return undefined;
}

/** `hearthward sealed 1` begins a new message form wherever what is bound or signed changes. */
export const PARCEL_LABEL = 'hearthward sealed 1';
/** Sizes of what is inside are a multiple of this, so that the length of a value says nothing of it. */
export const PARCEL_STEP = 512;

/**
 * Seals what was said. The sender's key is of this pseudonym alone: it shows the recipient that everything under one
 * pseudonym comes from one sender, and not which device that is.
 */
// EN 303 645 5.8-1, 5.8-2, TS 103 645 4.8-1, G044 6.8.1, 6.8.2: sealed on the device to whom it is for, whoever carries it
export function sealParcel(
  to: { readonly party: string; readonly recipient: Recipient },
  place: ParcelPlace,
  n: number,
  said: Said,
  sender: KeyObject,
): SealedParcel {
  const { suite, id: key } = to.recipient;
  const head = { to: to.party, suite, key, n };
  const text = JSON.stringify(said);
  const { digest } = SIGNATURES.ed25519;
  const sig = sign(digest, signedText(head, place, text), sender).toString('base64url');
  const plain = padded(Buffer.from(JSON.stringify({ text, by: publicOf(sender), sig })));
  const { enc, sealed } = encryptTo(suite, to.recipient.key, boundTo(head, place), plain);
  plain.fill(0);
  return { ...head, enc: base64(enc), sealed: base64(sealed) };
}

type Head = Pick<SealedParcel, 'to' | 'suite' | 'key' | 'n'>;

export const contextOf = ({ to, suite, key, n }: Head, { product, item, subject }: ParcelPlace): string =>
  JSON.stringify([product, item, subject, to, suite, key, n]);
export const boundTo = (head: Head, place: ParcelPlace) => ({
  info: Buffer.from(PARCEL_LABEL),
  aad: Buffer.from(contextOf(head, place)),
});
export const signedText = (head: Head, place: ParcelPlace, text: string): Buffer =>
  Buffer.from(`${PARCEL_LABEL}\n${contextOf(head, place)}\n${text}`);

/** A length (4 bytes), what is meant, and noughts up to the next multiple of `PARCEL_STEP`. */
function padded(plain: Uint8Array): Buffer {
  const whole = Buffer.alloc(Math.ceil((4 + plain.length) / PARCEL_STEP) * PARCEL_STEP);
  whole.writeUInt32BE(plain.length);
  whole.set(plain, 4);
  return whole;
}

/** A sender's private key, from how it is kept (PKCS#8, base64url). */
export const senderOf = (kept: string): KeyObject =>
  // no key: a device's own, as its register has it
  createPrivateKey({ key: Buffer.from(kept, 'base64url'), format: 'der', type: 'pkcs8' });
/** A sender's public key; undefined where the text is none. */
export function senderNamed(by: string): KeyObject | undefined {
  try {
    const { curve } = SENDER;
    return createPublicKey({ key: { kty: 'OKP', crv: curve, x: by }, format: 'jwk' });
  } catch {
    // no key
    return undefined;
  }
}
const SENDER = { curve: SIGNATURES.ed25519.web.name } as const;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
