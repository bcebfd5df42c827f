import { request, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { EST_PATHS } from '@hearthward/protocol';
import { unreachable } from '../secrets/remote.ts';
import type { Enrolment } from '../secrets/signer.ts';
import { readCertsOnly } from './certs-only.ts';
import { type ClientTls, connectSecured, servicesRefused } from './secured.ts';
import { commonName, leadsToAnchor, parseCertificates } from './trust.ts';

/** A chain of three P-256 certificates takes some 4 KiB in base64. */
const MAX_ANSWER_BYTES = 64 * 1024;
const ANSWER_WITHIN_MILLIS = 20_000;

/**
 * Enrolment over secure transport (RFC 7030) on bytes that somebody else carries: simpleenroll as the initial
 * identity, simplereenroll as the operational one. Only a certificate of this device, certified by the anchors that the
 * factory put in, is taken.
 */
export const estEnrolment =
  (
    services: () => { readonly url: string; readonly anchors: readonly string[]; readonly deviceId: string },
    options?: ClientTls,
  ): Enrolment =>
  async ({ carrier, csr, as, renewal, now }) => {
    const { url, anchors, deviceId } = services();
    const target = new URL(url);
    const { tls } = await connectSecured({
      carrier,
      target,
      anchors,
      as,
      now: () => now,
      withinMillis: ANSWER_WITHIN_MILLIS,
      ...(options ? { options } : {}),
    });
    tls.setTimeout(ANSWER_WITHIN_MILLIS, () => tls.destroy(new Error('no answer in time')));
    try {
      const path = renewal ? EST_PATHS.simplereenroll : EST_PATHS.simpleenroll;
      const answer = await post(tls, target, path, bodyOf(csr));
      return certificatesIn(answer, anchors, deviceId, new Date(now));
    } finally {
      tls.destroy();
    }
  };

const bodyOf = (csr: string): string => csr.replaceAll(/-----[A-Z ]+-----/g, '').trim();

const post = (tls: TLSSocket, target: URL, path: string, body: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const call = request(
      {
        createConnection: () => tls,
        method: 'POST',
        path,
        headers: {
          host: target.host,
          'content-type': 'application/pkcs10',
          'content-transfer-encoding': 'base64',
          'content-length': Buffer.byteLength(body),
          connection: 'close',
        },
      },
      (answer) => readBounded(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: text }), reject),
    );
    call.once('error', (cause) => reject(unreachable(cause)));
    call.end(body);
  });

const readBounded = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw servicesRefused('an answer that is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
};

const certificatesIn = (
  answer: { readonly status: number; readonly body: string },
  anchors: readonly string[],
  deviceId: string,
  now: Date,
): readonly string[] => {
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
