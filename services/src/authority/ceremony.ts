import { webcrypto } from 'node:crypto';
import { SIGNATURES } from '@hearthward/protocol';
import { type Clock, DAY, iso } from '../clock.ts';
import { ServicesFault } from '../faults.ts';
import {
  type AuthorityName,
  type Ceremony,
  type Generation,
  type GenerationParts,
  importKey,
  labelOf,
  linkFile,
  makeGeneration,
  randomSerial,
  signing,
  subjectOf,
  useOf,
} from './generations.ts';
import { type Kept, liveAmong, openAuthorityFiles, readKept, retiredFile, rootListFile } from './kept.ts';
import { type Ended, entriesOn, type Reason, signList } from './lists.ts';
import { type Issuer, issue, pemOf, publicKeyOf, signedBy } from './x509.ts';

/**
 * What people do with the manufacturer's keys (docs/ceremonies.md): begin, roll over, take back. Each goes into the log of
 * uses with its person and reason. Running services take up what a ceremony left within a minute.
 */
export interface CeremonyRoom {
  readonly parts: GenerationParts;
  readonly kept: Kept;
  /** PKCS#8 of a root that is offline, put together from its shares for this one ceremony; wiped by who gives it */
  readonly rootKey?: { readonly number: number; readonly pkcs8: Uint8Array };
}

export async function openCeremony(folder: string, clock: Clock): Promise<CeremonyRoom> {
  const parts = openAuthorityFiles(folder, clock);
  return { parts, kept: await readKept(parts.files) };
}

/** Root and the three authorities below it. @throws ServicesFault `already-there` */
export async function begin({ parts, kept }: CeremonyRoom, ceremony: Ceremony): Promise<readonly Generation[]> {
  if (kept.generations.root.length > 0) throw new ServicesFault('already-there', 'this folder has an authority');
  const root = await makeGeneration(parts, 'root', 1, undefined, ceremony);
  const above = { label: labelOf(root), issuer: signing(root) };
  const made = [root];
  for (const name of ['initial', 'operational', 'service'] as const)
    made.push(await makeGeneration(parts, name, 1, above, ceremony));
  await writeRootList({ parts, kept: await readKept(parts.files) }, root, [], ceremony);
  return made;
}

/** The next generation of an authority, signed by the newest root; of a root, with the links by which each vouches for the other. */
export async function rollOver(room: CeremonyRoom, name: AuthorityName, ceremony: Ceremony): Promise<Generation> {
  const { parts, kept } = room;
  const [newest] = kept.generations[name];
  if (!newest) throw new ServicesFault('generation-unknown', `there is no ${name} authority in this folder`);
  const [root] = liveAmong(kept, 'root', parts.clock.now());
  if (!root) throw new ServicesFault('data-damaged', 'no root is in its time');
  const oldIssuer = await rootIssuer(room, root);
  if (name !== 'root')
    return makeGeneration(parts, name, newest.number + 1, { label: labelOf(root), issuer: oldIssuer }, ceremony);
  // before the new root is there: a folder in which nobody vouches for the newest root would strand every device
  const made = await makeGeneration(parts, 'root', newest.number + 1, undefined, ceremony, async (fresh) => {
    await link(parts, fresh, { label: labelOf(root), number: root.number, issuer: oldIssuer }, ceremony);
    await link(parts, root, { label: labelOf(fresh), number: fresh.number, issuer: signing(fresh) }, ceremony);
  });
  await writeRootList({ ...room, kept: await readKept(parts.files) }, made, [], ceremony);
  return made;
}

/** RFC 4210 4.4: the key of one root in a certificate that the other signed, good no longer than either. */
async function link(
  { files, uses, clock }: GenerationParts,
  of: Generation,
  by: { readonly label: string; readonly number: number; readonly issuer: Issuer },
  ceremony: Ceremony,
): Promise<void> {
  const { certificate } = of;
  const other = by.issuer.certificate;
  const profile = {
    subject: subjectOf('root', of.number),
    serial: randomSerial(),
    notBefore: Math.max(certificate.notBefore.getTime(), other.notBefore.getTime()),
    notAfter: Math.min(certificate.notAfter.getTime(), other.notAfter.getTime()),
    use: { kind: 'ca' as const, depth: 1 },
  };
  const made = await issue(profile, await publicKeyOf(certificate), by.issuer);
  uses.append(useOf(by.label, made, clock, ceremony));
  files.write(linkFile(of.number, by.number), pemOf(made));
}

/**
 * Takes a generation back: an authority by the list of the root that signed it, a root by being shown to nobody any more;
 * `superseded`, it still vouches for its successor to who knows nothing else.
 * @throws ServicesFault where it is the last one of its name, or is none
 */
export async function takeBack(room: CeremonyRoom, label: string, reason: Reason, ceremony: Ceremony): Promise<void> {
  const { parts, kept } = room;
  const { files, uses, clock } = parts;
  const target = Object.values(kept.generations)
    .flat()
    .find((each) => labelOf(each) === label);
  if (!target) throw new ServicesFault('generation-unknown', `there is no ${label} in this folder`);
  const others = liveAmong(kept, target.name, clock.now()).filter((each) => each.number > target.number);
  if (others.length === 0) throw new ServicesFault('successor-needed', `${label} has no successor that is alive`);
  if (target.name === 'root') {
    // else every certificate that we issue from now on leads to a root that nobody is shown
    for (const name of ['operational', 'service'] as const) {
      const [newest] = liveAmong(kept, name, clock.now());
      if (newest && (await signerOf(kept, newest)) === target)
        throw new ServicesFault('successor-needed', `${labelOf(newest)} is under ${label}: roll it over first`);
    }
    const signed = { what: 'nothing', subject: label, serial: '', digest: '' } as const;
    uses.append({ at: iso(clock.now()), key: label, ...ceremony, why: `retired: ${ceremony.why}`, signed });
    files.write(retiredFile(target.number), `${iso(clock.now())}\n${reason}\n`);
    return;
  }
  const root = await signerOf(kept, target);
  const serial = target.certificate.serialNumber.toLowerCase();
  await writeRootList(room, root, [{ serial, at: clock.now(), reason }], ceremony);
}

/** A new list of each root whose key is here or was brought, with what it took back before; labels of these roots. */
export async function renewRootLists(room: CeremonyRoom, ceremony: Ceremony): Promise<readonly string[]> {
  const live = liveAmong(room.kept, 'root', room.parts.clock.now());
  const roots = live.filter(({ key, number }) => key !== undefined || room.rootKey?.number === number);
  if (roots.length === 0) throw new ServicesFault('root-offline', 'no key of a root that is alive is here');
  for (const root of roots) await writeRootList(room, root, [], ceremony);
  return roots.map(labelOf);
}

async function writeRootList(
  room: CeremonyRoom,
  root: Generation,
  more: readonly Ended[],
  ceremony: Ceremony,
): Promise<void> {
  const { files, uses, clock } = room.parts;
  const before = room.kept.lists.find(([label]) => label === labelOf(root))?.[1];
  const kept = before ? entriesOn(before) : [];
  const now = clock.now();
  const number = Number(files.read(`${rootListFile(root.number)}.number`) ?? '0') + 1;
  const good = { thisUpdate: now, nextUpdate: now + ROOT_LIST_GOOD_FOR };
  const list = await signList(await rootIssuer(room, root), number, { ended: [...kept, ...more] }, good);
  const signed = { what: 'list', subject: labelOf(root), serial: String(number), digest: list.digest } as const;
  uses.append({ at: iso(now), key: labelOf(root), ...ceremony, signed });
  files.write(`${rootListFile(root.number)}.number`, String(number));
  files.write(rootListFile(root.number), Buffer.from(list.der).toString('base64'));
}

/** the root is brought out for it, so once a year; CA/Browser Forum, Baseline Requirements 4.9.7, asks the same of its roots */
const ROOT_LIST_GOOD_FOR = 365 * DAY;

/** The key of a root: from the folder, or as its shares gave it for this ceremony. */
export async function rootIssuer({ rootKey }: CeremonyRoom, root: Generation): Promise<Issuer> {
  if (root.key) return signing(root);
  if (!rootKey) throw new ServicesFault('root-offline', `the key of ${labelOf(root)} is offline`);
  if (rootKey.number !== root.number)
    throw new ServicesFault(
      'share-refused',
      `these are shares of root.${rootKey.number}, and ${labelOf(root)} has to sign`,
    );
  const key = await importKey(rootKey.pkcs8, root.algorithm);
  if (!(await belongs(key, root)))
    throw new ServicesFault('data-damaged', `that key is not the one of ${labelOf(root)}`);
  return { certificate: root.certificate, key, algorithm: root.algorithm };
}

const PROBE = new Uint8Array(32);
async function belongs(key: webcrypto.CryptoKey, { certificate, algorithm }: Generation): Promise<boolean> {
  const { web } = SIGNATURES[algorithm];
  const signature = await webcrypto.subtle.sign(web, key, PROBE);
  return webcrypto.subtle.verify(web, await publicKeyOf(certificate), signature, PROBE);
}

async function signerOf(kept: Kept, target: Generation): Promise<Generation> {
  for (const root of kept.generations.root) if (await signedBy(target.certificate, root.certificate)) return root;
  throw new ServicesFault('data-damaged', `no root of this folder signed ${labelOf(target)}`);
}
