import type { Millis } from '../../seams.ts';
import type { Believed, Limits, MetadataWorld, Target } from './client.ts';
import { raisedByRoot, readFloors, writtenFloors } from './floors.ts';
import { writeEnvelope } from './envelope.ts';
import { namingDigest } from './measure.ts';
import { fileName, refuse, type MetaFile, type Read, type Refusal, type TargetFile } from './metadata.ts';
import { continueSearch, startSearch, type Step } from './search.ts';
import type { MetadataStore } from './store.ts';
import {
  checkTargets,
  closeRoots,
  listed,
  recallSnapshot,
  recallTimestamp,
  trustRoot,
  updateRoot,
  updateSnapshot,
  updateTimestamp,
  type Trusted,
  type Update,
  type Vouched,
} from './trusted.ts';

/**
 * One update cycle: brings the bytes that the rules of `trusted.ts` ask for, from disk where they still hold, else from
 * the repository, and writes down what was believed before anything builds on it. Floors are written before the file
 * that raised them: whichever of both a crash leaves, what was believed once is not undercut.
 */

interface Cycle {
  readonly world: MetadataWorld;
  readonly limits: Limits;
  /** TUF 1.0.34, 5.1: the same from the first step to the last */
  readonly now: Millis;
}

/** `target.json` is a role's file; this is none. */
const FLOORS = 'floors';

export const runCycle = async (world: MetadataWorld, limits: Limits): Promise<Believed | Refusal> => {
  const clock = world.clock.now();
  // EN 303 645 5.3-9, G044 6.3.9: a clock set back lets nothing in that has ended
  const now = Number.isFinite(clock) ? Math.max(clock, world.notBefore) : world.notBefore;
  const cycle = { world, limits, now };
  let update = firstRoot(world);
  for (const step of [followRoots, settleFloors, bringTimestamp, bringSnapshot, bringTargets]) {
    if (!update.ok) return update;
    update = await step(cycle, update.set);
  }
  if (!update.ok) return update;
  forgetVanished(world.store, update.set);
  return believed(cycle, update.set);
};

/** 5.2: the root that was followed last; where it is lost or damaged, the one from the factory, with every floor. */
const firstRoot = ({ store, factoryRoot, damaged }: MetadataWorld): Update => {
  const factory = trustRoot(factoryRoot);
  if (!factory.ok) return factory;
  const own = store.read('root.json');
  const followed = own && trustRoot(own);
  const kept = store.read(FLOORS);
  const floors = kept && readFloors(kept);
  if (followed ? !followed.ok : kept) damaged?.('root.json');
  if (kept && !floors) damaged?.(FLOORS);
  const isNewer = followed?.ok && followed.set.root.signed.version >= factory.set.root.signed.version;
  const { root } = isNewer ? followed.set : factory.set;
  const set = { root, floors: raisedByRoot(floors ?? factory.set.floors, root) };
  if (!isNewer) keep(store, set, 'root.json', root.bytes);
  return { ok: true, set };
};

/** 5.3.3 to 5.3.9 */
const followRoots = async ({ world, limits }: Cycle, first: Trusted): Promise<Update> => {
  let set = first;
  for (let left = limits.rootRotations; left > 0; left -= 1) {
    const name = `${set.root.signed.version + 1}.root.json`;
    const fetched = await world.fetch(name, { bytes: limits.rootBytes, millis: limits.fetchMillis });
    if (!fetched.ok && fetched.code === 'absent') break;
    if (!fetched.ok) return refuse(fetched.code, 'root', fetched.because);
    const update = updateRoot(set, fetched.bytes);
    if (!update.ok) return update;
    ({ set } = update);
    // kept for the way from the factory's root to this one
    world.store.write(rootName(set.root.signed.version), fetched.bytes);
    keep(world.store, set, 'root.json', fetched.bytes);
  }
  return { ok: true, set };
};

/** 5.3.10 to 5.3.12, and what the device was told before. */
const settleFloors = ({ world: { store, damaged }, now }: Cycle, set: Trusted): Update => {
  const closed = closeRoots(set, now);
  if (!closed.ok) return closed;
  let settled = closed.set;
  for (const role of ['timestamp', 'snapshot'] as const) {
    const file = `${role}.json`;
    // a key of the role was taken away: what it had signed is forgotten with the floor, before anything new is written
    if (set.floors[role] && !settled.floors[role]) store.remove(file);
    const bytes = store.read(file);
    if (!bytes) continue;
    const recalled = role === 'timestamp' ? recallTimestamp(settled, bytes) : recallSnapshot(settled, bytes);
    if (recalled.ok) settled = recalled.set;
    else if (recalled.code === 'malformed') damaged?.(file);
  }
  keepFloors(store, settled);
  return { ok: true, set: settled };
};

/** 5.4 */
const bringTimestamp = async ({ world, limits, now }: Cycle, set: Trusted): Promise<Update> => {
  const fetched = await world.fetch('timestamp.json', { bytes: limits.timestampBytes, millis: limits.fetchMillis });
  if (!fetched.ok) return refuse(fetched.code, 'timestamp', fetched.because);
  const update = updateTimestamp(set, fetched.bytes, now);
  if (update.ok && update.set.timestamp !== set.timestamp) {
    keep(world.store, update.set, 'timestamp.json', fetched.bytes);
  }
  return update;
};

/** 5.5 */
const bringSnapshot = async (cycle: Cycle, set: Trusted): Promise<Update> => {
  const { world, limits, now } = cycle;
  const named = set.timestamp?.signed.meta['snapshot.json'];
  if (!named) return refuse('not-listed', 'snapshot', 'there is no timestamp that names it');
  const own = world.store.read('snapshot.json');
  const still = own && updateSnapshot(set, own, now);
  if (still?.ok) return still;
  const fetched = await fetchNamed(cycle, set, 'snapshot', named, limits.snapshotBytes);
  if (!fetched.ok) return fetched;
  const update = updateSnapshot(set, fetched.bytes, now);
  if (update.ok) keep(world.store, update.set, 'snapshot.json', fetched.bytes);
  return update;
};

/** 5.6.1 to 5.6.6 */
const bringTargets = async (cycle: Cycle, set: Trusted): Promise<Update> => {
  const targets = await bringRole(cycle, set, 'targets', undefined);
  return targets.ok ? { ok: true, set: { ...set, targets: targets.read } } : targets;
};

/** Targets metadata of one role, as `delegator` speaks for it on this way; from disk only if it holds on this way too. */
const bringRole = async (
  cycle: Cycle,
  set: Trusted,
  role: string,
  delegator: Vouched | undefined,
): Promise<({ readonly ok: true } & Vouched) | Refusal> => {
  const { world, limits, now } = cycle;
  const file = fileName(role);
  const own = world.store.read(file);
  const still = own && checkTargets(set, role, delegator, own, now);
  if (still?.ok) return still;
  const named = set.snapshot && listed(set.snapshot, role);
  if (!named) return refuse('not-listed', role, 'the snapshot does not have it');
  const fetched = await fetchNamed(cycle, set, role, named, limits.targetsBytes);
  if (!fetched.ok) return fetched;
  const checked = checkTargets(set, role, delegator, fetched.bytes, now);
  if (checked.ok) world.store.write(file, fetched.bytes);
  return checked;
};

const fetchNamed = async (
  { world, limits }: Cycle,
  { root }: Trusted,
  role: string,
  named: MetaFile,
  most: number,
): Promise<{ readonly ok: true; readonly bytes: Uint8Array } | Refusal> => {
  const name = root.signed.consistent_snapshot === true ? `${named.version}.${fileName(role)}` : fileName(role);
  const bytes = Math.min(named.length ?? most, most);
  const fetched = await world.fetch(name, { bytes, millis: limits.fetchMillis });
  return fetched.ok ? fetched : refuse(fetched.code, role, fetched.because);
};

/** A believed file, after the floors that it raises. */
const keep = (store: MetadataStore, set: Trusted, name: string, bytes: Uint8Array): void => {
  keepFloors(store, set);
  store.write(name, bytes);
};

const keepFloors = (store: MetadataStore, { floors }: Trusted): void => {
  const wanted = writtenFloors(floors);
  const kept = store.read(FLOORS);
  if (!kept || Buffer.compare(kept, wanted) !== 0) store.write(FLOORS, wanted);
};

/** Files of roles that the snapshot no longer has: a repository does not fill the disk with roles that come and go. */
const forgetVanished = (store: MetadataStore, { snapshot }: Trusted): void => {
  const names = Object.keys(snapshot?.signed.meta ?? {}).map((name) => fileName(name.replace(/\.json$/, '')));
  const wanted = new Set(['root.json', 'timestamp.json', 'snapshot.json', ...names]);
  for (const name of store.list()) if (name.endsWith('.json') && !wanted.has(name)) store.remove(name);
};

const believed = (cycle: Cycle, set: Trusted): Believed => {
  const current = [set.root, set.timestamp, set.snapshot, set.targets].filter((each) => each !== undefined);
  return {
    ok: true,
    endsAt: Math.min(...current.map(({ signed }) => Date.parse(signed.expires))),
    target: async (path) => {
      const found = await findTarget(cycle, set, path);
      return found.ok ? { ok: true, target: found.target } : found;
    },
    envelope: async (path) => {
      const found = await findTarget(cycle, set, path);
      const roots = rootsOf(cycle.world, set);
      return found.ok && roots ? writeEnvelope(path, roots, found.way) : undefined;
    },
  };
};

const rootName = (version: number): string => `root-${version}`;

/** From the one after the factory's to the one believed; undefined where one of them is lost. */
const rootsOf = ({ store, factoryRoot }: MetadataWorld, { root }: Trusted): readonly Uint8Array[] | undefined => {
  const factory = trustRoot(factoryRoot);
  if (!factory.ok) return undefined;
  const first = factory.set.root.signed.version + 1;
  const versions = Array.from({ length: root.signed.version - first + 1 }, (_, at) => first + at);
  const roots = versions.flatMap((version) => store.read(rootName(version)) ?? []);
  return roots.length === versions.length ? roots : undefined;
};

/** 5.6.7 */
const findTarget = async (
  cycle: Cycle,
  set: Trusted,
  path: string,
): Promise<{ readonly ok: true; readonly target: Target; readonly way: readonly Vouched[] } | Refusal> => {
  /** who was believed, and through whom */
  const ways = new Map<string, readonly Vouched[]>();
  let step: Step = startSearch(path, cycle.limits.delegatedRoles);
  while (step.kind === 'visit') {
    const { role, delegator } = step.visit;
    const top: Read<'targets'> | undefined = delegator ? undefined : set.targets;
    const checked = top ? { ok: true as const, role, read: top } : await bringRole(cycle, set, role, delegator);
    if (!checked.ok) return checked;
    ways.set(role, [...(delegator ? (ways.get(delegator.role) ?? []) : []), checked]);
    step = continueSearch(step.search, checked);
  }
  if (step.kind === 'ended') return step.refusal;
  const found = targetOf(set, step.role, path, step.target);
  return found.ok ? { ...found, way: ways.get(step.role) ?? [] } : found;
};

const targetOf = (
  { root }: Trusted,
  role: string,
  path: string,
  { length, hashes, custom }: TargetFile,
): { readonly ok: true; readonly target: Target } | Refusal => {
  const digest = namingDigest(hashes);
  if (digest === undefined) return refuse('malformed', role, 'it names a target by no digest that is believed');
  const segments = path.split('/');
  // what a URL would climb out of its folder by
  if (segments.some((each) => each === '.' || each === '..'))
    return refuse('malformed', role, 'a target above its folder');
  const name = segments.pop() ?? '';
  const named = root.signed.consistent_snapshot === true ? `${digest}.${name}` : name;
  const address = [...segments, named].map((each) => encodeURIComponent(each)).join('/');
  return { ok: true, target: { path, address, length, hashes, custom, role } };
};
