import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * Metadata as it comes from the repository, read: hostile bytes go in, and what comes out has the shape that the TUF
 * specification 1.0.34 (section 4) gives its role, or is a refusal. Nothing here is believed yet: see `trusted.ts`.
 *
 * Fields that the specification does not know stay (they are signed too). Bytes stay as they came: a digest in other
 * metadata speaks of them, and so does the file on disk.
 */

export type RefusalCode =
  /** no metadata of the specification's shape */
  | 'malformed'
  | 'wrong-type'
  /** of another major version of the specification */
  | 'wrong-edition'
  /** too few of the keys that were asked for have signed */
  | 'unsigned'
  /** older than what this device has believed before, or a role has vanished */
  | 'rollback'
  /** not the file that the metadata above it names */
  | 'mix-and-match'
  | 'expired'
  /** the snapshot does not have it */
  | 'not-listed'
  | 'too-many-roles'
  /** no role that may speak of this path does */
  | 'no-such-target'
  /** the repository has no such file */
  | 'absent'
  | 'unreachable'
  | 'too-long'
  | 'too-slow';
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** whose metadata it was */
  readonly role: string;
  readonly because: string;
}
export const refuse = (code: RefusalCode, role: string, because: string): Refusal => ({
  ok: false,
  code,
  role,
  because,
});

const Version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Length = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Name = Type.String({ minLength: 1, maxLength: 256 });
const Hashes = Type.Record(Type.String(), Type.String({ pattern: '^[0-9a-f]{32,256}$' }), { minProperties: 1 });
export type Hashes = Static<typeof Hashes>;

const Key = Type.Object({
  keytype: Name,
  scheme: Name,
  keyval: Type.Record(Type.String(), Type.String({ maxLength: 8192 })),
});
const Keys = Type.Record(Type.String(), Key);
export type Keys = Static<typeof Keys>;

const Role = Type.Object({
  keyids: Type.Array(Name, { maxItems: 64, uniqueItems: true }),
  threshold: Type.Integer({ minimum: 1, maximum: 1024 }),
});
export type Role = Static<typeof Role>;

const DelegatedRole = Type.Object({
  ...Role.properties,
  name: Name,
  terminating: Type.Boolean(),
  paths: Type.Optional(Type.Array(Type.String({ maxLength: 1024 }))),
  path_hash_prefixes: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9a-f]{1,64}$' }))),
});
export type DelegatedRole = Static<typeof DelegatedRole>;

const MetaFile = Type.Object({
  version: Version,
  length: Type.Optional(Length),
  hashes: Type.Optional(Hashes),
});
export type MetaFile = Static<typeof MetaFile>;

const TargetFile = Type.Object({
  length: Length,
  hashes: Hashes,
  custom: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type TargetFile = Static<typeof TargetFile>;

const common = {
  version: Version,
  /** the one form that the specification has (4.2.1): UTC, to the second */
  expires: Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$` }),
};
export const SCHEMAS = {
  root: Type.Object({
    ...common,
    consistent_snapshot: Type.Optional(Type.Boolean()),
    keys: Keys,
    roles: Type.Object({ root: Role, timestamp: Role, snapshot: Role, targets: Role }),
  }),
  timestamp: Type.Object({ ...common, meta: Type.Object({ 'snapshot.json': MetaFile }) }),
  snapshot: Type.Object({ ...common, meta: Type.Record(Type.String(), MetaFile) }),
  targets: Type.Object({
    ...common,
    targets: Type.Record(Type.String(), TargetFile),
    delegations: Type.Optional(Type.Object({ keys: Keys, roles: Type.Optional(Type.Array(DelegatedRole)) })),
  }),
} as const satisfies Record<string, TSchema>;
export type Kind = keyof typeof SCHEMAS;
export type Signed<K extends Kind> = Static<(typeof SCHEMAS)[K]>;

const Envelope = Type.Object({
  signatures: Type.Array(Type.Object({ keyid: Name, sig: Type.String({ maxLength: 8192 }) }), { maxItems: 256 }),
  signed: Type.Object({ _type: Type.String(), spec_version: Type.String({ maxLength: 32 }) }),
});

/** Metadata of one role, read and not yet believed. */
export interface Read<K extends Kind> {
  readonly bytes: Uint8Array;
  /** as the signature covers it, unknown fields included */
  readonly signed: Signed<K>;
  /** by key id */
  readonly signatures: ReadonlyMap<string, string>;
}

/** Reads `bytes` as metadata of `role`, which has the shape of `kind`. */
export const readMetadata = <K extends Kind>(
  kind: K,
  role: string,
  bytes: Uint8Array,
): { readonly ok: true; readonly read: Read<K> } | Refusal => {
  const value = parse(bytes);
  if (!Value.Check(Envelope, value)) return refuse('malformed', role, 'not signed metadata');
  const { signed, signatures } = value;
  const { _type: type } = signed;
  if (type !== kind) return refuse('wrong-type', role, `metadata of type ${quoted(type)}`);
  if (!/^1\.\d{1,9}(?:\.\d{1,9})?$/.test(signed.spec_version)) {
    return refuse('wrong-edition', role, `written for version ${quoted(signed.spec_version)} of the specification`);
  }
  if (!isOf(kind, signed)) return refuse('malformed', role, `not of the shape of ${kind} metadata`);
  if (Number.isNaN(Date.parse(signed.expires))) return refuse('malformed', role, 'it ends on no day');
  const byKey = new Map(signatures.map(({ keyid, sig }) => [keyid, sig]));
  // TUF 4.2.1: a key signs once
  if (byKey.size !== signatures.length) return refuse('malformed', role, 'two signatures by one key');
  const wrong = BEYOND_SHAPE[kind](signed);
  if (wrong) return refuse('malformed', role, wrong);
  return { ok: true, read: { bytes, signed, signatures: byKey } };
};

const isOf = <K extends Kind>(kind: K, signed: unknown): signed is Signed<K> => Value.Check(SCHEMAS[kind], signed);

const TOP_LEVEL: readonly string[] = ['root', 'timestamp', 'snapshot', 'targets'];

/** What a schema cannot say of delegations. */
function whyNoDelegations({ delegations }: Signed<'targets'>): string | undefined {
  const names = delegations?.roles?.map(({ name }) => name) ?? [];
  if (new Set(names).size !== names.length) return 'two delegations to one role';
  // its file would lie in the place of another
  const taken = names.find((name) => TOP_LEVEL.includes(name) || fileName(name).length > LONGEST_FILE_NAME);
  if (taken !== undefined) return `a delegated role called ${quoted(taken)}`;
  if (delegations?.roles?.some((role) => role.paths && role.path_hash_prefixes)) {
    return 'a delegation by paths and by digests of paths at once';
  }
  return undefined;
}

/** What else has to hold of each. */
const BEYOND_SHAPE: { readonly [K in Kind]: (signed: Signed<K>) => string | undefined } = {
  root: () => undefined,
  timestamp: () => undefined,
  snapshot: () => undefined,
  targets: whyNoDelegations,
};

/** 255 bytes is what file systems take; the store writes beside it under a longer name. */
const LONGEST_FILE_NAME = 240;

/** A role's file, in the store and in the repository: whatever it is called, it names one file in one folder. */
export const fileName = (role: string): string =>
  `${encodeURIComponent(role).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}.json`;

const MAX_DEPTH = 64;

/**
 * JSON whose meaning and whose signed form (the canonical one) are the same thing: a name that JavaScript takes for the
 * prototype, or half of a surrogate pair, which UTF-8 writes like any other, would be signed as one and read as another.
 */
const parse = (bytes: Uint8Array): unknown => {
  let value: unknown;
  try {
    // boundary update-metadata: any mirror -> readMetadata, at most 4 MiB, else the check fails, and what is trusted stays;
    // device/test/updates/tuf/metadata.test.ts
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined; // told as malformed
  }
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return undefined;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each === 'string' && !each.isWellFormed()) return undefined;
      if (typeof each !== 'object' || each === null) continue;
      for (const [key, inner] of Object.entries(each)) {
        if (key === '__proto__' || !key.isWellFormed()) return undefined;
        next.push(inner);
      }
    }
    level = next;
  }
  return value;
};

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));
