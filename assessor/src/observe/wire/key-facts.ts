import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import type { KeyFacts } from '../../enrolment.ts';
import { elements } from './der.ts';

/** Reads what a certificate says of its key. Certificates are hostile input: what cannot be read is not told. */
export const keyFactsOf = (certificate: X509Certificate): KeyFacts => ({
  key: digestOf(certificate.publicKey),
  ...kindOf(certificate.publicKey),
  usages: [...keyUsageIn(certificate.raw), ...(certificate.keyUsage ?? []).map((id) => PURPOSES[id] ?? id)],
  ca: certificate.ca,
});

export const digestOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** Size in bits of the group of a named curve (SEC 2, RFC 7748, RFC 8032). */
const CURVE_BITS: Readonly<Record<string, number>> = {
  prime192v1: 192,
  secp224r1: 224,
  secp256k1: 256,
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  ed25519: 256,
  ed448: 456,
};

export function kindOf(key: KeyObject): { readonly keyType: string; readonly keyBits: number } {
  const type = key.asymmetricKeyType ?? 'unknown';
  const details = key.asymmetricKeyDetails;
  return { keyType: type, keyBits: details?.modulusLength ?? CURVE_BITS[details?.namedCurve ?? type] ?? 0 };
}

/** RFC 5280, 4.2.1.12; the last one is for any purpose */
const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '2.5.29.37.0': 'anyExtendedKeyUsage',
};

/** RFC 5280, 4.2.1.3: the bits in their order */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
/** 2.5.29.15 */
const KEY_USAGE = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0f]);

/** `node:crypto` tells the extended key usage only; this one is read from the extensions. */
function keyUsageIn(certificate: Buffer): readonly string[] {
  const body = inside(inside(certificate, 0x30), 0x30);
  const wrapped = body && elements(body)?.find(({ tag }) => tag === 0xa3);
  const extensions = wrapped && inside(wrapped.content, 0x30);
  for (const extension of (extensions && elements(extensions)) ?? []) {
    const parts = elements(extension.content) ?? [];
    if (parts[0]?.whole.equals(KEY_USAGE) !== true) continue;
    const bits = inside(parts.at(-1)?.content, 0x03)?.subarray(1) ?? Buffer.alloc(0);
    return KEY_USAGES.filter((_name, at) => ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0);
  }
  return [];
}

/** Content of the first element, where it is of this tag. */
const inside = (bytes: Buffer | undefined, tag: number): Buffer | undefined => {
  const first = bytes && elements(bytes)?.[0];
  return first?.tag === tag ? first.content : undefined;
};
