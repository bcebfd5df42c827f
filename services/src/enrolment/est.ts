import type { TLSSocket } from 'node:tls';
import { EST_PATHS, writeCsrAttributes } from '@hearthward/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../front/log.ts';
import type { Authority } from '../authority/authority.ts';
import type { AlgorithmPolicy } from './algorithms.ts';
import type { EnrolmentWay } from './decide.ts';
import type { Enrolment } from './enrol.ts';
import { certsOnly, readCertificate } from '../authority/x509.ts';

/**
 * Enrolment over secure transport (RFC 7030): CA certificates, first enrolment, renewal. The listener lets in only who has
 * a certificate of our authorities of devices; which certificate may do what is decided here.
 */
export async function estRoutes(
  app: FastifyInstance,
  {
    enrolment,
    algorithms,
    authority,
    log,
  }: {
    enrolment: Enrolment;
    algorithms: Pick<AlgorithmPolicy, 'wanted'>;
    authority: Authority;
    log: Log;
  },
): Promise<void> {
  // RFC 8951 3.1: base64 is the content, whatever a transfer-encoding header says
  // boundary est-request: who has a certificate of our authorities -> readRequest, at most 8192 bytes, else a problem document;
  // services/test/enrolment.test.ts
  app.addContentTypeParser('application/pkcs10', { parseAs: 'string', bodyLimit: 8192 }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
    // RFC 7030 4.2.3: a store that is full or locked now is not for ever
    if (status === 500) reply.header('retry-after', String(FAULT_RETRY_SECONDS));
    if (status === 500) log({ level: 'error', event: 'enrolment-failed', detail: {}, error });
    return problem(reply, status === 500 ? 503 : status, status === 500 ? 'not-stored' : 'request-unreadable');
  });

  app.setNotFoundHandler((_request, reply) => problem(reply, 404, 'not-found'));

  app.get(EST_PATHS.cacerts, (_request, reply) => pkcs7(reply, certsOnly(authority.caCertificates())));
  // RFC 7030 4.5, EN 303 645 5.5-3, G044 6.5.3: which key a device shall make next
  app.get(EST_PATHS.csrattrs, async (_request, reply) =>
    reply
      .header('content-transfer-encoding', 'base64')
      .type('application/csrattrs')
      .send(writeCsrAttributes(await algorithms.wanted())),
  );
  // no boundary: est-request
  app.post(EST_PATHS.simpleenroll, (request, reply) => answer('enrol', request, reply));
  // no boundary: est-request
  app.post(EST_PATHS.simplereenroll, (request, reply) => answer('renew', request, reply));

  async function answer(way: EnrolmentWay, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { body } = request;
    const peer = (request.raw.socket as TLSSocket).getPeerX509Certificate()?.raw;
    // what is no text is refused as a request, but only after the certificate was
    const csr = Buffer.from(typeof body === 'string' ? body : '', 'base64');
    const enrolled = await enrolment.enrol(way, peer, csr);
    // RFC 7030 4.2.3: the certificate, and those that lead from it towards the root
    if (enrolled.ok) return pkcs7(reply, certsOnly(enrolled.issued.chainPem.map(readCertificate)));
    log({ level: 'warn', event: 'enrolment-refused', detail: { code: enrolled.code } });
    // RFC 7030 4.2.3: asked again later, by hand or by itself
    if (enrolled.status === 202) reply.header('retry-after', String(HELD_RETRY_SECONDS));
    return problem(reply, enrolled.status, enrolled.code, enrolled.because);
  }
}

const FAULT_RETRY_SECONDS = 60;
/** a person looks at it in working hours, not in seconds */
const HELD_RETRY_SECONDS = 6 * 3600;

const pkcs7 = (reply: FastifyReply, body: string) =>
  reply.header('content-transfer-encoding', 'base64').type('application/pkcs7-mime; smime-type=certs-only').send(body);

/** RFC 9457 */
const problem = (reply: FastifyReply, status: number, code: string, detail?: string) =>
  reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, code, ...(detail ? { detail } : {}) }));
