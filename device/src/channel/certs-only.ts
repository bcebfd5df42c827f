import { X509Certificate } from 'node:crypto';
import { der } from '@hearthward/protocol';

const { elements, inside } = der;

/** Hostile input: a certs-only PKCS#7 (RFC 7030, 4.1.3; RFC 5652, 5.1) from the network. */

const SEQUENCE = 0x30;
const OBJECT_ID = 0x06;
const CONTEXT_0 = 0xa0;
/** 1.2.840.113549.1.7.2, signedData */
const SIGNED_DATA = Buffer.from('2a864886f70d010702', 'hex');
/** roots, their links in both directions and authorities, over a few roll-overs */
const MAX_CERTIFICATES = 24;

/** Certificates in the order that they have in the answer; undefined where it is not a certs-only message. */
export const readCertsOnly = (message: Buffer): readonly X509Certificate[] | undefined => {
  const content = inside(message, SEQUENCE);
  const [type, wrapped] = content ?? [];
  if (type?.tag !== OBJECT_ID || !type.body.equals(SIGNED_DATA) || wrapped?.tag !== CONTEXT_0) return undefined;
  const certificates = inside(wrapped.body, SEQUENCE)?.find((element) => element.tag === CONTEXT_0);
  const each = certificates && elements(certificates.body);
  if (!each || each.length === 0 || each.length > MAX_CERTIFICATES) return undefined;
  try {
    return each.map((element) => new X509Certificate(element.whole));
  } catch {
    // OpenSSL refuses what is not a certificate with one of many codes; all of them mean the same here.
    return undefined;
  }
};
