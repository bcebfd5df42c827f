import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { der } from '@hearthward/protocol';

const { bitString, boolean, context, contextPrimitive, integer, octets, oid, pem, sequence, setOf, time, utf8 } = der;

/** A certification authority for tests: P-256, valid from an hour ago for a day unless told otherwise. */
export interface Authority {
  readonly certificate: string;
  /** the key of another root of this name, signed by this one */
  readonly vouchFor: (publicKey: KeyObject) => string;
  readonly issue: (about: {
    readonly name: string;
    readonly publicKey: KeyObject;
    readonly server?: boolean;
    readonly from?: Date;
    readonly until?: Date;
    /** address that a server's certificate is for, 127.0.0.1 where absent */
    readonly address?: readonly number[];
  }) => string;
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const HOUR = 3_600_000;

export const makeAuthority = (
  name: string,
  { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' }),
): Authority => {
  const own = certificate({ name, publicKey, issuer: name, key: privateKey, ca: true });
  return {
    certificate: own,
    vouchFor: (other) => certificate({ name, publicKey: other, issuer: name, key: privateKey, ca: true }),
    issue: (about) => certificate({ ...about, issuer: name, key: privateKey, ca: false }),
  };
};

export const newKeyPair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
};

/** Certificates of PEM texts as a certs-only PKCS#7, DER. */
export const certsOnly = (pems: readonly string[]): Buffer =>
  sequence(
    oid('1.2.840.113549.1.7.2'),
    context(
      0,
      sequence(
        integer(Buffer.of(1)),
        setOf(),
        sequence(oid('1.2.840.113549.1.7.1')),
        context(0, ...pems.map((each) => new X509Certificate(each).raw)),
        setOf(),
      ),
    ),
  );

export const keyFrom = (pkcs8: string): KeyObject => createPrivateKey(pkcs8);

const certificate = (about: {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly ca: boolean;
  readonly server?: boolean;
  readonly from?: Date;
  readonly until?: Date;
  readonly address?: readonly number[];
}): string => {
  const named = (name: string) => sequence(setOf(sequence(oid('2.5.4.3'), utf8(name))));
  const serial = randomBytes(8);
  serial[0] = 1;
  const now = Date.now();
  const extensions = [
    sequence(oid('2.5.29.19'), boolean(true), octets(about.ca ? sequence(boolean(true)) : sequence())),
    ...(about.server
      ? [
          sequence(
            oid('2.5.29.17'),
            octets(
              sequence(
                contextPrimitive(7, Buffer.from(about.address ?? [127, 0, 0, 1])),
                contextPrimitive(2, Buffer.from(about.name)),
              ),
            ),
          ),
        ]
      : []),
  ];
  const body = sequence(
    context(0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_SHA256,
    named(about.issuer),
    sequence(time(about.from ?? new Date(now - HOUR)), time(about.until ?? new Date(now + 24 * HOUR))),
    named(about.name),
    about.publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions)),
  );
  return pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bitString(sign('sha256', body, about.key))));
};
