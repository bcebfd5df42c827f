import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  cryptoProvider,
  Extension,
  X509Crl,
  X509CrlGenerator,
  type X509CrlReason,
} from '@peculiar/x509';
import { createHash, webcrypto } from 'node:crypto';
import { SIGNATURES } from '@hearthward/protocol';
import type { Issuer } from './x509.ts';

/** Certificate revocation lists (X.509 v2, RFC 5280 section 5) of one authority. */
cryptoProvider.set(webcrypto);

/** RFC 5280 5.3.1, those that we use. */
export const REASONS = {
  'key-compromise': 1,
  'authority-compromise': 2,
  superseded: 4,
  'out-of-service': 5,
} as const satisfies Record<string, X509CrlReason>;
export type Reason = keyof typeof REASONS;

export interface Ended {
  /** lower-case hex, as in the certificate */
  readonly serial: string;
  readonly at: number;
  readonly reason: Reason;
}
export interface SignedList {
  readonly der: Uint8Array;
  readonly number: number;
  /** SHA-256 of the DER, lower-case hex */
  readonly digest: string;
}

/** Signs the list with this number; it is good from `thisUpdate` until `nextUpdate`. */
export async function signList(
  issuer: Issuer,
  number: number,
  ended: readonly Ended[],
  { thisUpdate, nextUpdate }: { readonly thisUpdate: number; readonly nextUpdate: number },
): Promise<SignedList> {
  const list = await X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: new Date(thisUpdate),
    nextUpdate: new Date(nextUpdate),
    entries: ended.map(({ serial, at, reason }) => ({
      serialNumber: serial,
      revocationDate: new Date(at),
      reason: REASONS[reason],
    })),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      new Extension(CRL_NUMBER, false, derInteger(number)),
    ],
    signingAlgorithm: SIGNATURES[issuer.algorithm].web,
    signingKey: issuer.key,
  });
  const der = new Uint8Array(list.rawData);
  return { der, number, digest: createHash('sha256').update(der).digest('hex') };
}

/** RFC 7468 section 6: the library’s own label is one that OpenSSL refuses. */
export const listPem = (der: Uint8Array): string =>
  `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END X509 CRL-----\n`;

/** What is on a list of ours. */
export const entriesOn = (der: Uint8Array): readonly Ended[] =>
  new X509Crl(new Uint8Array(der)).entries.map(({ serialNumber, revocationDate, reason }) => ({
    serial: serialNumber.toLowerCase(),
    at: revocationDate.getTime(),
    reason:
      (Object.keys(REASONS) as Reason[]).find((each) => REASONS[each] === Number(reason)) ?? 'authority-compromise',
  }));

/** RFC 5280 5.2.3 */
const CRL_NUMBER = '2.5.29.20';

function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const body = (bytes[0] ?? 0) > 127 ? [0, ...bytes] : [...bytes];
  return Uint8Array.from([2, body.length, ...body]);
}
