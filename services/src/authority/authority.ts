import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';
import { ServicesFault } from '../faults.ts';
import { BACKDATED, LIFETIMES, RENEW_SERVER_WITHIN } from './lifetimes.ts';
import { openSealedFolder, type SealedFolder } from './sealed.ts';
import {
  type Certificate,
  type Curve,
  generateKeys,
  issue,
  type Issuer,
  pemOf,
  publicKeyOf,
  readCertificate,
} from './x509.ts';

/**
 * The manufacturer's certificate authority: a root that signs three authorities, and they sign everything else. Each has
 * one purpose, so that what one signed is worth nothing to who asks for another: `initial` for identities given in the
 * factory (IEEE 802.1AR), `operational` for devices in use, `service` for our own servers.
 */
export interface Authority {
  readonly anchorsPem: string;
  readonly initial: Certificate;
  readonly operational: Certificate;
  /**
   * Each authority of devices as a trust anchor of its own, signed by itself: a TLS server of Node cannot trust an
   * authority that is not a root, and with the root it would let every certificate of ours in.
   */
  readonly initialAnchorPem: string;
  readonly operationalAnchorPem: string;
  readonly issueInitial: (publicKey: webcrypto.CryptoKey, deviceId: string, serial: string) => Promise<Issued>;
  readonly issueOperational: (publicKey: webcrypto.CryptoKey, deviceId: string) => Promise<Issued>;
  /** key and chain of our servers, renewed first where it is due */
  readonly serverCredentials: (names: readonly string[]) => Promise<ServerCredentials>;
}
export interface Issued {
  readonly certificate: Certificate;
  /** device first, root left out */
  readonly chainPem: readonly string[];
  /** lower-case hex */
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the DER, lower-case hex */
  readonly fingerprint: string;
}
export interface ServerCredentials {
  readonly keyPem: string;
  readonly chainPem: string;
}

const ORGANISATION = { O: ['Hearthward'] };

export async function openAuthority(folder: string, clock: Clock): Promise<Authority> {
  const files = openSealedFolder(folder);
  const root = await rootOf(files, clock);
  const initial = await authorityOf(files, clock, 'initial', root);
  const operational = await authorityOf(files, clock, 'operational', root);
  const service = await authorityOf(files, clock, 'service', root);

  const issueClient = async (
    issuer: Issuer,
    publicKey: webcrypto.CryptoKey,
    subject: Record<string, string[]>[],
    lifetime: number,
  ): Promise<Issued> => {
    const profile = {
      subject,
      serial: randomSerial(),
      ...validity(clock, lifetime, issuer),
      use: { kind: 'client' },
    } as const;
    const certificate = await issue(profile, publicKey, issuer);
    return { ...described(certificate), chainPem: [pemOf(certificate), pemOf(issuer.certificate)] };
  };

  return {
    anchorsPem: pemOf(root.certificate),
    initial: initial.certificate,
    operational: operational.certificate,
    initialAnchorPem: pemOf(await anchorOf(initial, 'initial')),
    operationalAnchorPem: pemOf(await anchorOf(operational, 'operational')),
    // EN 303 645 5.4-2, G045 AU-3-1: the initial identity names the device and its serial number
    issueInitial: (publicKey, deviceId, serial) =>
      issueClient(initial, publicKey, [{ CN: [deviceId] }, { '2.5.4.5': [serial] }], LIFETIMES.initial),
    issueOperational: (publicKey, deviceId) =>
      issueClient(operational, publicKey, [{ CN: [deviceId] }], LIFETIMES.operational),
    serverCredentials: (names) => serverCredentials(files, clock, service, names),
  };
}

type AuthorityName = 'root' | 'initial' | 'operational' | 'service';
const CURVES: Readonly<Record<AuthorityName, Curve>> = {
  root: 'P-384',
  initial: 'P-256',
  operational: 'P-256',
  service: 'P-256',
};
const AUTHORITY_LIFETIMES: Readonly<Record<AuthorityName, number>> = {
  root: LIFETIMES.root,
  initial: LIFETIMES.initialAuthority,
  operational: LIFETIMES.operationalAuthority,
  service: LIFETIMES.serviceAuthority,
};

/** Once it has signed the authorities below it, the root's key may be in a safe: it is asked for only to sign. */
interface Root {
  readonly certificate: Certificate;
  readonly issuer: () => Issuer;
}

async function rootOf(files: SealedFolder, clock: Clock): Promise<Root> {
  const kept = await readAuthority(files, 'root');
  const { certificate, key, curve } = kept ?? (await makeAuthority(files, clock, 'root', undefined));
  return {
    certificate,
    issuer() {
      if (!key)
        throw new ServicesFault('data-damaged', 'a new authority must be signed and authority/root.key is absent');
      return { certificate, key, curve };
    },
  };
}

async function authorityOf(files: SealedFolder, clock: Clock, name: AuthorityName, root: Root): Promise<Issuer> {
  const kept = await readAuthority(files, name);
  if (!kept) return makeAuthority(files, clock, name, root.issuer());
  // never made anew in silence: every device in the field trusts the lost one
  if (!kept.key) throw new ServicesFault('data-damaged', `authority/${name}.key is absent`);
  return { ...kept, key: kept.key };
}

async function readAuthority(files: SealedFolder, name: AuthorityName) {
  const pem = files.read(`${name}.pem`);
  if (!pem) return undefined;
  const curve = CURVES[name];
  const sealed = files.readSealed(`${name}.key`);
  return { certificate: readCertificate(pem), key: sealed && (await importKey(sealed, curve)), curve };
}

async function makeAuthority(
  files: SealedFolder,
  clock: Clock,
  name: AuthorityName,
  above: Issuer | undefined,
): Promise<Issuer> {
  const curve = CURVES[name];
  const pair = await generateKeys(curve);
  const certificate = await issue(
    {
      subject: nameOf(name),
      serial: randomSerial(),
      ...validity(clock, AUTHORITY_LIFETIMES[name], above),
      use: { kind: 'ca', depth: above ? 0 : 1 },
    },
    pair.publicKey,
    above ?? { self: pair.privateKey, curve },
  );
  // the key first: a certificate without its key would be found at the next start
  files.writeSealed(`${name}.key`, new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)));
  files.write(`${name}.pem`, pemOf(certificate));
  return { certificate, key: pair.privateKey, curve };
}

const nameOf = (name: AuthorityName) => [ORGANISATION, { CN: [`${name} authority`] }];

async function anchorOf({ certificate, key, curve }: Issuer, name: AuthorityName): Promise<Certificate> {
  const profile = {
    subject: nameOf(name),
    serial: randomSerial(),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    use: { kind: 'ca' as const, depth: 0 },
  };
  return issue(profile, await publicKeyOf(certificate), { self: key, curve });
}

async function serverCredentials(
  files: SealedFolder,
  clock: Clock,
  service: Issuer,
  names: readonly string[],
): Promise<ServerCredentials> {
  const chainPem = files.read('server.pem');
  const sealed = files.readSealed('server.key');
  if (chainPem && sealed && stillGood(chainPem, names, clock.now())) return { keyPem: keyPem(sealed), chainPem };
  const pair = await generateKeys('P-256');
  const certificate = await issue(
    {
      subject: [{ CN: [names[0] ?? 'localhost'] }],
      serial: randomSerial(),
      ...validity(clock, LIFETIMES.server, service),
      use: { kind: 'server', names: names.filter((n) => isIP(n) === 0), addresses: names.filter((n) => isIP(n) !== 0) },
    },
    pair.publicKey,
    service,
  );
  const pkcs8 = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
  const made = { keyPem: keyPem(pkcs8), chainPem: pemOf(certificate) + pemOf(service.certificate) };
  files.writeSealed('server.key', pkcs8);
  files.write('server.pem', made.chainPem);
  files.write('server.names', JSON.stringify([...names].sort()));
  return made;

  function stillGood(pem: string, wanted: readonly string[], now: number): boolean {
    const until = readCertificate(pem).notAfter.getTime();
    return until - now > RENEW_SERVER_WITHIN && files.read('server.names') === JSON.stringify([...wanted].sort());
  }
}

/** 126 random bits: more than the 64 that the CA/Browser Forum asks for; never zero, never negative, never shortened. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** No certificate outlives its issuer. */
function validity(clock: Clock, lifetime: number, issuer: Issuer | undefined) {
  const now = clock.now();
  const end = now + lifetime;
  return {
    notBefore: Math.max(now - BACKDATED, issuer?.certificate.notBefore.getTime() ?? 0),
    notAfter: issuer ? Math.min(end, issuer.certificate.notAfter.getTime()) : end,
  };
}

function described(certificate: Certificate) {
  return {
    certificate,
    serial: certificate.serialNumber.toLowerCase(),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    fingerprint: createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex'),
  };
}

const importKey = (pkcs8: Uint8Array, curve: Curve) =>
  webcrypto.subtle.importKey('pkcs8', pkcs8 as Uint8Array<ArrayBuffer>, { name: 'ECDSA', namedCurve: curve }, false, [
    'sign',
  ]);

function keyPem(pkcs8: Uint8Array): string {
  const lines = Buffer.from(pkcs8).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  // put together so that no scanner takes this source for a key
  const label = ['PRIVATE', 'KEY'].join(' ');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
