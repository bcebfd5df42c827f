import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { DIGESTS } from './algorithms.ts';
import { isSigned, signStatement } from './log.ts';

/**
 * A device's word, signed with its initial identity, that somebody is at it now: by it the manufacturer tells whoever has the
 * device in their hands what it knows of it, and strangers nothing. `TIME.CERTIFICATE.SIGNATURE`: milliseconds since the epoch,
 * DER and signature as base64url; some 700 signs, for an address.
 */

/** Nothing else that a key signs begins like this. */
const POSSESSION = 'hearthward possession 1\n';
export const LONGEST_POSSESSION = 4_096;

/** `certificate`: PEM of the initial identity, whose key signs. */
export function signPossession(at: number, certificate: string, key: KeyObject): string {
  const der = new X509Certificate(certificate).raw;
  return `${at}.${der.toString('base64url')}.${signStatement(POSSESSION, statementOf(at, der), key)}`;
}

/**
 * Which certificate it was signed with, and when by the device's clock; undefined where the text is none. Whose the
 * certificate is, and whether it is anybody's, is for who keeps the register to know.
 */
export function openPossession(hostile: string): { readonly fingerprint: string; readonly at: number } | undefined {
  if (hostile.length > LONGEST_POSSESSION) return undefined;
  const [, time = '', der = '', signature = ''] = /^(\d{1,14})\.([\w-]+)\.([\w-]+)$/.exec(hostile) ?? [];
  const raw = Buffer.from(der, 'base64url');
  const at = Number(time);
  const key = keyIn(raw);
  if (key === undefined || !isSigned(POSSESSION, { statement: statementOf(at, raw), signature, key })) return undefined;
  return { fingerprint: fingerprintIn(raw), at };
}

const statementOf = (at: number, der: Buffer): string => `${at}\n${fingerprintIn(der)}`;
/** SHA-256 of the DER, lower-case hex, as registers have it. */
const fingerprintIn = (der: Buffer): string => createHash(DIGESTS.sha256.digest).update(der).digest('hex');

function keyIn(der: Buffer): string | undefined {
  try {
    // boundary possession: whoever has an address -> openPossession, at most LONGEST_POSSESSION, else undefined; services/test/check.test.ts
    return new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  } catch {
    // no certificate, or of a kind of key that nobody knows
    return undefined;
  }
}
