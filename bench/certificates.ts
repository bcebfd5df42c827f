import 'reflect-metadata';
import { generateKeyPairSync, sign, verify, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import declaration from '@hearthward/example-hub';
import { EST_PATHS, type FactoryBundle } from '@hearthward/protocol';
import { startServices, type Services } from '@hearthward/services';
import { Pkcs10CertificateRequestGenerator, X509Certificates } from '@peculiar/x509';
import type { Measured } from './measured.ts';

/**
 * Operational certificates a second over EST (RFC 7030), client and services in this one process: issued on a connection
 * that is kept, renewed on a new mutually authenticated connection each, as devices do. The promise is 50 a second on one
 * core; the yardstick is bare ECDSA P-256, one signature made and one checked.
 */
export const certificates = async (): Promise<readonly Measured[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-certificates-'));
  const any = { address: '127.0.0.1', port: 0 };
  const services = await startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: any, enrolment: any, mqtts: any },
  });
  try {
    const lanes = await Promise.all(Array.from({ length: LANES }, (_, n) => openLane(services, n)));
    await Promise.all(lanes.map(({ issue }) => issue(WARM)));
    const issued = await perSecond(LANES * EACH, () => Promise.all(lanes.map(({ issue }) => issue(EACH))));
    const renewed = await perSecond(LANES * EACH, () => Promise.all(lanes.map(({ renew }) => renew(EACH))));
    const bare = await bareSignatures();
    const beside = { unit: '/s', yardstick: 'bare ECDSA P-256 signed and checked', yardstickValue: bare };
    return [
      { what: 'certificates issued', value: issued, ...beside },
      { what: 'certificates renewed', value: renewed, ...beside },
    ];
  } finally {
    await services.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** devices that ask at once; each waits for its answer before it asks again */
const LANES = 8;
const EACH = 25;
const WARM = 2;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return count / ((performance.now() - began) / 1000);
}

function bareSignatures(): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = Buffer.alloc(600, 7);
  return perSecond(SIGNATURES, async () => {
    for (let n = 0; n < SIGNATURES; n++)
      if (!verify('sha256', message, publicKey, sign('sha256', message, privateKey))) throw new Error('not verified');
  });
}
const SIGNATURES = 2_000;

/** One device: its requests are made beforehand, since making keys is its own work. */
async function openLane(services: Services, lane: number) {
  const initial = await makeUnit(services, lane);
  const wanted = await Promise.all(Array.from({ length: WARM + 2 * EACH }, () => makeRequest('bench')));
  const kept = new Agent({ keepAlive: true, maxSockets: 1, ca: services.anchorsPem, ...initial });
  let identity = initial;
  let next = 0;
  const ask = async (path: string, tls: object): Promise<void> => {
    const { csr, key } = wanted[next++] ?? { csr: '', key: '' };
    identity = { key, cert: chainIn(await answerTo(services, path, csr, tls)) };
  };
  return {
    issue: async (count: number) => {
      for (let n = 0; n < count; n++) await ask(EST_PATHS.simpleenroll, { agent: kept });
    },
    renew: async (count: number) => {
      kept.destroy();
      for (let n = 0; n < count; n++)
        await ask(EST_PATHS.simplereenroll, { agent: false, ca: services.anchorsPem, ...identity });
    },
  };
}

interface Requested {
  readonly csr: string;
  readonly pem: string;
  readonly key: string;
}
async function makeRequest(name: string): Promise<Requested> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: `CN=${name}`, keys: keys as never, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } },
    webcrypto,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const label = ['PRIVATE', 'KEY'].join(' ');
  return {
    csr: Buffer.from(request.rawData).toString('base64'),
    pem: request.toString('pem'),
    key: `-----BEGIN ${label}-----\n${der.replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`,
  };
}

async function makeUnit(services: Services, lane: number): Promise<{ readonly key: string; readonly cert: string }> {
  const identity = await makeRequest('bench');
  const made = await services.factory.makeDevice(
    {
      v: 1,
      productId: declaration.product.id,
      serial: `BENCH000000000${lane}`,
      mac: `02:00:00:00:00:0${lane}`,
      csr: identity.pem,
      panelCertificate: services.anchorsPem,
    },
    { operator: 'bench', batch: 'bench' },
  );
  if (!made.ok) throw new Error(`the factory refused: ${made.because}`);
  const bundle: FactoryBundle = made.bundle;
  return { key: identity.key, cert: bundle.initialIdentity.join('\n') };
}

/** The answer's certificates, base64 (RFC 8951, 3.2). */
const answerTo = (services: Services, path: string, csr: string, tls: object): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request(
      new URL(path, services.enrolment),
      { method: 'POST', headers: { 'content-type': 'application/pkcs10', 'content-length': csr.length }, ...tls },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.once('error', reject);
        answer.once('end', () => {
          if (answer.statusCode === 200) resolve(Buffer.concat(parts).toString('latin1'));
          else reject(new Error(`${path}: status ${answer.statusCode} ${Buffer.concat(parts).toString()}`));
        });
      },
    );
    call.once('error', reject);
    call.end(csr);
  });

const chainIn = (base64: string): string =>
  [...new X509Certificates(new Uint8Array(Buffer.from(base64, 'base64')))]
    .sort((a, b) => Number(a.subject.includes('authority')) - Number(b.subject.includes('authority')))
    .map((each) => each.toString('pem'))
    .join('\n');
