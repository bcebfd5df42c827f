import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { createHash } from 'node:crypto';
import { DIGESTS } from '@hearthward/protocol';
import { fingerprints } from './keys.ts';
import type { Read } from './metadata.ts';

/**
 * What this device has believed before, beside the files that it believed: versions below which nothing is taken again,
 * also when a file on disk is damaged, or a corrupt root sends the device back to the one from the factory.
 *
 * A floor ends in one way only: the root takes a key away from the role whose metadata made it (recovery from a
 * fast-forward, TUF 1.0.34, 5.3.11). What the timestamp vouches for ends with a key of the timestamp, what the snapshot
 * vouches for with a key of the snapshot.
 */

const Version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** the role's keys when the floor was made: see `fingerprints` */
const Keys = Type.Array(Type.String({ maxLength: 300 }), { maxItems: 64 });
export const Floors = Type.Object(
  {
    v: Type.Literal(1),
    root: Version,
    timestamp: Type.Optional(
      Type.Object({ version: Version, snapshot: Version, keys: Keys }, { additionalProperties: false }),
    ),
    snapshot: Type.Optional(
      Type.Object({ versions: Type.Record(Type.String(), Version), keys: Keys }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
export type Floors = Static<typeof Floors>;

export const floorsUnder = (root: Read<'root'>): Floors => ({ v: 1, root: root.signed.version });

/** The floors that still stand under `root`, which is not older than they are. */
export const standing = (floors: Floors, { signed }: Read<'root'>): Floors => {
  const stands = (name: 'timestamp' | 'snapshot'): boolean => {
    const now = new Set(fingerprints(signed.roles[name], signed.keys));
    return floors[name]?.keys.every((key) => now.has(key)) ?? false;
  };
  return {
    v: 1,
    root: floors.root,
    ...(floors.timestamp && stands('timestamp') ? { timestamp: floors.timestamp } : {}),
    ...(floors.snapshot && stands('snapshot') ? { snapshot: floors.snapshot } : {}),
  };
};

export const raisedByRoot = (floors: Floors, { signed }: Read<'root'>): Floors => ({
  ...floors,
  root: Math.max(floors.root, signed.version),
});

export const raisedByTimestamp = (floors: Floors, { signed }: Read<'timestamp'>, root: Read<'root'>): Floors => ({
  ...floors,
  timestamp: {
    version: Math.max(signed.version, floors.timestamp?.version ?? 1),
    snapshot: Math.max(signed.meta['snapshot.json'].version, floors.timestamp?.snapshot ?? 1),
    keys: fingerprints(root.signed.roles.timestamp, root.signed.keys),
  },
});

export const raisedBySnapshot = (floors: Floors, { signed }: Read<'snapshot'>, root: Read<'root'>): Floors => {
  const versions: Record<string, number> = { ...floors.snapshot?.versions };
  for (const [name, { version }] of Object.entries(signed.meta)) {
    versions[name] = Math.max(version, Object.hasOwn(versions, name) ? (versions[name] ?? 1) : 1);
  }
  return { ...floors, snapshot: { versions, keys: fingerprints(root.signed.roles.snapshot, root.signed.keys) } };
};

/** With a digest, so that a flipped bit neither lowers a floor nor raises one out of reach. */
export const writtenFloors = (floors: Floors): Uint8Array => {
  const text = JSON.stringify(floors);
  return Buffer.from(`${digest(text)}\n${text}\n`);
};

/** Undefined where the bytes are not what `writtenFloors` has written. */
export const readFloors = (bytes: Uint8Array): Floors | undefined => {
  const [sum, text, end, ...more] = Buffer.from(bytes).toString('utf8').split('\n');
  if (text === undefined || end !== '' || more.length > 0 || digest(text) !== sum) return undefined;
  try {
    // boundary version-floors: the disk -> Floors, at most 16 MiB, as its folder is read, else the files’ own versions stand;
    // device/test/updates/tuf/floors.test.ts
    const floors: unknown = JSON.parse(text);
    return Value.Check(Floors, floors) ? floors : undefined;
  } catch {
    return undefined; // told by the caller: the files' own versions stand
  }
};

const digest = (text: string): string => createHash(DIGESTS.sha256.digest).update(text).digest('hex');
