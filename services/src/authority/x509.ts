// the certificate library’s container asks for it when it is loaded
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { DOCUMENT_SIGNING, SIGNATURES, type SignatureId, statusOf } from '@hearthward/protocol';
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

/** Certificates as this services' authority makes them: algorithms of the registry, extensions by profile (RFC 5280). */
cryptoProvider.set(webcrypto);

export type Certificate = X509Certificate;
type Key = webcrypto.CryptoKey;

export interface Issuer {
  readonly certificate: Certificate;
  readonly key: Key;
  readonly algorithm: SignatureId;
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
    /** signs what people keep (RFC 9336) */
    | { readonly kind: 'documents' }
    | { readonly kind: 'server'; readonly names: readonly string[]; readonly addresses: readonly string[] };
}

// EN 303 645 5.5-1, G044 6.5.1, G045 CR-1-1: keys of the registry's algorithms and no other
export const generateKeys = (algorithm: SignatureId): Promise<webcrypto.CryptoKeyPair> =>
  // key root, initial-authority, operational-authority, service-authority, server, confirmations: whoever calls says which
  webcrypto.subtle.generateKey(SIGNATURES[algorithm].web, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

/** Signs `publicKey` with `issuer`, or with itself where `issuer` is undefined. */
export async function issue(
  profile: Profile,
  publicKey: Key,
  issuer: Issuer | { readonly self: Key; readonly algorithm: SignatureId },
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
    signingAlgorithm: SIGNATURES[issuer.algorithm].web,
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
    case 'documents':
      return [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation, true),
        new ExtendedKeyUsageExtension([DOCUMENT_SIGNING]),
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
  importPublic(certificate.publicKey.rawData, keyAlgorithmOf(certificate));

export const keyAlgorithmOf = ({ publicKey }: Certificate): SignatureId => {
  const algorithm = algorithmOf(publicKey.algorithm);
  if (algorithm === undefined) throw new Error(`no algorithm for a key of ${publicKey.algorithm.name}`);
  return algorithm;
};

/** Keys that a certificate or request holds, by the registry's name; undefined where it has none for them. */
export const algorithmOf = (key: { readonly name: string; readonly namedCurve?: string }): SignatureId | undefined =>
  (Object.keys(SIGNATURES) as SignatureId[]).find((id) => {
    const { name, namedCurve }: { name: string; namedCurve?: string } = SIGNATURES[id].web;
    return name === key.name && namedCurve === key.namedCurve;
  });

const importPublic = (spki: ArrayBuffer, algorithm: SignatureId): Promise<Key> =>
  webcrypto.subtle.importKey('spki', spki, SIGNATURES[algorithm].web, true, ['verify']);

export const pemOf = (certificate: Certificate): string => `${certificate.toString('pem')}\n`;

/** Certificates alone in a CMS envelope (RFC 5652, as RFC 7030 4.1.3 asks), base64 in lines. */
export function certsOnly(certificates: readonly Certificate[]): string {
  const envelope = new X509Certificates([...certificates]).export('raw');
  return `${Buffer.from(envelope).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n`;
}

export type RequestRefusal = 'request-unreadable' | 'algorithm-refused' | 'no-proof-of-possession';
export type ReadRequest =
  | { readonly ok: true; readonly publicKey: Key; readonly algorithm: SignatureId }
  | { readonly ok: false; readonly code: RequestRefusal; readonly because: string };

/**
 * Reads a hostile PKCS#10 request (PEM or DER): its key, and nothing else of it, because the subject is not the
 * requester's to choose. `now`: milliseconds since the epoch, by which the registry says what is refused.
 */
export async function readRequest(request: string | Uint8Array, now: number): Promise<ReadRequest> {
  const csr = parseRequest(request);
  if (!csr) return { ok: false, code: 'request-unreadable', because: 'the body is no PKCS#10 request' };
  try {
    // the library reads the key only when it is asked about it
    const algorithm = algorithmOf(csr.publicKey.algorithm);
    // EN 303 645 5.5-3, G045 CR-1-1: no new key of an algorithm that is refused by now
    if (algorithm === undefined || statusOf('signature', algorithm, now) === 'refused')
      return { ok: false, code: 'algorithm-refused', because: 'keys of this algorithm are not accepted' };
    // RFC 7030 3.4: who asks holds the private key
    if (!(await csr.verify()))
      return { ok: false, code: 'no-proof-of-possession', because: 'the request is not signed with its own key' };
    return { ok: true, publicKey: await importPublic(csr.publicKey.rawData, algorithm), algorithm };
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
