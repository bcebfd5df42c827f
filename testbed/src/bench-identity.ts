import 'reflect-metadata';
import { randomInt, webcrypto } from 'node:crypto';
import { request } from 'node:https';
import { EST_PATHS, type FactoryBundle, type IdentityRequest } from '@hearthward/protocol';
import { Pkcs10CertificateRequestGenerator, X509Certificates } from '@peculiar/x509';
import { makeCertificate } from './certificate.ts';

/**
 * An unsold unit on the manufacturer's bench: made by the factory like any other, enrolled like any other, and never a
 * device. With its operational identity an assessor shows that the services let in whom they should.
 */
export interface BenchIdentity {
  /** PEM, device first */
  readonly certificate: string;
  /** PEM, PKCS#8 */
  readonly key: string;
}

/** Asks the factory station; `batch` says that the unit is not for sale. */
export type AskFactory = (wanted: IdentityRequest, batch: string) => Promise<FactoryBundle>;

export const BENCH_BATCH = 'bench';

/** Over the public protocol alone: an identity from the factory, then EST (RFC 7030) with it. @throws EnrolmentRefused */
export const makeBenchIdentity = async (productId: string, askFactory: AskFactory): Promise<BenchIdentity> => {
  const initial = await makeKey('bench');
  const wanted: IdentityRequest = {
    v: 1,
    productId,
    serial: newSerial(),
    mac: newMac(),
    csr: initial.csr.toString('pem'),
    panelCertificate: (await makeCertificate({ name: 'bench' })).cert,
  };
  const bundle = await askFactory(wanted, BENCH_BATCH);
  const operational = await makeKey(bundle.deviceId);
  const answer = await enrol(bundle, initial.key, Buffer.from(operational.csr.rawData).toString('base64'));
  return { certificate: chainIn(answer, bundle.deviceId), key: operational.key };
};

export class EnrolmentRefused extends Error {
  readonly code = 'enrolment-refused';
}

const makeKey = async (name: string) => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const wanted = { name: `CN=${name}`, keys: keys as never, signingAlgorithm };
  const csr = await Pkcs10CertificateRequestGenerator.create(wanted, webcrypto);
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const label = ['PRIVATE', 'KEY'].join(' ');
  return {
    csr,
    key: `-----BEGIN ${label}-----\n${der.replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`,
  };
};

const enrol = (bundle: FactoryBundle, key: string, csr: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Promise((resolve, reject) => {
    const call = request(
      new URL(EST_PATHS.simpleenroll, bundle.services.enrolment),
      {
        method: 'POST',
        agent: false,
        ca: [...bundle.anchors],
        key,
        cert: bundle.initialIdentity.join('\n'),
        headers: { 'content-type': 'application/pkcs10', 'content-length': csr.length },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.once('error', reject);
        answer.once('end', () => {
          if (answer.statusCode === 200)
            resolve(new Uint8Array(Buffer.from(Buffer.concat(parts).toString('latin1'), 'base64')));
          else reject(new EnrolmentRefused(`the services did not enrol the bench unit: status ${answer.statusCode}`));
        });
      },
    );
    call.once('error', reject);
    call.end(csr);
  });

const chainIn = (envelope: Uint8Array<ArrayBuffer>, deviceId: string): string => {
  const certificates = [...new X509Certificates(envelope)];
  const own = certificates.find((one) => one.subject === `CN=${deviceId}`);
  if (!own) throw new EnrolmentRefused('the services answered without a certificate of the bench unit');
  return [own, ...certificates.filter((one) => one !== own)].map((one) => `${one.toString('pem')}\n`).join('');
};

const newSerial = (): string => `BENCH${Array.from({ length: 10 }, () => randomInt(10)).join('')}`;
const newMac = (): string =>
  ['02', ...Array.from({ length: 5 }, () => randomInt(256).toString(16).padStart(2, '0'))].join(':');
