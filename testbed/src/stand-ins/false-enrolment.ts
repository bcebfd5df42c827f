import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import { EST_PATHS } from '@hearthward/protocol';
import {
  Pkcs10CertificateRequest,
  X509CertificateGenerator,
  X509Certificates,
  type X509Certificate,
} from '@peculiar/x509';
import { inPlaceOf } from './impostor.ts';

/** Another enrolment service (RFC 7030) with an authority of its own, as careless as asked. */
export interface FalseAuthority {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: X509Certificate;
}
/** What it answers to a wish for renewal; a refusal where undefined. */
export type Certify = (
  request: Pkcs10CertificateRequest,
  authority: FalseAuthority,
) => Promise<X509Certificate> | undefined;

/** The identity that is renewed is a copy in `dir`: what this service issues is good for nothing else. */
export const enrolmentInPlace = async (target: Target, dir: string, certify: Certify) => {
  const authority = await makeAuthority();
  const server = createServer((request, response) => void answer(request, response, authority, certify));
  const anyone = { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false } as const;
  const placed = await inPlaceOf(target, 'enrolment', anyone, (socket) => void server.emit('connection', socket));
  const { clientIdentity } = placed.target;
  if (clientIdentity?.forRenewal === undefined) return placed;
  const copy = { certificate: join(dir, 'false-renewal.crt'), key: join(dir, 'false-renewal.key') };
  copyFileSync(clientIdentity.forRenewal.certificate, copy.certificate);
  copyFileSync(clientIdentity.forRenewal.key, copy.key);
  return { ...placed, target: { ...placed.target, clientIdentity: { ...clientIdentity, forRenewal: copy } } };
};

export const certifyAnyName: Certify = (request, authority) =>
  X509CertificateGenerator.create(
    {
      ...forAYear(),
      subject: request.subject,
      issuer: authority.certificate.subject,
      publicKey: request.publicKey,
      signingKey: authority.keys.privateKey,
      signingAlgorithm: SIGNING,
    },
    webcrypto,
  );

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  authority: FalseAuthority,
  certify: Certify,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  if (request.url === EST_PATHS.cacerts) return certsOnly(response, [authority.certificate]);
  if (request.url !== EST_PATHS.simplereenroll) return void response.writeHead(404).end();
  const csr = new Pkcs10CertificateRequest(Buffer.concat(parts).toString('latin1'));
  const issued = await certify(csr, authority);
  return issued === undefined ? void response.writeHead(403).end() : certsOnly(response, [issued]);
}

const certsOnly = (response: ServerResponse, certificates: X509Certificate[]): void =>
  void response
    .writeHead(200, { 'content-type': 'application/pkcs7-mime; smime-type=certs-only' })
    .end(new X509Certificates(certificates).export('base64'));

const makeAuthority = async (): Promise<FalseAuthority> => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const wanted = { ...forAYear(), name: 'CN=another authority', keys: keys as never, signingAlgorithm: SIGNING };
  return { keys, certificate: await X509CertificateGenerator.createSelfSigned(wanted, webcrypto) };
};

const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const forAYear = () => ({
  serialNumber: randomBytes(8).toString('hex'),
  notBefore: new Date(Date.now() - 3_600_000),
  notAfter: new Date(Date.now() + 365 * 86_400_000),
});
