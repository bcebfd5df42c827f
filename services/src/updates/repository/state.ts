import type { Key, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { ServicesFault } from '../../faults.ts';
import type { StaticFolder } from './files.ts';
import { bytesOf, digestIn, type Doc, isRoot, isTargets, readDoc, sha256, signersOf } from './metadata.ts';

/** What is published now: read from the static folder and verified as a device would, but for what has expired. */
export interface State {
  readonly root: Doc<Root>;
  readonly targets: Doc<Targets>;
  /** by role */
  readonly delegated: ReadonlyMap<string, Doc<Targets>>;
  readonly snapshot: Doc<Snapshot>;
  readonly timestamp: Doc<Timestamp>;
}

/** Undefined where nothing was published yet. @throws ServicesFault `data-damaged` */
export function readState(files: StaticFolder): State | undefined {
  const root = readRoots(files);
  if (!root) return undefined;
  const timestamp = readOne(files, 'timestamp', 'metadata/timestamp.json') as Doc<Timestamp>;
  mustBeSigned(root, timestamp);
  const snapshotVersion = timestamp.metadata.signed.snapshotMeta.version;
  const { hashes } = timestamp.metadata.signed.snapshotMeta;
  const snapshot = readNamed(files, 'snapshot', `metadata/${snapshotVersion}.snapshot.json`, hashes) as Doc<Snapshot>;
  mustBeSigned(root, snapshot);
  const { meta } = snapshot.metadata.signed;
  const named = (role: string): Doc<Targets> => {
    const found = meta[`${role}.json`];
    if (!found) throw damaged(`the snapshot does not name ${role}`);
    const doc = readNamed(files, role, `metadata/${found.version}.${role}.json`, found.hashes);
    if (!isTargets(doc)) throw damaged(`${role} is of another kind`);
    return doc;
  };
  const targets = named('targets');
  mustBeSigned(root, targets);
  const delegated = new Map(
    rolesIn(targets).map(({ name }) => {
      const doc = named(name);
      mustBeSigned(targets, doc);
      return [name, doc] as const;
    }),
  );
  return { root, targets, delegated, snapshot, timestamp };
}

/** The newest root as it is published: what devices are made with. Undefined where there is none. @throws ServicesFault `data-damaged` */
export function rootText(files: StaticFolder): string | undefined {
  const root = readRoots(files);
  return root && bytesOf(root).toString('utf8');
}

/** The newest of an unbroken chain, each signed by the one before it and by itself. */
function readRoots(files: StaticFolder): Doc<Root> | undefined {
  let root: Doc<Root> | undefined;
  for (let version = 1; ; version++) {
    const bytes = files.read(`metadata/${version}.root.json`);
    if (!bytes) return root;
    const next = readDoc('root', bytes);
    if (!isRoot(next)) throw damaged(`root ${version} is of another kind`);
    if (root) mustBeSigned(root, next);
    mustBeSigned(next, next);
    root = next;
  }
}

function readOne(files: StaticFolder, role: string, name: string): Doc {
  return readDoc(role, bytesIn(files, name));
}

function readNamed(files: StaticFolder, role: string, name: string, hashes: Record<string, string> | undefined): Doc {
  const bytes = bytesIn(files, name);
  // as a device does: over the bytes that are there, whoever wrote them
  if (digestIn(hashes) !== sha256(bytes)) throw damaged(`${role} is not the one that is named`);
  return readDoc(role, bytes);
}

function bytesIn(files: StaticFolder, name: string): Uint8Array {
  const bytes = files.read(name);
  if (!bytes) throw damaged(`${name} is missing`);
  return bytes;
}

function mustBeSigned(by: Doc<Root> | Doc<Targets>, doc: Doc): void {
  const { role, count, threshold } = countOf(by, doc);
  if (count < threshold) throw damaged(`${role} is signed by ${count} of ${threshold}`);
}

export interface Count {
  readonly role: string;
  readonly count: number;
  readonly threshold: number;
  readonly signers: readonly string[];
}

/** How many keys that `by` gives the role have signed, each once. */
// EN 303 645 5.3-9, G045 PL-2-3: a release counts with the signatures of as many people as its role needs
export function countOf(by: Doc<Root> | Doc<Targets>, doc: Doc): Count {
  const { keyids, threshold, keys } = grantOf(by, doc.role);
  const signers = signersOf(doc, keyids, keys);
  return { role: doc.role, count: signers.length, threshold, signers };
}

export interface Grant {
  readonly keyids: readonly string[];
  readonly threshold: number;
  readonly keys: Readonly<Record<string, Key>>;
}

/** The keys that the root, or a delegation of the targets, gives a role; none where it does not know it. */
export function grantOf(by: Doc<Root> | Doc<Targets>, role: string): Grant {
  if (isRoot(by)) {
    const { roles, keys } = by.metadata.signed;
    const found = Object.hasOwn(roles, role) ? roles[role] : undefined;
    return { keyids: found?.keyIDs ?? [], threshold: found?.threshold ?? Infinity, keys };
  }
  const found = rolesIn(by).find(({ name }) => name === role);
  const keys = by.metadata.signed.delegations?.keys ?? {};
  return { keyids: found?.keyIDs ?? [], threshold: found?.threshold ?? Infinity, keys };
}

/** In the order in which they are asked. */
export const rolesIn = (targets: Doc<Targets>) => Object.values(targets.metadata.signed.delegations?.roles ?? {});

/** The product lines that the targets delegate to. */
export const productsIn = (targets: Doc<Targets> | undefined): readonly string[] =>
  targets ? rolesIn(targets).flatMap(({ name, paths }) => (paths?.[0] === `${name}/releases/*/*` ? [name] : [])) : [];

const damaged = (what: string) => new ServicesFault('data-damaged', `the update repository: ${what}`);
