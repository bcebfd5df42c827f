import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { SIGNATURES, type SignatureId } from '@hearthward/protocol';
import { type Clock, iso } from '../clock.ts';
import { ServicesFault } from '../faults.ts';
import { BACKDATED, LIFETIMES } from './lifetimes.ts';
import type { SealedFolder } from './sealed.ts';
import type { NewUse, Uses } from './uses.ts';
import { type Certificate, generateKeys, issue, type Issuer, keyAlgorithmOf, pemOf, readCertificate } from './x509.ts';

/**
 * Every authority has generations: the newest signs, all that live are trusted. Generation 1 lies in `operational.pem`,
 * generation 2 in `operational.2.pem`, its key beside it. A root has links besides (RFC 4210 4.4): `root.2.by-1.pem`, the
 * new root's key signed by the old one, and `root.1.by-2.pem`, the other way about.
 */
export type AuthorityName = 'root' | 'initial' | 'operational' | 'service';

export interface Generation {
  readonly name: AuthorityName;
  readonly number: number;
  readonly certificate: Certificate;
  /** absent where it was taken offline, or lost */
  readonly key: webcrypto.CryptoKey | undefined;
  readonly algorithm: SignatureId;
}
/** Who uses a manufacturer's key, and why: it goes into the log of uses. */
export interface Ceremony {
  readonly who: string;
  readonly why: string;
}
export interface GenerationParts {
  readonly files: SealedFolder;
  readonly uses: Uses;
  readonly clock: Clock;
}

export const labelOf = ({ name, number }: Pick<Generation, 'name' | 'number'>): string => `${name}.${number}`;
export const stemOf = (name: AuthorityName, number: number): string => (number === 1 ? name : `${name}.${number}`);
export const linkFile = (number: number, by: number): string => `root.${number}.by-${by}.pem`;

/** The root outlives the others and is used least: it takes the stronger curve. */
const ALGORITHMS: Readonly<Record<AuthorityName, SignatureId>> = {
  root: 'ecdsa-p384-sha384',
  initial: 'ecdsa-p256-sha256',
  operational: 'ecdsa-p256-sha256',
  service: 'ecdsa-p256-sha256',
};
const AUTHORITY_LIFETIMES: Readonly<Record<AuthorityName, number>> = {
  root: LIFETIMES.root,
  initial: LIFETIMES.initialAuthority,
  operational: LIFETIMES.operationalAuthority,
  service: LIFETIMES.serviceAuthority,
};

/** Newest first; none where the authority was never made. */
export async function readGenerations(files: SealedFolder, name: AuthorityName): Promise<readonly Generation[]> {
  const found: Generation[] = [];
  for (let number = 1; ; number++) {
    const pem = files.read(`${stemOf(name, number)}.pem`);
    if (pem === undefined) return found.reverse();
    const sealed = files.readSealed(`${stemOf(name, number)}.key`);
    const certificate = readCertificate(pem);
    const algorithm = keyAlgorithmOf(certificate);
    found.push({
      name,
      number,
      certificate,
      key: sealed && (await importKey(sealed, algorithm)),
      algorithm,
    });
  }
}

/** A generation that can sign. @throws ServicesFault where its key is not here */
export function signing(generation: Generation): Issuer {
  const { key, certificate, algorithm } = generation;
  if (!key)
    throw new ServicesFault('data-damaged', `authority/${stemOf(generation.name, generation.number)}.key is absent`);
  return { certificate, key, algorithm };
}

/** Makes the next generation, signed by `above`, a root by itself; the log has it before the folder does. */
export async function makeGeneration(
  { files, uses, clock }: GenerationParts,
  name: AuthorityName,
  number: number,
  above: { readonly label: string; readonly issuer: Issuer } | undefined,
  ceremony: Ceremony,
  /** what has to be there before the generation is found */
  before: (made: Generation) => Promise<void> = async () => undefined,
): Promise<Generation> {
  const algorithm = ALGORITHMS[name];
  // key root, initial-authority, operational-authority, service-authority: one for each generation
  const pair = await generateKeys(algorithm);
  const certificate = await issue(
    {
      subject: subjectOf(name, number),
      serial: randomSerial(),
      ...validity(clock, AUTHORITY_LIFETIMES[name], above?.issuer),
      use: { kind: 'ca', depth: name === 'root' ? 1 : 0 },
    },
    pair.publicKey,
    above?.issuer ?? { self: pair.privateKey, algorithm },
  );
  uses.append(useOf(above?.label ?? labelOf({ name, number }), certificate, clock, ceremony));
  // the key first: a certificate without its key would be found at the next start
  files.writeSealed(
    `${stemOf(name, number)}.key`,
    new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)),
  );
  const made = { name, number, certificate, key: pair.privateKey, algorithm };
  await before(made);
  files.write(`${stemOf(name, number)}.pem`, pemOf(certificate));
  return made;
}

/**
 * Roots share one name, so that a root that another vouches for counts as none in a chain's length (RFC 5280 4.2.1.9);
 * other authorities have a name for each generation, so that each has its own list of revoked certificates.
 */
export function subjectOf(name: AuthorityName, number: number) {
  const suffix = name === 'root' || number === 1 ? '' : ` ${number}`;
  return [{ O: ['Hearthward'] }, { CN: [`${name} authority${suffix}`] }];
}

/** 126 random bits: more than the 64 that the CA/Browser Forum asks for; never zero, never negative, never shortened. */
export function randomSerial(): string {
  // no key: the number of a certificate
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** No certificate outlives its issuer. */
export function validity(clock: Clock, lifetime: number, issuer: Issuer | undefined) {
  const now = clock.now();
  const end = now + lifetime;
  return {
    // one that lasts less is not over most of its life when it is issued: its holder renews it by that life
    notBefore: Math.max(now - Math.min(BACKDATED, lifetime), issuer?.certificate.notBefore.getTime() ?? 0),
    notAfter: issuer ? Math.min(end, issuer.certificate.notAfter.getTime()) : end,
  };
}

export const useOf = (key: string, certificate: Certificate, clock: Clock, { who, why }: Ceremony): NewUse => ({
  at: iso(clock.now()),
  key,
  who,
  why,
  signed: {
    what: 'certificate',
    subject: certificate.subject,
    serial: certificate.serialNumber.toLowerCase(),
    digest: digestOf(certificate),
  },
});

/** SHA-256 of the DER, lower-case hex */
export const digestOf = (certificate: Certificate): string =>
  createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex');

export const importKey = (pkcs8: Uint8Array, algorithm: SignatureId) =>
  webcrypto.subtle.importKey('pkcs8', pkcs8 as Uint8Array<ArrayBuffer>, SIGNATURES[algorithm].web, false, ['sign']);
