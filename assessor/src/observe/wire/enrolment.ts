import { generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import type { CertificateFacts, EnrolmentProbe, Renewal } from '../../enrolment.ts';
import type { ClientKind, HttpProbe, Reached } from '../../model.ts';
import { keyFactsOf } from './key-facts.ts';
import { bits, der, ECDSA_WITH_SHA256, elements, pem, sequence } from './der.ts';
import { unreachable, type Hand } from './hand.ts';
import { shownBy } from './trust.ts';

/**
 * A client of enrolment over secure transport (RFC 7030), as a device is one: it makes a key, asks with the certificate
 * that it has, and goes on with the one that it gets. The key never leaves this room; answers are hostile input.
 */
export function createEnrolment(hand: Hand, http: HttpProbe): EnrolmentProbe {
  const authorities = async (service: string, client: ClientKind): Promise<Reached<readonly X509Certificate[]>> => {
    const reached = await http.request(service, { method: 'GET', path: CACERTS, client });
    if (!reached.ok) return reached;
    return { ok: true, answer: reached.answer.status === 200 ? certificatesIn(reached.answer.body) : [] };
  };
  return {
    shown: (client) => {
      const identity = shownBy(hand, client);
      const certificate = identity && readCertificate(identity.certificate);
      return certificate && factsOf(certificate);
    },
    authorities: async (service, client) => {
      const told = await authorities(service, client);
      return told.ok ? { ok: true, answer: told.answer.length } : told;
    },
    certificates: async (service, client) => {
      const told = await authorities(service, client);
      return told.ok ? { ok: true, answer: told.answer.map(factsOf) } : told;
    },
    renew: async (service, { client, nameOf = client }) => {
      const [shown, named] = [client, nameOf].map((each) => shownBy(hand, each));
      const name = named && subjectOf(named.certificate);
      if (shown === undefined || name === undefined || hand.renewable === undefined)
        return unreachable('protocol', 'the target file gives no certificate that can be renewed');
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const body = requestFor(name, privateKey, publicKey).toString('base64');
      const headers = { 'content-type': 'application/pkcs10', 'content-transfer-encoding': 'base64' };
      const reached = await http.request(service, { method: 'POST', path: SIMPLEREENROLL, client, headers, body });
      if (!reached.ok) return reached;
      const { status, blob } = reached.answer;
      const issued = status === 200 ? certificatesIn(reached.answer.body) : [];
      const own = issued.find((each) => each.checkPrivateKey(privateKey));
      if (own === undefined) return { ok: true, answer: { status, chain: false, blob } satisfies Renewal };
      // Before anything else is asked: the one shown may have ended by now.
      const chain = [own, ...issued.filter((each) => each !== own && !isRoot(each))];
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
      hand.renewable.replace({ certificate: chain.map((each) => each.toString()).join(''), key });
      const told = await authorities(service, 'for-renewal');
      const known = [...issued, ...(told.ok ? told.answer : [])];
      return { ok: true, answer: { status, certificate: factsOf(own), chain: leadsToARoot(own, known), blob } };
    },
  };
}

/** RFC 7030, 3.2.2 */
const CACERTS = '/.well-known/est/cacerts';
const SIMPLEREENROLL = '/.well-known/est/simplereenroll';

/** PKCS#10 (RFC 2986) without attributes. */
function requestFor(name: Uint8Array, privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const info = sequence(der(0x02, Buffer.from([0])), name, spki, der(0xa0, Buffer.alloc(0)));
  return sequence(info, sequence(ECDSA_WITH_SHA256), bits(sign('sha256', info, privateKey)));
}

/** The name as it is encoded: RFC 7030 4.2.2 wants the same one. */
function subjectOf(certificate: string): Buffer | undefined {
  const whole = elements(readCertificate(certificate)?.raw ?? Buffer.alloc(0))?.[0];
  const body = whole && elements(whole.content)?.[0];
  const fields = body && elements(body.content)?.filter((each) => each.tag !== 0xa0);
  // serial number, algorithm, issuer, validity, subject (RFC 5280, 4.1)
  return fields?.[4]?.whole;
}

/** Of a certs-only message (RFC 5652, 5.1), in the order told; none where it is not one. */
export function certificatesIn(base64: string): readonly X509Certificate[] {
  const message = elements(Buffer.from(base64, 'base64'))?.[0];
  const wrapped = message && elements(message.content)?.find((each) => each.tag === 0xa0);
  const signed = wrapped && elements(wrapped.content)?.[0];
  const certificates = signed && elements(signed.content)?.find((each) => each.tag === 0xa0);
  const each = (certificates && elements(certificates.content)) ?? [];
  return each.flatMap(({ whole }) => readCertificate(pem('CERTIFICATE', whole)) ?? []);
}

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

const isRoot = (each: X509Certificate): boolean => each.checkIssued(each) && each.verify(each.publicKey);

const LONGEST_CHAIN = 8;
function leadsToARoot(own: X509Certificate, known: readonly X509Certificate[]): boolean {
  let at = own;
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    if (isRoot(at)) return at !== own;
    const issuer = known.find((each) => at.checkIssued(each) && at.verify(each.publicKey));
    if (issuer === undefined) return false;
    at = issuer;
  }
  return false;
}

const factsOf = (certificate: X509Certificate): CertificateFacts => ({
  subject: certificate.subject.split('\n').join(', '),
  serialNumber: certificate.serialNumber.toLowerCase(),
  ...keyFactsOf(certificate),
  validFrom: certificate.validFromDate.toISOString(),
  validTo: certificate.validToDate.toISOString(),
});
