import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { offersPath, type Offers } from '@hearthward/protocol';
import { openSealedFolder, type SealedFolder } from '../../authority/sealed.ts';
import { exclusively, openUses, type Uses } from '../../authority/uses.ts';
import { type Clock, iso } from '../../clock.ts';
import { asFault, ServicesFault } from '../../faults.ts';
import { type Disk, hashedName, openStatic, type StaticFolder } from './files.ts';
import { type Doc, sha256, signedBytesOf, type TargetIn } from './metadata.ts';
import { signerOf } from './signers/key-file.ts';
import { FILE_SCHEME, readRoleKey, type RoleKey, roleKey, type RoleSigner } from './signers/keys.ts';

/**
 * The folder of updates in the services' data folder: `repository/` is static and for everybody, `keys/` has the online keys,
 * sealed, and whose key is whose, `uses.jsonl` says who signed what. Commands and running services may both be here: whoever
 * changes the repository has the lock.
 */
export interface UpdateRoom {
  readonly folder: string;
  readonly clock: Clock;
  readonly files: StaticFolder;
  readonly keys: SealedFolder;
  readonly uses: Uses;
  readonly exclusively: <T>(work: () => T) => T;
}
export interface Ceremony {
  readonly who: string;
  readonly why: string;
}

export const UPDATES_FOLDER = 'updates';
export const hasRepository = (folder: string): boolean => existsSync(join(folder, 'repository/metadata/1.root.json'));

export function openUpdateRoom(folder: string, clock: Clock, disk?: Disk): UpdateRoom {
  try {
    // the static folder is for everybody, so that others may pass through this one
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  } catch (error) {
    throw asFault(error, folder);
  }
  return {
    folder,
    clock,
    files: openStatic(folder, disk),
    keys: openSealedFolder(join(folder, 'keys')),
    uses: openUses(folder),
    exclusively: (work) => exclusively(join(folder, 'repository.lock'), work),
  };
}

/** Whether this is the services' own folder, and no copy of what they publish. */
export const hasHolders = (folder: string): boolean => existsSync(join(folder, 'keys', HOLDERS_FILE));

/** A new online key of the role. It signs nothing before a ceremony has put it into the root or the targets. */
export function makeOnlineKey({ keys, clock, uses }: UpdateRoom, role: string, { who, why }: Ceremony): RoleKey {
  // key update-online
  const pair = generateKeyPairSync(FILE_SCHEME);
  const key = roleKey(pair.publicKey, `services, ${role}`);
  const stem = stemOf(role, generations(keys, role).length + 1);
  const der = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
  const signed = { what: 'nothing', subject: role, serial: '', digest: '' } as const;
  uses.append({ at: iso(clock.now()), key: nameOf(role, key.keyid), who, why: `made: ${why}`, signed });
  // EN 303 645 5.4-1, G045 CR-1-2: an online key lies on the disk only sealed
  keys.writeSealed(`${stem}.key`, der);
  der.fill(0);
  keys.write(`${stem}.pub`, JSON.stringify(key));
  return key;
}

/** The online key among those that the role has now. @throws ServicesFault `data-damaged` where it is not here */
export function onlineSigner({ keys }: UpdateRoom, role: string, keyids: readonly string[]): RoleSigner {
  const found = generations(keys, role).find(({ key }) => keyids.includes(key.keyid));
  const der = found && keys.readSealed(`${found.stem}.key`);
  if (!der) throw new ServicesFault('data-damaged', `the online key of ${role} is not in ${UPDATES_FOLDER}/keys`);
  try {
    return signerOf(der, found.key, `${found.stem}.key`);
  } finally {
    der.fill(0);
  }
}

/** Private keys that no role has any more, older than the one that it has, are gone from the disk. */
export function dropOnlineKeys({ keys }: UpdateRoom, role: string, keyids: readonly string[]): void {
  const all = generations(keys, role);
  const used = all.findIndex(({ key }) => keyids.includes(key.keyid));
  for (const { stem } of all.slice(0, Math.max(used, 0))) keys.remove(`${stem}.key`);
}

function generations(keys: SealedFolder, role: string): { readonly stem: string; readonly key: RoleKey }[] {
  const found = [];
  for (let number = 1; ; number++) {
    const stem = stemOf(role, number);
    const text = keys.read(`${stem}.pub`);
    if (text === undefined) return found;
    found.push({ stem, key: readRoleKey(text, `${stem}.pub`) });
  }
}
const stemOf = (role: string, number: number): string => `online-${role}.${number}`;

/** Whose key is whose: for the log, and for what people are shown. */
export function holdersIn({ keys }: UpdateRoom): Readonly<Record<string, string>> {
  const text = keys.read(HOLDERS_FILE);
  // no boundary: a file of our own keys folder
  return text === undefined ? {} : (JSON.parse(text) as Record<string, string>);
}
export const addHolders = (room: UpdateRoom, holders: Readonly<Record<string, string>>): void =>
  room.keys.write(HOLDERS_FILE, JSON.stringify({ ...holdersIn(room), ...holders }, null, 2));
const HOLDERS_FILE = 'holders.json';

/** An entry for each signature, before the document is given away. */
// G044 6.5.8, G045 CR-1-2: every use of a key that devices believe is on record
export function recordUse(
  { uses, clock }: UpdateRoom,
  doc: Doc,
  signers: readonly { readonly keyid: string; readonly who: string }[],
  why: string,
): void {
  const digest = sha256(signedBytesOf(doc));
  const serial = String(doc.metadata.signed.version);
  for (const { keyid, who } of signers)
    uses.append({
      at: iso(clock.now()),
      key: nameOf(doc.role, keyid),
      who,
      why,
      signed: { what: 'metadata', subject: doc.role, serial, digest },
    });
}
const nameOf = (role: string, keyid: string): string => `${role} ${keyid.slice(0, 16)}`;

/** The moment of the last entry of the log: no clock of ours has a right to be before it. */
export const lastUse = ({ uses }: UpdateRoom): number => Date.parse(uses.last()?.at ?? iso(0));

/** The highest version that the log says we signed of an online role. */
export const lastVersionOf = ({ uses }: UpdateRoom, role: string): number =>
  Math.max(
    0,
    ...uses
      .entries()
      .flatMap(({ signed }) => (signed.what === 'metadata' && signed.subject === role ? [Number(signed.serial)] : [])),
  );

/** Lays the offers of a product into the static folder, as the target that its online role names. */
export function putOffers({ files }: UpdateRoom, offers: Offers): Readonly<Record<string, TargetIn>> {
  const bytes = Buffer.from(JSON.stringify(offers), 'utf8');
  const target = { length: bytes.length, sha256: sha256(bytes) };
  const path = offersPath(offers.product);
  files.put(hashedName(path, target.sha256), bytes);
  return { [path]: target };
}
