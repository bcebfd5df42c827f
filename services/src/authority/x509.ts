// the certificate library’s container asks for it when it is loaded
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509Certificates,
} from '@peculiar/x509';
import type { JsonGeneralName, JsonName } from '@peculiar/x509';

/** Certificates as this services' authority makes them: P-256 or P-384 with ECDSA, extensions by profile (RFC 5280). */
cryptoProvider.set(webcrypto);

export type Certificate = X509Certificate;
export type Curve = 'P-256' | 'P-384';
type Key = webcrypto.CryptoKey;

export interface Issuer {
  readonly certificate: Certificate;
  readonly key: Key;
  readonly curve: Curve;
}

export interface Profile {
  readonly subject: JsonName;
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** where the list of what this issuer took back is published */
  readonly crlUrl?: string;
  /** `ca`: signs certificates and no further authority below `depth`; else an end entity for these uses */
  readonly use:
    | { readonly kind: 'ca'; readonly depth: number }
    | { readonly kind: 'client' }
    | { readonly kind: 'server'; readonly names: readonly string[]; readonly addresses: readonly string[] };
}

// EN 303 645 5.5-1, G044 6.5.1, G045 CR-1-1: curves and hash of NIST SP 800-57 for use beyond 2030
export const generateKeys = (curve: Curve): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, ['sign', 'verify']);

/** Signs `publicKey` with `issuer`, or with itself where `issuer` is undefined. */
export async function issue(
  profile: Profile,
  publicKey: Key,
  issuer: Issuer | { readonly self: Key; readonly curve: Curve },
): Promise<Certificate> {
  const subject = [...profile.subject];
  const own = 'self' in issuer;
  return X509CertificateGenerator.create({
    serialNumber: profile.serial,
    subject,
    issuer: own ? subject : issuer.certificate.subject,
    notBefore: new Date(profile.notBefore),
    notAfter: new Date(profile.notAfter),
    publicKey: publicKey,
    signingKey: own ? issuer.self : issuer.key,
    signingAlgorithm: { name: 'ECDSA', hash: issuer.curve === 'P-384' ? 'SHA-384' : 'SHA-256' },
    extensions: [
      ...usage(profile.use),
      ...(profile.crlUrl === undefined ? [] : [new CRLDistributionPointsExtension([profile.crlUrl])]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(own ? publicKey : issuer.certificate.publicKey),
    ],
  });
}

function usage(use: Profile['use']) {
  switch (use.kind) {
    case 'ca':
      return [
        new BasicConstraintsExtension(true, use.depth, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ];
    case 'client':
      return [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      ];
    case 'server':
      return [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          ...use.names.map((value): JsonGeneralName => ({ type: 'dns', value })),
          ...use.addresses.map((value): JsonGeneralName => ({ type: 'ip', value })),
        ]),
      ];
  }
}

export const readCertificate = (pem: string | Uint8Array): Certificate => new X509Certificate(pem);

export const publicKeyOf = (certificate: Certificate): Promise<Key> =>
  importPublic(
    certificate.publicKey.rawData,
    (certificate.publicKey.algorithm as { namedCurve?: string }).namedCurve ?? 'P-256',
  );

const importPublic = (spki: ArrayBuffer, namedCurve: string): Promise<Key> =>
  webcrypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve }, true, ['verify']);

export const pemOf = (certificate: Certificate): string => `${certificate.toString('pem')}\n`;

/** Certificates alone in a CMS envelope (RFC 5652, as RFC 7030 4.1.3 asks), base64 in lines. */
export function certsOnly(certificates: readonly Certificate[]): string {
  const envelope = new X509Certificates([...certificates]).export('raw');
  return `${Buffer.from(envelope).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n`;
}

export type RequestRefusal = 'request-unreadable' | 'key-not-p256' | 'no-proof-of-possession';
export type ReadRequest =
  | { readonly ok: true; readonly publicKey: Key }
  | { readonly ok: false; readonly code: RequestRefusal; readonly because: string };

/**
 * Reads a hostile PKCS#10 request (PEM or DER): its key, and nothing else of it, because the subject is not the
 * requester's to choose.
 */
export async function readRequest(request: string | Uint8Array): Promise<ReadRequest> {
  const csr = parseRequest(request);
  if (!csr) return { ok: false, code: 'request-unreadable', because: 'the body is no PKCS#10 request' };
  const algorithm = csr.publicKey.algorithm as { name?: string; namedCurve?: string };
  if (algorithm.name !== 'ECDSA' || algorithm.namedCurve !== 'P-256')
    return { ok: false, code: 'key-not-p256', because: 'the key must be on the curve P-256' };
  try {
    // RFC 7030 3.4: who asks holds the private key
    if (!(await csr.verify()))
      return { ok: false, code: 'no-proof-of-possession', because: 'the request is not signed with its own key' };
    return { ok: true, publicKey: await importPublic(csr.publicKey.rawData, 'P-256') };
  } catch {
    return { ok: false, code: 'request-unreadable', because: 'the key or the signature of the request is malformed' };
  }
}

function parseRequest(request: string | Uint8Array): Pkcs10CertificateRequest | undefined {
  try {
    return new Pkcs10CertificateRequest(request);
  } catch {
    return undefined;
  }
}

/** Whether `issuer` signed `certificate`; says nothing of time or revocation. */
export async function signedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (certificate.issuer !== issuer.subject) return false;
  return certificate.verify({ publicKey: issuer.publicKey, signatureOnly: true });
}
