import { createHash, type webcrypto } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ServicesFault } from '../faults.ts';
import type { CertificateKind } from '../store/tables.ts';
import { openAuthorityFiles, linksShown, readKept, type Kept, liveAmong } from './kept.ts';
import {
  digestOf,
  type Generation,
  labelOf,
  makeGeneration,
  randomSerial,
  signing,
  stemOf,
  subjectOf,
  useOf,
  validity,
} from './generations.ts';
import { confirmingCredentials, type Confirming } from './confirming.ts';
import { LIFETIMES } from './lifetimes.ts';
import { type Ended, type Part, partOf, PARTS, type SignedList, signList } from './lists.ts';
import { serverCredentials, type ServerCredentials } from './server-certificate.ts';
import { type Certificate, issue, pemOf, publicKeyOf } from './x509.ts';

/**
 * The manufacturer's certificate authority: a root that signs three authorities, and they sign everything else. Each has
 * one purpose, so that what one signed is worth nothing to who asks for another: `initial` for identities given in the
 * factory (IEEE 802.1AR), `operational` for devices in use, `service` for our own servers. Each has generations: the
 * newest issues, all that live are trusted, and `follow` takes up what a ceremony has put into the folder.
 */
export interface Authority {
  /** live roots, newest first, PEM one after another */
  readonly anchorsPem: () => string;
  readonly anchors: () => readonly string[];
  /** what `cacerts` answers: roots, how each vouches for the next, and the authorities of devices in use */
  readonly caCertificates: () => readonly Certificate[];
  /** live generations of the authorities of devices, newest first */
  readonly issuers: (kind: CertificateKind) => readonly Generation[];
  /**
   * Each live authority of devices as a trust anchor of its own, signed by itself: a TLS server of Node cannot trust an
   * authority that is not a root, and with the root it would let every certificate of ours in.
   */
  readonly clientAnchors: (kinds: readonly CertificateKind[]) => readonly string[];
  readonly issueInitial: (publicKey: webcrypto.CryptoKey, deviceId: string, serial: string) => Promise<Issued>;
  readonly issueOperational: (publicKey: webcrypto.CryptoKey, deviceId: string) => Promise<Issued>;
  /** key and chain of our servers, renewed first where it is due */
  readonly serverCredentials: (
    names: readonly string[],
    /** who asks for a new key before the one in use ends, and why */
    asked?: { readonly who: string; readonly why: string },
  ) => Promise<ServerCredentials>;
  /** key and chain of what signs confirmations of erasures, renewed first where it is due */
  readonly confirming: () => Promise<Confirming>;
  /** parts of a list that its certificates name; none where the site is not known, and no certificate names a list */
  readonly listParts: readonly Part[];
  /** signs the next lists of what this generation took back, each whole or a part: in that order, and one use of the key */
  readonly signLists: (
    of: Generation,
    number: number,
    lists: readonly { readonly part?: Part; readonly ended: readonly Ended[] }[],
    good: Good,
  ) => Promise<readonly SignedList[]>;
  /** lists of the roots, as the last ceremony left them: label and DER */
  readonly rootLists: () => readonly (readonly [label: string, der: Uint8Array])[];
  /** reads the folder again; true where something changed */
  readonly follow: () => Promise<boolean>;
}
export interface Issued {
  readonly certificate: Certificate;
  /** device first, root left out */
  readonly chainPem: readonly string[];
  /** the generation that signed it: `operational.1` */
  readonly issuer: string;
  /** lower-case hex */
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the DER, lower-case hex */
  readonly fingerprint: string;
}
export interface Good {
  readonly thisUpdate: number;
  readonly nextUpdate: number;
}
export interface AuthorityOptions {
  /** origin under which lists are published for good; certificates name it where it is known */
  readonly site?: string;
  /** milliseconds that the next certificate of a device lasts; the usual where absent */
  readonly lasting?: () => number;
}

export async function openAuthority(
  folder: string,
  clock: Clock,
  { site, lasting }: AuthorityOptions = {},
): Promise<Authority> {
  const parts = openAuthorityFiles(folder, clock);
  const { files, uses } = parts;
  let kept = await complete(await readKept(files));
  const live = (name: keyof Kept['generations']) => liveAmong(kept, name, clock.now());
  await readyAnchors();

  /** What a first start makes, and what no later start may make anew in silence: every device trusts the lost one. */
  async function complete(found: Kept): Promise<Kept> {
    const why = { who: 'services', why: 'first start' };
    let [root] = found.generations.root;
    root ??= await makeGeneration(parts, 'root', 1, undefined, why);
    for (const name of ['initial', 'operational', 'service'] as const) {
      const [newest] = found.generations[name];
      if (newest) signing(newest);
      else await makeGeneration(parts, name, 1, { label: labelOf(root), issuer: signing(root) }, why);
    }
    return readKept(files);
  }

  async function readyAnchors(): Promise<void> {
    for (const name of ['initial', 'operational'] as const)
      for (const generation of kept.generations[name]) await anchorOf(generation);
  }

  async function anchorOf(generation: Generation): Promise<void> {
    const file = anchorFile(generation);
    if (files.read(file) !== undefined) return;
    const { certificate, key, algorithm } = signing(generation);
    const profile = {
      subject: subjectOf(generation.name, generation.number),
      serial: randomSerial(),
      notBefore: certificate.notBefore.getTime(),
      notAfter: certificate.notAfter.getTime(),
      use: { kind: 'ca' as const, depth: 0 },
    };
    const anchor = await issue(profile, await publicKeyOf(certificate), { self: key, algorithm });
    uses.append(useOf(labelOf(generation), anchor, clock, { who: 'services', why: 'anchor of our listeners' }));
    files.write(file, pemOf(anchor));
  }

  const newest = (name: keyof Kept['generations']): Generation => {
    const [first] = live(name);
    if (!first)
      throw new ServicesFault(
        'data-damaged',
        `no ${name} authority is in its time; \`hearthward authority roll-over ${name}\``,
      );
    return first;
  };

  const issueClient = async (
    by: Generation,
    publicKey: webcrypto.CryptoKey,
    subject: Record<string, string[]>[],
    lifetime: number,
  ): Promise<Issued> => {
    const issuer = signing(by);
    const serial = randomSerial();
    const profile = {
      subject,
      serial,
      ...validity(clock, lifetime, issuer),
      ...(site === undefined ? {} : { crlUrl: `${site}${listPath(listLabel(by, partOf(serial)))}` }),
      use: { kind: 'client' },
    } as const;
    const certificate = await issue(profile, publicKey, issuer);
    return {
      ...described(certificate),
      issuer: labelOf(by),
      chainPem: [pemOf(certificate), pemOf(issuer.certificate)],
    };
  };

  const anchors = () => live('root').map(({ certificate }) => pemOf(certificate));
  return {
    anchors,
    anchorsPem: () => anchors().join(''),
    // RFC 7030 4.1.3, RFC 4210 4.4: who trusts one live root finds its way to all of them
    caCertificates: () => [
      ...live('root').map(({ certificate }) => certificate),
      ...linksShown(kept, clock.now()).map(({ certificate }) => certificate),
      ...live('operational').map(({ certificate }) => certificate),
    ],
    issuers: (kind) => live(kind),
    clientAnchors: (kinds) =>
      kinds.flatMap((kind) => live(kind).map((generation) => files.read(anchorFile(generation)) ?? '')),
    // EN 303 645 5.4-2, G045 AU-3-1: the initial identity names the device and its serial number
    issueInitial: async (publicKey, deviceId, serial) =>
      issueClient(newest('initial'), publicKey, [{ CN: [deviceId] }, { '2.5.4.5': [serial] }], LIFETIMES.initial),
    issueOperational: async (publicKey, deviceId) =>
      issueClient(newest('operational'), publicKey, [{ CN: [deviceId] }], lasting?.() ?? LIFETIMES.operational),
    serverCredentials: async (names, asked) =>
      serverCredentials(
        parts,
        { service: newest('service'), roots: live('root'), links: linksShown(kept, clock.now()) },
        names,
        asked,
      ),
    confirming: () =>
      confirmingCredentials(parts, {
        service: newest('service'),
        roots: live('root'),
        links: linksShown(kept, clock.now()),
      }),
    listParts: site === undefined ? [] : PARTS,
    async signLists(of, number, wanted, good) {
      const signed: SignedList[] = [];
      for (const { part, ended } of wanted) {
        const partAt =
          site === undefined || part === undefined ? {} : { partAt: `${site}${listPath(listLabel(of, part))}` };
        signed.push(await signList(signing(of), number, { ended, ...partAt }, good));
      }
      const [first] = wanted;
      const subject = wanted.length === 1 ? listLabel(of, first?.part) : `${labelOf(of)}, ${wanted.length} parts`;
      uses.append({
        at: new Date(clock.now()).toISOString(),
        key: labelOf(of),
        who: 'services',
        why: 'list of ended certificates',
        signed: { what: 'list', subject, serial: String(number), digest: digestOfAll(signed) },
      });
      return signed;
    },
    rootLists: () => kept.lists,
    async follow() {
      const before = kept.state;
      const found = await readKept(files);
      for (const name of ['initial', 'operational', 'service'] as const)
        if (found.generations[name][0]) signing(found.generations[name][0]);
      kept = found;
      await readyAnchors();
      return found.state !== before;
    },
  };
}

/** `operational.1`, or `operational.1.a7` of a part. */
export const listLabel = (of: Generation, part?: Part): string =>
  part === undefined ? labelOf(of) : `${labelOf(of)}.${part}`;

/** Of one list its own digest; of several, that of their digests in order. */
const digestOfAll = (lists: readonly SignedList[]): string => {
  const digests = lists.map(({ digest }) => digest);
  return digests.length === 1 ? digests.join('') : createHash('sha256').update(digests.join('')).digest('hex');
};

/** Where a list is published, on the site of the public pages. */
export const listPath = (label: string): string => `/crl/${label}.crl`;

const anchorFile = ({ name, number }: Generation) => `${stemOf(name, number)}.anchor.pem`;

function described(certificate: Certificate) {
  return {
    certificate,
    serial: certificate.serialNumber.toLowerCase(),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    fingerprint: digestOf(certificate),
  };
}
