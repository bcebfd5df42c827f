import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SEALING, type SealingId } from './algorithms.ts';

/**
 * A value sealed at rest, as device and services both write it: format (1 byte, which names the algorithm), nonce, tag,
 * ciphertext. The label is authenticated with it, so that a value moved to another place does not open there.
 */
export const sealValue = (algorithm: SealingId, key: Uint8Array, label: string, plain: Uint8Array): Buffer => {
  const { format, nonceBytes, tagBytes } = SEALING[algorithm];
  // no key: a nonce
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(nameOf(algorithm), key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(label));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), body]);
};

/** The algorithm that sealed these bytes; undefined where no format of the registry is named, or they are too short. */
export const sealingOf = (sealed: Uint8Array): SealingId | undefined =>
  (Object.keys(SEALING) as SealingId[]).find((id) => {
    const { format, nonceBytes, tagBytes } = SEALING[id];
    return sealed[0] === format && sealed.length >= 1 + nonceBytes + tagBytes;
  });

/** Hostile input: undefined where the bytes were not sealed under this key for this label. */
export const openValue = (
  keyFor: (algorithm: SealingId) => Uint8Array,
  label: string,
  sealed: Uint8Array,
): Buffer | undefined => {
  const algorithm = sealingOf(sealed);
  if (algorithm === undefined) return undefined;
  const { nonceBytes, tagBytes } = SEALING[algorithm];
  const body = 1 + nonceBytes + tagBytes;
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv(nameOf(algorithm), keyFor(algorithm), nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(label));
  decipher.setAuthTag(sealed.subarray(1 + nonceBytes, body));
  const plain = decipher.update(sealed.subarray(body));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // A wrong key, label or altered byte is reported in one way only: the tag does not match.
    return undefined;
  } finally {
    plain.fill(0);
  }
};

/** The registry's names are OpenSSL's; the types of `node:crypto` tell the modes apart, the calls do not. */
const nameOf = (algorithm: SealingId): CipherGCMTypes => algorithm as CipherGCMTypes;
