import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import { EST_PATHS, type FactoryBundle, type IdentityRequest, type Label } from '@hearthward/protocol';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { issue } from '../src/authority/x509.ts';
import { Pkcs10CertificateRequestGenerator, X509Certificates } from '@peculiar/x509';
import type { Clock } from '../src/clock.ts';
import { type Listen, type Services, startServices } from '../src/server.ts';
import { declarationOf } from './declaration.ts';

/** A running instance in a folder of its own, and devices as they would behave. */
export interface TestBench {
  readonly services: Services;
  readonly dataDir: string;
  readonly clock: TestClock;
  readonly end: () => Promise<void>;
}
export interface TestClock extends Clock {
  advance: (millis: number) => void;
}

/**
 * Real time plus what a test adds. TLS checks certificates against real time and refuses one that is not yet good: a test
 * that lets days pass and enrols after them begins as many days `behind`.
 */
export function testClock(behind = 0): TestClock {
  const start = Date.now() - behind * 86_400_000;
  let added = 0;
  return { now: () => start + added, advance: (millis) => void (added += millis) };
}

export async function bench(
  declarations: readonly Declaration[] = [declarationOf('hub')],
  behind = 0,
  store?: string,
): Promise<TestBench> {
  const dataDir = await mkdtemp(join(tmpdir(), 'services-'));
  const clock = testClock(behind);
  const any = { address: '127.0.0.1', port: 0 };
  const services = await startServices({
    dataDir,
    declarations,
    listen: { https: any, enrolment: any, mqtts: any },
    clock,
    ...(store === undefined ? {} : { store }),
  });
  return {
    services,
    dataDir,
    clock,
    async end() {
      await services.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Keys {
  readonly pair: webcrypto.CryptoKeyPair;
  readonly keyPem: string;
  readonly csrPem: string;
  readonly csrBase64: string;
}

export async function makeKeys(namedCurve = 'P-256', name = 'CN=anything'): Promise<Keys> {
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys: pair as never,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
  return {
    pair,
    keyPem: pemOf('PRIVATE KEY', pkcs8),
    csrPem: csr.toString('pem'),
    csrBase64: Buffer.from(csr.rawData).toString('base64'),
  };
}

export const pemOf = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;

/** A certificate that nobody but itself signed. */
export async function selfSigned(keys: Keys, name = 'stranger'): Promise<string> {
  const now = Date.now();
  const profile = {
    subject: [{ CN: [name] }],
    serial: `40${randomBytes(8).toString('hex')}`,
    notBefore: now - 60_000,
    notAfter: now + 3_600_000,
    use: { kind: 'client' as const },
  };
  const certificate = await issue(profile, keys.pair.publicKey, {
    self: keys.pair.privateKey,
    algorithm: 'ecdsa-p256-sha256',
  });
  return certificate.toString('pem');
}

export async function identityRequest(keys: Keys, change: Partial<IdentityRequest> = {}): Promise<IdentityRequest> {
  return {
    v: 1,
    productId: 'hub',
    serial: `SN${randomBytes(5).toString('hex').toUpperCase()}`,
    mac: '02:11:22:33:44:55',
    csr: keys.csrPem,
    panelCertificate: await selfSigned(keys, 'panel'),
    ...change,
  };
}

export interface TestDevice {
  readonly initial: Keys;
  readonly bundle: FactoryBundle;
  readonly label: Label;
}

export async function makeDevice(services: Services, change: Partial<IdentityRequest> = {}): Promise<TestDevice> {
  const initial = await makeKeys();
  const made = await services.factory.makeDevice(await identityRequest(initial, change), {
    operator: 'line-1',
    batch: 'b1',
  });
  if (!made.ok) throw new Error(`not made: ${made.code}`);
  return { initial, bundle: made.bundle, label: made.label };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export function call(
  services: Services,
  path: string,
  options: RequestOptions & { readonly body?: string } = {},
  { port }: Listen = services.addresses.https,
): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: '127.0.0.1', port, path, ca: services.anchorsPem, agent: false, ...rest },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

export interface ClientIdentity {
  readonly key: string;
  readonly cert: string;
}
export const initialOf = ({ initial, bundle }: TestDevice): ClientIdentity => ({
  key: initial.keyPem,
  cert: bundle.initialIdentity.join(''),
});

export function requestCertificate(
  services: Services,
  identity: ClientIdentity | undefined,
  csrBase64: string,
  path: string = EST_PATHS.simpleenroll,
): Promise<Answer> {
  const headers = { 'content-type': 'application/pkcs10', 'content-transfer-encoding': 'base64' };
  const options = { method: 'POST', headers, body: csrBase64, ...identity };
  return call(services, path, options, services.addresses.enrolment);
}

/** Enrols and answers the operational identity, device certificate first. */
export async function enrol(services: Services, device: TestDevice): Promise<ClientIdentity> {
  const keys = await makeKeys();
  const answer = await requestCertificate(services, initialOf(device), keys.csrBase64);
  if (answer.status !== 200) throw new Error(`not enrolled: ${answer.body}`);
  return { key: keys.keyPem, cert: chainIn(answer.body) };
}

export function chainIn(base64: string): string {
  const certificates = new X509Certificates(Buffer.from(base64, 'base64'));
  const leafFirst = [...certificates].sort((a, b) => Number(isAuthority(a.subject)) - Number(isAuthority(b.subject)));
  return leafFirst.map((certificate) => `${certificate.toString('pem')}\n`).join('');
}
export const certificatesIn = (base64: string): readonly string[] =>
  [...new X509Certificates(Buffer.from(base64, 'base64'))].map((each) => each.toString('pem'));
const isAuthority = (subject: string) => subject.includes('authority');

export function connectDevice(
  services: Services,
  identity: ClientIdentity | undefined,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const { port } = services.addresses.mqtts;
  return connectAsync(
    `mqtts://127.0.0.1:${port}`,
    {
      ca: services.anchorsPem,
      reconnectPeriod: 0,
      connectTimeout: 5000,
      protocolVersion: 4,
      keepalive: 30,
      ...identity,
      ...options,
    },
    false,
  );
}
