import { createPublicKey, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { der, SIGNATURES, signatureOf } from '@hearthward/protocol';

const {
  bitString,
  boolean,
  context,
  contextPrimitive,
  integer,
  octets,
  oid,
  pem,
  printable,
  sequence,
  setOf,
  time,
  utf8,
} = der;

/** Names of a subject, by attribute. */
export type Subject = Readonly<Partial<Record<'CN' | 'serialNumber', string>>>;

const ATTRIBUTES = {
  CN: { id: '2.5.4.3', text: utf8 },
  serialNumber: { id: '2.5.4.5', text: printable },
} as const;

/** PKCS#10 (RFC 2986), PEM: shows possession of the key, with the signature algorithm that its kind is for. */
export const certificationRequest = (privateKey: KeyObject, subject: Subject): string => {
  const info = sequence(integer(Buffer.of(0)), nameOf(subject), publicKeyInfo(privateKey), context(0));
  return pem('CERTIFICATE REQUEST', sequence(info, signatureName(privateKey), bitString(signed(privateKey, info))));
};

/** SHA-256 of a certificate (PEM), lower-case hex, as labels have it. */
export const fingerprintOf = (certificate: string): string =>
  new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();

/** The panel's own certificate, PEM: a server certificate that vouches for itself; people compare its fingerprint with the label. */
export const selfSignedCertificate = (
  privateKey: KeyObject,
  about: { readonly subject: Subject; readonly names: readonly string[]; readonly from: Date; readonly until: Date },
): string => {
  // no key: the number of a certificate
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f;
  const name = nameOf(about.subject);
  const algorithm = signatureName(privateKey);
  const body = sequence(
    context(0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    name,
    sequence(time(about.from), time(about.until)),
    name,
    publicKeyInfo(privateKey),
    context(3, sequence(...extensions(about.names))),
  );
  return pem('CERTIFICATE', sequence(body, algorithm, bitString(signed(privateKey, body))));
};

const extensions = (names: readonly string[]): readonly Buffer[] => [
  // basicConstraints: not an authority; keyUsage: digitalSignature; extendedKeyUsage: serverAuth; subjectAltName
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, Buffer.of(0x03, 0x02, 0x07, 0x80)),
  extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
  extension('2.5.29.17', false, sequence(...names.map((name) => contextPrimitive(2, Buffer.from(name, 'ascii'))))),
];

const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

const nameOf = (subject: Subject): Buffer =>
  sequence(
    ...(Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[]).flatMap((attribute) => {
      const value = subject[attribute];
      const { id, text } = ATTRIBUTES[attribute];
      return value === undefined ? [] : [setOf(sequence(oid(id), text(value)))];
    }),
  );

const publicKeyInfo = (privateKey: KeyObject): Buffer =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'der' });

const signed = (privateKey: KeyObject, bytes: Uint8Array): Buffer =>
  sign(algorithmOf(privateKey).digest, bytes, privateKey);

/** AlgorithmIdentifier without parameters, as RFC 5758 and RFC 8410 have it. */
const signatureName = (key: KeyObject): Buffer => sequence(oid(algorithmOf(key).oids.signature));

const algorithmOf = (key: KeyObject) => {
  const id = signatureOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  if (id === undefined) throw new Error(`no signature algorithm for a key of type ${key.asymmetricKeyType}`);
  return SIGNATURES[id];
};
