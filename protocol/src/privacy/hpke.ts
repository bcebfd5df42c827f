import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  decapsulate,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { DERIVATION, SEALING, SEALING_TO, type SuiteId } from '../algorithms.ts';

/**
 * Hybrid public key encryption (RFC 9180), base mode, one message for each encapsulation. The key encapsulation is OpenSSL's
 * through `node:crypto`; the key schedule (section 5.1) stands here, since everything in it is HMAC. It is synchronous: between
 * what may leave and its place in the queue nothing else happens, so a withdrawal cannot slip in between.
 */
export interface Encrypted {
  /** the encapsulated key */
  readonly enc: Uint8Array;
  /** ciphertext with its tag */
  readonly sealed: Uint8Array;
}

/** What both ends know besides the key: `info` is of the application, `aad` of this message. */
export interface Bound {
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
}

export function encryptTo(suite: SuiteId, to: KeyObject, { info, aad }: Bound, plain: Uint8Array): Encrypted {
  const { ciphertext, sharedKey } = encapsulate(to);
  const { key, nonce } = schedule(suite, sharedKey, info);
  const { sealing } = SEALING_TO[suite];
  const cipher = createCipheriv(nameOf(sealing), key, nonce, { authTagLength: SEALING[sealing].tagBytes });
  cipher.setAAD(aad, { plaintextLength: plain.length });
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  for (const secret of [key, sharedKey]) secret.fill(0);
  return { enc: ciphertext, sealed: body };
}

/** Hostile input: undefined where it was not sealed to this key, so and here. */
export function decryptWith(
  suite: SuiteId,
  own: KeyObject,
  { info, aad }: Bound,
  { enc, sealed }: Encrypted,
): Buffer | undefined {
  const { sealing } = SEALING_TO[suite];
  const { tagBytes } = SEALING[sealing];
  if (sealed.length < tagBytes) return undefined;
  try {
    const sharedKey = decapsulate(own, enc);
    const { key, nonce } = schedule(suite, sharedKey, info);
    const decipher = createDecipheriv(nameOf(sealing), key, nonce, { authTagLength: tagBytes });
    const body = sealed.subarray(0, -tagBytes);
    decipher.setAAD(aad, { plaintextLength: body.length });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    // a point that is none, another key or an altered byte are told in one way only
    return undefined;
  }
}

/** A recipient's public key as it is declared: its bytes, base64url; undefined where it is no key of this suite. */
export function recipientKey(suite: SuiteId, publicKey: string): KeyObject | undefined {
  try {
    const { curve } = SEALING_TO[suite].key;
    return createPublicKey({ key: { kty: 'OKP', crv: curve, x: publicKey }, format: 'jwk' });
  } catch {
    // no point of the curve, or not of its length
    return undefined;
  }
}

/** The other way round: a public key as it is declared. */
export const publicOf = (key: KeyObject): string =>
  String((key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }).x);

/** For whoever receives, and keeps it apart from device and services. */
export const newRecipientKey = (suite: SuiteId): KeyObject => {
  const { type } = SEALING_TO[suite].key;
  // no key: of a party, in no register of ours
  return generateKeyPairSync(type).privateKey;
};

/** RFC 9180, 5.1, mode_base: no pre-shared key. */
function schedule(suite: SuiteId, sharedKey: Uint8Array, info: Uint8Array): { key: Buffer; nonce: Buffer } {
  const { kem, kdf, aead, derivation, sealing } = SEALING_TO[suite];
  const { digest } = DERIVATION[derivation];
  const { keyBytes, nonceBytes } = SEALING[sealing];
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
    // no key: steps of the derivation for one parcel
    const mac = createHmac(digest, key);
    return parts.reduce((next, part) => next.update(part), mac).digest();
  };
  const labelled = (label: string): Buffer =>
    Buffer.concat([Buffer.from('HPKE-v1'), Buffer.from('HPKE'), u16(kem), u16(kdf), u16(aead), Buffer.from(label)]);
  // section 4: LabeledExtract and LabeledExpand over RFC 5869, where one block is always enough
  const extract = (salt: Uint8Array, label: string, input: Uint8Array): Buffer => hmac(salt, labelled(label), input);
  const expand = (prk: Uint8Array, label: string, context: Uint8Array, length: number): Buffer =>
    hmac(prk, u16(length), labelled(label), context, Buffer.of(1)).subarray(0, length);
  const context = Buffer.concat([
    Buffer.of(0),
    extract(EMPTY, 'psk_id_hash', EMPTY),
    extract(EMPTY, 'info_hash', info),
  ]);
  const secret = extract(sharedKey, 'secret', EMPTY);
  return { key: expand(secret, 'key', context, keyBytes), nonce: expand(secret, 'base_nonce', context, nonceBytes) };
}

const EMPTY = new Uint8Array();
const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
/** The registry's names are OpenSSL's; the types of `node:crypto` tell the modes apart, the calls do not. */
const nameOf = (algorithm: string): CipherGCMTypes => algorithm as CipherGCMTypes;
