import type { X509Certificate } from 'node:crypto';
import { EST_PATHS, readCsrAttributes } from '@hearthward/protocol';
import { DeviceFault } from '../driver/faults.ts';
import type { Enrolment } from '../secrets/signer.ts';
import { learnAnchors, type LearnAnchors } from './anchors.ts';
import { readCertsOnly } from './certs-only.ts';
import { type Answer, askOver, type Content, OneConnection } from './one-connection.ts';
import { type ClientTls, connectSecured, servicesRefused } from './secured.ts';
import { commonName, leadsToAnchor, parseCertificates } from './trust.ts';

/** A chain of three P-256 certificates takes some 4 KiB in base64. */
const MAX_ANSWER_BYTES = 64 * 1024;
const ANSWER_WITHIN_MILLIS = 20_000;

export interface EnrolmentParts {
  readonly clientTls?: ClientTls | undefined;
  readonly anchors?: LearnAnchors | undefined;
  readonly csrAttributes?: typeof readCsrAttributes | undefined;
}

/**
 * Enrolment over secure transport (RFC 7030) on bytes that somebody else carries: simpleenroll as the initial
 * identity, simplereenroll as the operational one. Only a certificate of this device, certified by the anchors that the
 * factory put in, or by roots that these have led to since, is taken.
 */
export const estEnrolment =
  (services: () => { readonly url: string; readonly deviceId: string }, parts: EnrolmentParts = {}): Enrolment =>
  async ({ carrier, request: certificationRequest, as, renewal, anchors, now }) => {
    const { url, deviceId } = services();
    const target = new URL(url);
    const { tls } = await connectSecured({
      carrier,
      target,
      anchors,
      as,
      now: () => now,
      withinMillis: ANSWER_WITHIN_MILLIS,
      ...(parts.clientTls ? { options: parts.clientTls } : {}),
    });
    tls.setTimeout(ANSWER_WITHIN_MILLIS, () => tls.destroy(new Error('no answer in time')));
    const one = new OneConnection(tls);
    try {
      // Only here, over a connection that old roots vouched for, are new ones learnt.
      const shown = await askOver(one, target, EST_PATHS.cacerts, MAX_ANSWER_BYTES);
      const learnt = (parts.anchors ?? learnAnchors)(
        parseCertificates(anchors),
        certificatesShown(shown),
        new Date(now),
      );
      // RFC 7030, 4.5.2: an answer other than 200 asks for nothing in particular, and so does one that cannot be read
      const wishes = await askOver(one, target, EST_PATHS.csrattrs, MAX_ANSWER_BYTES);
      // boundary csr-attributes: the services, whoever speaks in their name -> readCsrAttributes, at most MAX_ANSWER_BYTES, else asks for nothing;
      // protocol/test/csr-attributes.test.ts
      const wanted = (wishes.status === 200 && (parts.csrAttributes ?? readCsrAttributes)(wishes.body)) || {};
      const path = renewal ? EST_PATHS.simplereenroll : EST_PATHS.simpleenroll;
      const answer = await askOver(one, target, path, MAX_ANSWER_BYTES, pkcs10(certificationRequest(wanted)));
      return { certificates: certificatesIn(answer, learnt.anchors, deviceId, new Date(now)), anchors: learnt };
    } finally {
      tls.destroy();
    }
  };

const pkcs10 = (csr: string): Content => ({
  headers: { 'content-type': 'application/pkcs10', 'content-transfer-encoding': 'base64' },
  body: csr.replaceAll(/-----[A-Z ]+-----/g, '').trim(),
});

/** Services that show no roots teach none; that is no reason to go without a certificate. */
// boundary est-answer: the services, whoever speaks in their name -> readCertsOnly, at most MAX_ANSWER_BYTES, else services-refused;
// device/test/channel/anchors.test.ts, device/test/channel/channel.test.ts
const certificatesShown = ({ status, body }: Answer): readonly X509Certificate[] =>
  status === 200 ? (readCertsOnly(Buffer.from(body, 'base64')) ?? []) : [];

const certificatesIn = (answer: Answer, anchors: readonly string[], deviceId: string, now: Date): readonly string[] => {
  if (answer.status === 202) throw held();
  if (answer.status !== 200) throw servicesRefused(`status ${answer.status}`);
  const found = readCertsOnly(Buffer.from(answer.body, 'base64'));
  const own = found?.find((each) => !each.ca);
  if (!found || !own) throw servicesRefused('no certificate');
  const chain = [own, ...found.filter((each) => each !== own)];
  if (commonName(own) !== deviceId) throw servicesRefused('a certificate of another device');
  if (!leadsToAnchor(chain, parseCertificates(anchors), now))
    throw servicesRefused('a certificate that the anchors do not vouch for');
  return chain.map((each) => each.toString());
};

const held = (): DeviceFault =>
  new DeviceFault(
    'enrolment-held',
    'The manufacturer looks at this device before it is let in',
    'The device works at home meanwhile and asks again by itself; ask the manufacturer if it stays.',
  );
