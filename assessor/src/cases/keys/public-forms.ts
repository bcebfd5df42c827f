import { createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyFacts } from '../../enrolment.ts';
import { digestOf, keyFactsOf, kindOf } from '../../observe/wire/key-facts.ts';

/** Certificates and public keys in a file: known to everybody, so no secret, whoever else has them. */
export interface PublicFound {
  /** the bytes without them */
  readonly rest: Buffer;
  readonly certificates: readonly KeyFacts[];
  /** public keys that stand for themselves */
  readonly keys: readonly Pick<KeyFacts, 'key' | 'keyType' | 'keyBits'>[];
}

const PUBLIC_PEM =
  /-----BEGIN (CERTIFICATE|PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST)-----.{20,20000}?-----END \1-----/gs;

export function withoutPublic(bytes: Uint8Array): PublicFound {
  const rest = Buffer.from(bytes);
  const certificates: KeyFacts[] = [];
  const keys: Pick<KeyFacts, 'key' | 'keyType' | 'keyBits'>[] = [];
  for (const { 0: block, 1: label, index } of rest.toString('latin1').matchAll(PUBLIC_PEM)) {
    // in JSON the lines of a block are joined by an escaped newline
    const pem = block.replaceAll(/(?:\\[nr])+/g, '\n');
    const certificate = label === 'CERTIFICATE' ? reads(() => keyFactsOf(new X509Certificate(pem))) : undefined;
    const key = label === 'PUBLIC KEY' ? reads(() => createPublicKey(pem)) : undefined;
    if (certificate !== undefined) certificates.push(certificate);
    if (key !== undefined) keys.push({ key: digestOf(key), ...kindOf(key) });
    rest.fill(0, index, index + block.length);
  }
  for (let at = rest.indexOf(LONG_SEQUENCE); at >= 0; at = rest.indexOf(LONG_SEQUENCE, at + 1)) {
    const length = at + 4 <= rest.length ? rest.readUInt16BE(at + 2) + 4 : 0;
    if (length < 100 || at + length > rest.length) continue;
    const whole = rest.subarray(at, at + length);
    const certificate = reads(() => keyFactsOf(new X509Certificate(whole)));
    if (certificate === undefined) continue;
    certificates.push(certificate);
    rest.fill(0, at, at + length);
  }
  return { rest, certificates, keys };
}

/** Base64 of a public key, as programs keep it without the lines that name it. */
export const isPublicKey = (base64: string): boolean =>
  base64.startsWith('M') &&
  reads(() => createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })) !== undefined;

/** X.690, 8.1.3: a sequence whose length takes two bytes, as that of every certificate does */
const LONG_SEQUENCE = Buffer.from([0x30, 0x82]);

function reads<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    // what cannot be read as one is none
    return undefined;
  }
}
