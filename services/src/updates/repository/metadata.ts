import { createHash } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { Key, Metadata, MetadataKind, Root, Signature, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { DIGESTS, METADATA_DIGESTS, pathsOf, rolesOf } from '@hearthward/protocol';
import { ServicesFault } from '../../faults.ts';
import type { RoleKey, RoleSigner } from './signers/keys.ts';
import { ROLES } from './roles.ts';

/** Signed metadata of the repository, on `@tufjs/models`: read, made, signed, and asked who signed it. */
export interface Doc<T extends Signed = Signed> {
  /** `root`, `targets`, `hub`, `hub-security`, … */
  readonly role: string;
  readonly metadata: Metadata<T>;
}
export type Signed = Root | Targets | Snapshot | Timestamp;

/** what a device takes at most (device/updates/tuf) */
export const LONGEST_METADATA = 4 * 1024 * 1024;
/** TUF 1.0.33, 4.3: below it a version counts in every JSON reader */
export const HIGHEST_VERSION = 2 ** 31 - 1;

export const fileOf = ({ role, metadata }: Doc): string =>
  role === 'timestamp' ? 'timestamp.json' : `${metadata.signed.version}.${role}.json`;

export const bytesOf = ({ metadata }: Doc): Buffer => Buffer.from(JSON.stringify(metadata.toJSON()), 'utf8');

/** What a signature is over (TUF 1.0.33, 4.2). */
export const signedBytesOf = ({ metadata }: Pick<Doc, 'metadata'>): Buffer =>
  Buffer.from(canonicalize(metadata.signed.toJSON()));

export const sha256 = (bytes: Uint8Array): string => createHash(DIGESTS.sha256.digest).update(bytes).digest('hex');

/** The SHA-256 among the digests of metadata or of a target; empty where there is none, which no file has. */
export const digestIn = (hashes: Readonly<Record<string, string>> | undefined): string =>
  hashes?.[METADATA_DIGESTS.sha256.digest] ?? '';

const KINDS = { root: MetadataKind.Root, snapshot: MetadataKind.Snapshot, timestamp: MetadataKind.Timestamp } as const;

/** Hostile: bytes of a file. @throws ServicesFault `metadata-refused` */
export function readDoc(role: string, bytes: Uint8Array): Doc {
  if (bytes.length > LONGEST_METADATA) throw new ServicesFault('metadata-refused', `${role} is larger than 4 MiB`);
  try {
    // boundary repository-metadata: a file that a holder names -> readDoc, at most LONGEST_METADATA, else metadata-refused;
    // services/test/updates/repository.test.ts
    const json = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const kind = Object.hasOwn(KINDS, role) ? KINDS[role as keyof typeof KINDS] : MetadataKind.Targets;
    // one overload for each kind, and a union is none of them
    const metadata = Metadata.fromJSON(kind as MetadataKind.Root, json) as Metadata<Signed>;
    const { version } = metadata.signed;
    if (!Number.isInteger(version) || version < 1 || version > HIGHEST_VERSION) throw new TypeError('no version');
    // what has no canonical form, as a fraction in a field of nobody, nobody can have signed (TUF 1.0.33, 4.2)
    signedBytesOf({ metadata });
    return { role, metadata };
  } catch (error) {
    throw new ServicesFault('metadata-refused', `${role} is no TUF metadata`, error);
  }
}

export const isRoot = (doc: Doc | undefined): doc is Doc<Root> => doc?.metadata.signed instanceof Root;
export const isTargets = (doc: Doc | undefined): doc is Doc<Targets> => doc?.metadata.signed instanceof Targets;

export function makeRoot(
  version: number,
  expires: string,
  keys: Readonly<Record<string, readonly KeyIn[]>>,
): Doc<Root> {
  const json = {
    _type: 'root',
    spec_version: '1.0.33',
    version,
    expires,
    consistent_snapshot: true,
    keys: Object.fromEntries(Object.values(keys).flatMap((each) => each.map(({ keyid, key }) => [keyid, key]))),
    roles: Object.fromEntries(
      (['root', 'targets', 'snapshot', 'timestamp'] as const).map((role) => [
        role,
        { keyids: (keys[role] ?? []).map(({ keyid }) => keyid), threshold: ROLES[role].threshold },
      ]),
    ),
  };
  return { role: 'root', metadata: Metadata.fromJSON(MetadataKind.Root, { signed: json, signatures: [] }) };
}
/** A key as metadata has it: devices need not know whose it is. */
export type KeyIn = Pick<RoleKey, 'keyid' | 'key'>;

export interface TargetIn {
  readonly length: number;
  /** SHA-256, lower-case hex */
  readonly sha256: string;
  readonly custom?: object;
}

export function makeTargets(
  role: string,
  version: number,
  expires: string,
  targets: Readonly<Record<string, TargetIn>>,
  delegations?: ReturnType<typeof delegationsOf>,
): Doc<Targets> {
  const signed = {
    _type: 'targets',
    spec_version: '1.0.33',
    version,
    expires,
    targets: Object.fromEntries(
      Object.entries(targets).map(([path, { length, sha256: digest, custom }]) => [
        path,
        { length, hashes: { sha256: digest }, ...(custom === undefined ? {} : { custom }) },
      ]),
    ),
    ...(delegations === undefined ? {} : { delegations }),
  };
  // a copy of its own: what is signed shares no object with what made it
  // no boundary: a copy of our own
  const json = JSON.parse(JSON.stringify({ signed, signatures: [] }));
  return { role, metadata: Metadata.fromJSON(MetadataKind.Targets, json) };
}

/** Keys of the three roles of each product line. */
export type ProductKeys = Readonly<Record<'releases' | 'security' | 'rollout', readonly KeyIn[]>>;

/** Security first, and terminating: where it has spoken of a path nobody else is asked. */
export function delegationsOf(products: Readonly<Record<string, ProductKeys>>) {
  const all = Object.entries(products).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    keys: Object.fromEntries(
      all.flatMap(([, keys]) => Object.values(keys).flatMap((each) => each.map(({ keyid, key }) => [keyid, key]))),
    ),
    roles: all.flatMap(([product, keys]) =>
      (['security', 'releases', 'rollout'] as const).map((kind) => ({
        name: rolesOf(product)[kind],
        keyids: keys[kind].map(({ keyid }) => keyid),
        threshold: ROLES[kind === 'rollout' ? 'rollout' : 'releases'].threshold,
        terminating: kind === 'security',
        paths: [pathsOf(product)[kind]],
      })),
    ),
  };
}

export function makeSnapshot(version: number, expires: string, docs: readonly Doc[]): Doc<Snapshot> {
  const meta = Object.fromEntries(docs.map((doc) => [`${doc.role}.json`, metaOf(doc)]));
  const signed = { _type: 'snapshot', spec_version: '1.0.33', version, expires, meta };
  return { role: 'snapshot', metadata: Metadata.fromJSON(MetadataKind.Snapshot, { signed, signatures: [] }) };
}

export function makeTimestamp(version: number, expires: string, snapshot: Doc<Snapshot>): Doc<Timestamp> {
  const signed = {
    _type: 'timestamp',
    spec_version: '1.0.33',
    version,
    expires,
    meta: { 'snapshot.json': metaOf(snapshot) },
  };
  return { role: 'timestamp', metadata: Metadata.fromJSON(MetadataKind.Timestamp, { signed, signatures: [] }) };
}

/** With length and digest: a device fetches no byte more, and takes no other bytes under the same version. */
function metaOf(doc: Doc) {
  const bytes = bytesOf(doc);
  return { version: doc.metadata.signed.version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

/** Adds the signature of this key; one that it made before is replaced. */
export function addSignature({ metadata }: Doc, signer: RoleSigner): void {
  metadata.sign(
    (bytes) => new Signature({ keyID: signer.key.keyid, sig: Buffer.from(signer.sign(bytes)).toString('hex') }),
  );
}

/** Which of these keys have signed it, each once. */
export function signersOf({ metadata }: Doc, keyids: readonly string[], keys: Readonly<Record<string, Key>>): string[] {
  return [...new Set(keyids)].filter((keyid) => {
    try {
      keys[keyid]?.verifySignature(metadata);
      return keys[keyid] !== undefined;
    } catch {
      // absent, or not over these bytes: it does not count
      return false;
    }
  });
}
