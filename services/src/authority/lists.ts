import 'reflect-metadata';
import { AuthorityKeyIdentifierExtension } from '@peculiar/x509';
import { createHash, webcrypto } from 'node:crypto';
import { der, SIGNATURES, type SignatureId } from '@hearthward/protocol';
import { ServicesFault } from '../faults.ts';
import type { Issuer } from './x509.ts';

/**
 * Certificate revocation lists (X.509 v2, RFC 5280 section 5) of one authority. Written and read here: the library that
 * makes the certificates takes most of a millisecond for an entry, and reads no list with more than some thousand.
 */

/** RFC 5280 5.3.1, those that we use. */
export const REASONS = {
  'key-compromise': 1,
  'authority-compromise': 2,
  superseded: 4,
  'out-of-service': 5,
} as const;
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

/**
 * An authority that certifies millions has its list in 256 parts, by the last byte of a serial number, which is random. A
 * certificate names the part that it would stand on (RFC 5280 4.2.1.13), so that who checks one reads a 256th.
 */
export type Part = string;
export const PARTS: readonly Part[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
export const partOf = (serial: string): Part => serial.slice(-2);

export interface ListContent {
  readonly ended: readonly Ended[];
  /** where this list is published, if it has only a part of what the issuer took back */
  readonly partAt?: string;
}

/** Signs the list with this number; it is good from `thisUpdate` until `nextUpdate`. */
export async function signList(
  issuer: Issuer,
  number: number,
  { ended, partAt }: ListContent,
  { thisUpdate, nextUpdate }: { readonly thisUpdate: number; readonly nextUpdate: number },
): Promise<SignedList> {
  const algorithm = algorithmOf(issuer.algorithm);
  const issuerKey = await AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey);
  const body = der.sequence(
    integer(1),
    algorithm,
    new Uint8Array(issuer.certificate.subjectName.toArrayBuffer()),
    der.time(new Date(thisUpdate)),
    der.time(new Date(nextUpdate)),
    // RFC 5280 5.1.2.6: where nothing has ended, no list of it
    ...(ended.length === 0 ? [] : [der.sequence(...ended.map(entry))]),
    der.context(
      0,
      der.sequence(
        new Uint8Array(issuerKey.rawData),
        der.sequence(der.oid(CRL_NUMBER), der.octets(integer(number))),
        ...(partAt === undefined ? [] : [issuingDistributionPoint(partAt)]),
      ),
    ),
  );
  const list = der.sequence(body, algorithm, der.bitString(await signatureOf(issuer, body)));
  return { der: new Uint8Array(list), number, digest: createHash('sha256').update(list).digest('hex') };
}

/** RFC 7468 section 6 */
export const listPem = (list: Uint8Array): string => der.pem('X509 CRL', list);

/** What is on a list of ours. @throws ServicesFault where it is none */
export const entriesOn = (list: Uint8Array): readonly Ended[] => {
  const [body] = der.inside(Buffer.from(list), SEQUENCE) ?? [];
  const fields = body && der.inside(body.whole, SEQUENCE);
  if (!fields) throw new ServicesFault('data-damaged', 'a list of ended certificates cannot be read');
  // version, algorithm, issuer, from, until, then the entries: of a list without any, the extensions follow
  const entries = fields[5]?.tag === SEQUENCE ? (der.elements(fields[5].body) ?? []) : [];
  return entries.map(({ body: each }) => {
    const [serial, at, extensions] = der.elements(each) ?? [];
    const reason = Number(extensions?.body.at(-1));
    return {
      serial: (serial?.body ?? Buffer.alloc(0)).toString('hex').replace(/^00/, ''),
      at: timeIn(at?.body.toString('ascii') ?? ''),
      reason: (Object.keys(REASONS) as Reason[]).find((name) => REASONS[name] === reason) ?? 'authority-compromise',
    };
  });
};

const SEQUENCE = 0x30;
/** RFC 5280 5.2.3, 5.2.5, 5.3.1 */
const CRL_NUMBER = '2.5.29.20';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const REASON_CODE = '2.5.29.21';

const integer = (value: number): Buffer => {
  const hex = value.toString(16);
  return der.integer(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
};

const entry = ({ serial, at, reason }: Ended): Buffer =>
  der.sequence(
    der.integer(Buffer.from(serial, 'hex')),
    der.time(new Date(at)),
    der.sequence(der.sequence(der.oid(REASON_CODE), der.octets(Buffer.of(0x0a, 1, REASONS[reason])))),
  );

/**
 * Critical: without it, a list of one part would say of everybody else's certificate that it is good. Its name is the one
 * in the certificates: [0] distributionPoint, [0] fullName, [6] a URI.
 */
const issuingDistributionPoint = (url: string): Buffer =>
  der.sequence(
    der.oid(ISSUING_DISTRIBUTION_POINT),
    der.boolean(true),
    der.octets(der.sequence(der.context(0, der.context(0, der.contextPrimitive(6, Buffer.from(url, 'ascii')))))),
  );

/** RFC 5758 3.2, RFC 8410 3: what our authorities sign with has no parameters */
const algorithmOf = (id: SignatureId): Buffer => der.sequence(der.oid(SIGNATURES[id].oids.signature));

/** An ECDSA signature of Web Cryptography is r and s side by side; in X.509 they are two integers (RFC 5480, appendix A). */
const signatureOf = async ({ key, algorithm }: Issuer, signed: Buffer): Promise<Buffer> => {
  const { web } = SIGNATURES[algorithm];
  const signature = Buffer.from(await webcrypto.subtle.sign(web, key, new Uint8Array(signed)));
  const half = signature.length / 2;
  return 'namedCurve' in web
    ? der.sequence(der.integer(signature.subarray(0, half)), der.integer(signature.subarray(half)))
    : signature;
};

/** UTCTime of this century, or GeneralizedTime */
const timeIn = (digits: string): number => {
  const [, year = '', ...rest] = /^(\d{2,4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  return Date.UTC(year.length === 2 ? 2000 + Number(year) : Number(year), month - 1, day, hour, minute, second);
};
