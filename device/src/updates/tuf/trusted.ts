import { isSigned } from './keys.ts';
import { measure } from './measure.ts';
import {
  readMetadata,
  refuse,
  type Keys,
  type Kind,
  type Read,
  type Refusal,
  type Role,
  type Signed,
} from './metadata.ts';
import { floorsUnder, raisedByRoot, raisedBySnapshot, raisedByTimestamp, standing, type Floors } from './floors.ts';
import type { Millis } from '../../seams.ts';

/**
 * The metadata that this device believes, and the rules by which it comes to believe more: the detailed client workflow
 * of the TUF specification 1.0.34 (section 5), as decisions without clock, disk or network.
 *
 * - Metadata is believed in one order: roots one by one, timestamp, snapshot, targets, delegated roles on the way to a
 *   path. Nothing is believed under a set that lacks what comes before it.
 * - Every metadata is signed by a threshold of the keys that its delegator names; a root also by those of the root
 *   before it.
 * - No version is lower than one that was believed before, and no role vanishes (`floors.ts`).
 * - Snapshot and targets are the very files that the metadata above them names.
 * - `now` is the time at which the update cycle began, the same for all of it: what has ended then is not believed.
 *   Roots are followed beyond their end, so that a device that slept for years finds the keys of today.
 * - What is refused leaves the set as it was.
 */
export interface Trusted {
  readonly root: Read<'root'>;
  readonly timestamp?: Read<'timestamp'>;
  readonly snapshot?: Read<'snapshot'>;
  readonly targets?: Read<'targets'>;
  readonly floors: Floors;
}
export type Update = { readonly ok: true; readonly set: Trusted } | Refusal;

/** 5.2: the root that came with the device, or the last that it followed. It has to have signed itself. */
export const trustRoot = (bytes: Uint8Array): Update => {
  const answer = readMetadata('root', 'root', bytes);
  if (!answer.ok) return answer;
  const { read } = answer;
  if (!isSigned(read, read.signed.roles.root, read.signed.keys)) return unsigned('root');
  return { ok: true, set: { root: read, floors: floorsUnder(read) } };
};

/** 5.3.3 to 5.3.8: the root after the one believed. Its end does not matter yet: there may be another behind it. */
export const updateRoot = (set: Trusted, bytes: Uint8Array): Update => {
  const answer = readMetadata('root', 'root', bytes);
  if (!answer.ok) return answer;
  const { read } = answer;
  const { roles, keys, version } = set.root.signed;
  // EN 303 645 5.3-10, G044 6.3.10, G045 PL-2-3: who follows is named by who was believed, and by itself
  if (!isSigned(read, roles.root, keys)) return unsigned('root');
  if (!isSigned(read, read.signed.roles.root, read.signed.keys)) return unsigned('root');
  if (read.signed.version !== version + 1) {
    return refuse('rollback', 'root', `version ${read.signed.version} after version ${version}`);
  }
  return { ok: true, set: { root: read, floors: raisedByRoot(set.floors, read) } };
};

/** 5.3.10 and 5.3.11: no further root is to be had. Floors whose keys were taken away end here. */
export const closeRoots = (set: Trusted, now: Millis): Update => {
  const { root, floors } = set;
  if (root.signed.version < floors.root) {
    return refuse('rollback', 'root', `version ${root.signed.version}, and version ${floors.root} was believed before`);
  }
  if (hasEnded(root, now)) return ended('root', root);
  return { ok: true, set: { root, floors: standing(floors, root) } };
};

/**
 * The timestamp that the device kept: what it was told last, however long ago. It counts towards the floors, and is in
 * force again only when the repository has nothing newer.
 */
export const recallTimestamp = (set: Trusted, bytes: Uint8Array): Update => {
  const answer = signedByRoot('timestamp', set, bytes);
  if (!answer.ok) return answer;
  const { read } = answer;
  if (read.signed.version < (set.floors.timestamp?.version ?? 1)) return older('timestamp', read, set.floors.timestamp);
  return { ok: true, set: { ...set, timestamp: read, floors: raisedByTimestamp(set.floors, read, set.root) } };
};

/** The snapshot that the device kept: towards the floors alone. */
export const recallSnapshot = (set: Trusted, bytes: Uint8Array): Update => {
  const answer = signedByRoot('snapshot', set, bytes);
  if (!answer.ok) return answer;
  return { ok: true, set: { ...set, floors: raisedBySnapshot(set.floors, answer.read, set.root) } };
};

/** 5.4: what the repository says is newest. */
// EN 303 645 5.3-9, 5.3-10, G044 6.3.9, 6.3.10: neither an old state nor a frozen one passes for the newest
export const updateTimestamp = (set: Trusted, bytes: Uint8Array, now: Millis): Update => {
  const answer = signedByRoot('timestamp', set, bytes);
  if (!answer.ok) return answer;
  const { read } = answer;
  const { version, meta } = read.signed;
  const floor = set.floors.timestamp;
  if (floor && version < floor.version) return older('timestamp', read, floor);
  // 5.4.3.1: the same version is the same metadata, whatever stands in it now
  const chosen = set.timestamp?.signed.version === version ? set.timestamp : read;
  if (chosen === read && floor && meta['snapshot.json'].version < floor.snapshot) {
    const was = `it names snapshot ${meta['snapshot.json'].version}, and ${floor.snapshot} was named before`;
    return refuse('rollback', 'timestamp', was);
  }
  if (hasEnded(chosen, now)) return ended('timestamp', chosen);
  const { root, floors } = set;
  return { ok: true, set: { root, timestamp: chosen, floors: raisedByTimestamp(floors, chosen, root) } };
};

/** 5.5: which versions of all other metadata belong together. */
export const updateSnapshot = (set: Trusted, bytes: Uint8Array, now: Millis): Update => {
  const { root, timestamp, floors } = set;
  if (!timestamp) return refuse('not-listed', 'snapshot', 'there is no timestamp that names it');
  const named = timestamp.signed.meta['snapshot.json'];
  if (!isWhole(bytes, named)) return mixed('snapshot', 'other bytes than the timestamp names');
  const answer = signedByRoot('snapshot', set, bytes);
  if (!answer.ok) return answer;
  const { read } = answer;
  if (read.signed.version !== named.version) {
    return mixed('snapshot', `version ${read.signed.version}, and the timestamp names ${named.version}`);
  }
  const { meta } = read.signed;
  for (const [name, least] of Object.entries(floors.snapshot?.versions ?? {})) {
    const version = Object.hasOwn(meta, name) ? meta[name]?.version : undefined;
    if (version === undefined) return refuse('rollback', 'snapshot', `it no longer has ${JSON.stringify(name)}`);
    if (version < least) {
      return refuse('rollback', 'snapshot', `${JSON.stringify(name)} ${version}, and ${least} was believed before`);
    }
  }
  if (hasEnded(read, now)) return ended('snapshot', read);
  return { ok: true, set: { root, timestamp, snapshot: read, floors: raisedBySnapshot(floors, read, root) } };
};

/** Targets metadata, and which role it is of. */
export interface Vouched {
  readonly role: string;
  readonly read: Read<'targets'>;
}

/**
 * 5.6: targets metadata of `role`, as `delegator` speaks for it: the root for the top-level role, else targets metadata that was
 * itself believed on the way to the same path. Who is believed through one delegator is not thereby believed through
 * another.
 */
// EN 303 645 5.3-9, 5.3-10, TS 103 645 4.3-1, G044 6.3.9, 6.3.10, G045 PL-2-3: only what the role's own keys have signed
export const checkTargets = (
  set: Trusted,
  role: string,
  delegator: Vouched | undefined,
  bytes: Uint8Array,
  now: Millis,
): ({ readonly ok: true } & Vouched) | Refusal => {
  const named = set.snapshot && listed(set.snapshot, role);
  if (!named) return refuse('not-listed', role, 'the snapshot does not have it');
  const asked = delegator
    ? delegation(delegator.read, role)
    : { ...set.root.signed, role: set.root.signed.roles.targets };
  if (!asked) return refuse('unsigned', role, 'nobody delegates to it');
  if (!isWhole(bytes, named)) return mixed(role, 'other bytes than the snapshot names');
  const answer = readMetadata('targets', role, bytes);
  if (!answer.ok) return answer;
  const { read } = answer;
  if (!isSigned(read, asked.role, asked.keys)) return unsigned(role);
  if (read.signed.version !== named.version) {
    return mixed(role, `version ${read.signed.version}, and the snapshot names ${named.version}`);
  }
  if (hasEnded(read, now)) return ended(role, read);
  return { ok: true, role, read };
};

/** What the snapshot says of a role's file. */
export const listed = ({ signed }: Read<'snapshot'>, role: string) => {
  const name = `${role}.json`;
  return Object.hasOwn(signed.meta, name) ? signed.meta[name] : undefined;
};

const delegation = (
  { signed }: Read<'targets'>,
  name: string,
): { readonly role: Role; readonly keys: Keys } | undefined => {
  const role = signed.delegations?.roles?.find((each) => each.name === name);
  return role && signed.delegations ? { role, keys: signed.delegations.keys } : undefined;
};

const signedByRoot = <K extends 'timestamp' | 'snapshot'>(
  kind: K,
  { root }: Trusted,
  bytes: Uint8Array,
): { readonly ok: true; readonly read: Read<K> } | Refusal => {
  const answer = readMetadata(kind, kind, bytes);
  if (!answer.ok) return answer;
  return isSigned(answer.read, root.signed.roles[kind], root.signed.keys) ? answer : unsigned(kind);
};

const isWhole = (bytes: Uint8Array, named: Parameters<typeof measure>[0]): boolean => {
  const measured = measure(named);
  return measured.add(bytes) && measured.holds();
};

/** The end itself is past the end (5.3.10: it must be higher than the start of the update). */
const hasEnded = ({ signed }: { readonly signed: Pick<Signed<Kind>, 'expires'> }, now: Millis): boolean =>
  !(Date.parse(signed.expires) > now);

const unsigned = (role: string): Refusal => refuse('unsigned', role, 'too few of its keys have signed it');
const mixed = (role: string, because: string): Refusal => refuse('mix-and-match', role, because);
const ended = (role: string, { signed }: { readonly signed: Pick<Signed<Kind>, 'expires'> }): Refusal =>
  refuse('expired', role, `it ended at ${signed.expires}`);
const older = (role: string, { signed }: Read<'timestamp'>, floor: Floors['timestamp']): Refusal =>
  refuse('rollback', role, `version ${signed.version}, and ${floor?.version} was believed before`);
