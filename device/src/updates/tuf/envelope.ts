import { DIGESTS, Release } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { isSigned } from './keys.ts';
import { readMetadata } from './metadata.ts';
import { covers } from './search.ts';
import { trustRoot, updateRoot, type Vouched } from './trusted.ts';

/**
 * The signatures that reached an image, kept beside its slot, so that each start can hold the slot against what the
 * manufacturer signed and not against what a record on the same disk says: the roots from the factory's on, and the
 * targets metadata on the way to the release, each signed by who the one before it names.
 *
 * Ends do not matter here: what was rightly installed still starts when its metadata has ended. What is too old is the
 * floor's to refuse, which is why the security version is read from what was signed.
 */
const MOST_BYTES = 24 * 1024 * 1024;
const Bytes = Type.String({ pattern: '^[A-Za-z0-9_-]*$' });
const Envelope = Type.Object(
  {
    v: Type.Literal(1),
    path: Type.String({ maxLength: 1024 }),
    /** after the factory's, one by one */
    roots: Type.Array(Bytes, { maxItems: 1024 }),
    /** the top-level role first, the one that names the release last */
    way: Type.Array(Type.Object({ role: Type.String(), metadata: Bytes }), { minItems: 1, maxItems: 64 }),
  },
  { additionalProperties: false },
);
type Envelope = Static<typeof Envelope>;

export const writeEnvelope = (path: string, roots: readonly Uint8Array[], way: readonly Vouched[]): Uint8Array => {
  const envelope: Envelope = {
    v: 1,
    path,
    roots: roots.map(text),
    way: way.map(({ role, read }) => ({ role, metadata: text(read.bytes) })),
  };
  return Buffer.from(JSON.stringify(envelope));
};

/** What was signed of an image; undefined where the bytes are no signature of anybody that the factory's root leads to. */
export interface SignedImage {
  /** SHA-256 of its manifest, lowercase hex */
  readonly digest: string;
  readonly number: number;
  readonly securityVersion: number;
}

// EN 303 645 5.7-1, G044 6.7.1, G045 PL-1-4, PL-2-3: what starts is what a signature reaches, at each start anew
export const readEnvelope = (factoryRoot: Uint8Array, bytes: Uint8Array): SignedImage | undefined => {
  const envelope = bytes.length <= MOST_BYTES ? parsed(bytes) : undefined;
  if (!Value.Check(Envelope, envelope) || !isCanonical(envelope, bytes)) return undefined;
  let trusted = trustRoot(factoryRoot);
  for (const root of envelope.roots) {
    if (!trusted.ok) return undefined;
    trusted = updateRoot(trusted.set, Buffer.from(root, 'base64url'));
  }
  if (!trusted.ok) return undefined;
  const { roles, keys } = trusted.set.root.signed;
  let asked: { readonly role: Parameters<typeof isSigned>[1]; readonly keys: typeof keys } | undefined = {
    role: roles.targets,
    keys,
  };
  let last: Vouched | undefined;
  for (const { role, metadata } of envelope.way) {
    if (last) asked = delegated(last, role, envelope.path);
    const answer = readMetadata('targets', role, Buffer.from(metadata, 'base64url'));
    if (!asked || !answer.ok || !isSigned(answer.read, asked.role, asked.keys)) return undefined;
    last = { role, read: answer.read };
  }
  return last && named(last, envelope.path);
};

/** The role as `delegator` speaks for it, where it speaks for it on this path. */
const delegated = ({ read: { signed } }: Vouched, name: string, path: string) => {
  const role = signed.delegations?.roles?.find((each) => each.name === name && covers(each, path));
  return role && signed.delegations ? { role, keys: signed.delegations.keys } : undefined;
};

const named = ({ read: { signed } }: Vouched, path: string): SignedImage | undefined => {
  const target = Object.hasOwn(signed.targets, path) ? signed.targets[path] : undefined;
  const digest = target?.hashes[DIGESTS.sha256.digest];
  const release: unknown = target?.custom;
  if (digest === undefined || !Value.Check(Release, release)) return undefined;
  return { digest, number: release.number, securityVersion: release.securityVersion };
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** One envelope, one encoding: what has changed in any bit is not what was written. */
const isCanonical = ({ v, path, roots, way }: Envelope, bytes: Uint8Array): boolean => {
  const again = (encoded: string): string => text(Buffer.from(encoded, 'base64url'));
  const written = way.map(({ role, metadata }) => ({ role, metadata: again(metadata) }));
  return Buffer.from(JSON.stringify({ v, path, roots: roots.map(again), way: written })).equals(bytes);
};

/** Whatever is no JSON is no envelope. */
const parsed = (bytes: Uint8Array): unknown => {
  try {
    // boundary slot-envelope: whoever writes the disk -> Envelope, at most MOST_BYTES, else the slot does not start;
    //   device/test/integrity/slots.test.ts
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
};
