import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, der, ECDSA_WITH_SHA256, elements, oid, pem, sequence, set } from './der.ts';
import type { ClientIdentity } from './hand.ts';

/** Certificates of the assessor's own making, good for a day, in DER (RFC 5280, X.690); keys live as long as the run. */
export interface Made extends ClientIdentity {
  /** subject, in DER */
  readonly name: Buffer;
  readonly privateKey: KeyObject;
}

/** Vouches for itself where no `issuer` is given. `extensions` in DER. */
export function makeCertificate(given: {
  readonly name: Buffer;
  readonly extensions: readonly Buffer[];
  readonly issuer?: Made;
}): Made {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    algorithm,
    given.issuer?.name ?? given.name,
    sequence(time(Date.now() - DAY), time(Date.now() + DAY)),
    given.name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...given.extensions)),
  );
  const whole = sequence(body, algorithm, bits(sign('sha256', body, given.issuer?.privateKey ?? privateKey)));
  return {
    name: given.name,
    privateKey,
    certificate: pem('CERTIFICATE', whole),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const DAY = 86_400_000;

export const commonName = (name: string): Buffer => sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));

/** The subject of a certificate as its issuer wrote it; undefined where it cannot be read. */
export function subjectOf(certificate: string): Buffer | undefined {
  // RFC 5280, 4.1: version, serial number, signature, issuer, validity, subject
  const whole = elements(new X509Certificate(certificate).raw)?.[0];
  const body = whole === undefined ? undefined : elements(whole.content)?.[0];
  return body === undefined ? undefined : elements(body.content)?.[5]?.whole;
}

const extension = (id: Buffer, value: Buffer): Buffer => sequence(id, der(0x04, value));
export const forClients = (): Buffer => extension(EXTENDED_KEY_USAGE, sequence(CLIENT_AUTH));
export const forServers = (): Buffer => extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH));
export const forAuthorities = (): Buffer => extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff]))));
/** RFC 5280, 4.2.1.6: an address as its octets, anything else as a name of DNS */
export const named = (host: string): Buffer =>
  extension(ALTERNATIVE_NAME, sequence(isIP(host) === 0 ? der(0x82, Buffer.from(host)) : der(0x87, octetsOf(host))));

function octetsOf(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = (text: string): readonly string[] => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const between = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...between, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** GeneralizedTime without fractions */
const time = (at: number): Buffer => der(0x18, Buffer.from(new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '')));

/** 2.5.4.3; 2.5.29.17, .19, .37; 1.3.6.1.5.5.7.3.1 and .2 */
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const ALTERNATIVE_NAME = oid(0x55, 0x1d, 0x11);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
const EXTENDED_KEY_USAGE = oid(0x55, 0x1d, 0x25);
const SERVER_AUTH = oid(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);
const CLIENT_AUTH = oid(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02);
