import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { rolesOf } from '@hearthward/protocol';
import {
  addSignature,
  bytesOf,
  digestIn,
  type Doc,
  fileOf,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  type TargetIn,
} from './metadata.ts';
import { expiryOf, ONLINE } from './roles.ts';
import {
  addHolders,
  type Ceremony,
  dropOnlineKeys,
  holdersIn,
  lastUse,
  lastVersionOf,
  onlineSigner,
  putOffers,
  recordUse,
  type UpdateRoom,
} from './room.ts';
import { judge, type RuleRefusal } from './rules.ts';
import { countOf, grantOf, productsIn, readState, rolesIn, type State } from './state.ts';

/**
 * Takes what people signed into the repository: judged as a device would, then published in one step with a snapshot and a
 * timestamp of the services' own. What is refused leaves the repository as it was.
 */
export interface PublishIn extends Ceremony {
  readonly docs: readonly Doc[];
  /** whose the new keys are, by keyid */
  readonly holders?: Readonly<Record<string, string>>;
  /** a further reason to refuse, asked with what is published now while nobody else may change it */
  readonly also?: (state: State | undefined) => { readonly because: string; readonly code: string } | undefined;
}
export type Published =
  | { readonly ok: true; readonly published: readonly string[]; readonly already?: true }
  | RuleRefusal
  | { readonly ok: false; readonly code: string; readonly because: string };

export function publish(room: UpdateRoom, { docs, who, why, holders = {}, also }: PublishIn): Published {
  return room.exclusively(() => {
    room.files.recover();
    const state = readState(room.files);
    if (state && docs.length > 0 && docs.every((doc) => isThere(state, doc)))
      return { ok: true, published: docs.map(fileOf), already: true };
    const judged = judge(state, docs, room.clock.now(), lastUse(room));
    if (!judged.ok) return judged;
    const refused = also?.(state);
    if (refused) return { ok: false, ...refused };

    const names = { ...holdersIn(room), ...holders };
    for (const doc of judged.fresh) {
      const keyids = new Set(judged.counts.filter(({ role }) => role === doc.role).flatMap(({ signers }) => signers));
      const signers = [...keyids].map((keyid) => ({ keyid, who: names[keyid] ?? who }));
      recordUse(room, doc, signers, why);
    }
    addHolders(room, holders);
    const { root, targets, delegated } = judged;
    const published = release(room, { root, targets, delegated, ...online(state) }, judged.fresh, why);
    dropUnused(room, root, targets);
    return { ok: true, published };
  });
}

/** The offline part, and what the online part was: each absent where nothing was published yet. */
export interface Next {
  readonly root: Doc<Root>;
  readonly targets: Doc<Targets>;
  readonly delegated: ReadonlyMap<string, Doc<Targets>>;
  readonly snapshot: Doc<Snapshot> | undefined;
  readonly timestamp: Doc<Timestamp> | undefined;
  /** documents of the online roles of products, as they are now */
  readonly rollouts: ReadonlyMap<string, Doc<Targets>>;
}

const online = (state: State | undefined) => ({
  snapshot: state?.snapshot,
  timestamp: state?.timestamp,
  rollouts: state?.delegated ?? new Map<string, Doc<Targets>>(),
});

/** Signs what is online for `next`, and publishes it with `fresh`; names of the files, the last of them the timestamp. */
export function release(room: UpdateRoom, next: Next, fresh: readonly Doc[], why: string): readonly string[] {
  const { root, targets, delegated } = next;
  const rollouts = productsIn(targets).map((product) => rolloutOf(room, product, next, why));
  const offline = [...delegated].flatMap(([role, doc]) =>
    productsIn(targets).some((product) => rolesOf(product).rollout === role) ? [] : [doc],
  );
  const all = [targets, ...offline, ...rollouts.map(({ doc }) => doc)];
  const until = untilOf(root);
  const now = room.clock.now();
  const version = nextVersion(room, 'snapshot', next.snapshot);
  const snapshot = signed(room, root, makeSnapshot(version, expiryOf('snapshot', now, until), all), why);
  const timestamp = stamp(room, next, snapshot, why);
  const made = [...fresh, ...rollouts.flatMap(({ doc, isNew }) => (isNew ? [doc] : [])), snapshot, timestamp];
  return publishDocs(room, made);
}

/** The timestamp alone, over the snapshot that is there. */
export function stamp(room: UpdateRoom, next: Next, snapshot: Doc<Snapshot>, why: string): Doc<Timestamp> {
  const version = nextVersion(room, 'timestamp', next.timestamp);
  const expires = expiryOf('timestamp', room.clock.now(), untilOf(next.root));
  return signed(room, next.root, makeTimestamp(version, expires, snapshot), why);
}

export function publishDocs({ files }: UpdateRoom, docs: readonly Doc[]): readonly string[] {
  files.publish(docs.map((doc) => ({ name: `metadata/${fileOf(doc)}`, bytes: bytesOf(doc) })));
  return docs.map(fileOf);
}

/** The document of the online role, signed anew by its key; with these targets, or those that it had. */
export function signRollout(
  room: UpdateRoom,
  product: string,
  { root, targets, rollouts }: Pick<Next, 'root' | 'targets' | 'rollouts'>,
  why: string,
  offered?: Readonly<Record<string, TargetIn>>,
): Doc<Targets> {
  const role = rolesOf(product).rollout;
  const before = rollouts.get(role);
  const now = Object.entries(before?.metadata.signed.targets ?? {}).map(
    ([path, { length, hashes }]) => [path, { length, sha256: digestIn(hashes) }] as const,
  );
  const kept = now.length > 0 ? Object.fromEntries(now) : putOffers(room, { v: 1, product, offers: [] });
  const expires = expiryOf('rollout', room.clock.now(), untilOf(root));
  const version = nextVersion(room, role, before);
  return signed(room, targets, makeTargets(role, version, expires, offered ?? kept), why);
}

/** One more than what is there; where a thief of the online key ran ahead, one more than what we signed ourselves. */
function nextVersion(room: UpdateRoom, role: string, before: Doc | undefined): number {
  const there = before?.metadata.signed.version ?? 0;
  return (there < OURS_BELOW ? there : lastVersionOf(room, role)) + 1;
}
/** a version each second would take 34 years to get there */
const OURS_BELOW = 2 ** 30;

/** What is there where it is good under the targets' keys; else signed anew. */
function rolloutOf(room: UpdateRoom, product: string, next: Next, why: string) {
  const before = next.rollouts.get(rolesOf(product).rollout);
  if (before) {
    const { count, threshold } = countOf(next.targets, before);
    const isInTime = Date.parse(before.metadata.signed.expires) > room.clock.now();
    if (count >= threshold && isInTime) return { doc: before, isNew: !isThereOf(room, before) };
  }
  return { doc: signRollout(room, product, next, why), isNew: true };
}

function signed<T extends Doc>(room: UpdateRoom, by: Doc<Root> | Doc<Targets>, doc: T, why: string): T {
  const signer = onlineSigner(room, doc.role, grantOf(by, doc.role).keyids);
  try {
    addSignature(doc, signer);
    recordUse(room, doc, [{ keyid: signer.key.keyid, who: 'services' }], why);
  } finally {
    signer.close();
  }
  return doc;
}

function dropUnused(room: UpdateRoom, root: Doc<Root>, targets: Doc<Targets>): void {
  for (const role of ONLINE) dropOnlineKeys(room, role, grantOf(root, role).keyids);
  for (const { name, keyIDs } of rolesIn(targets)) dropOnlineKeys(room, name, keyIDs);
}

const untilOf = (root: Doc<Root>): number => Date.parse(root.metadata.signed.expires);

const isThere = (state: State, doc: Doc): boolean =>
  [state.root, state.targets, ...state.delegated.values()].some(
    (there) => there.role === doc.role && bytesOf(there).equals(bytesOf(doc)),
  );

const isThereOf = ({ files }: UpdateRoom, doc: Doc): boolean =>
  files.read(`metadata/${fileOf(doc)}`)?.equals(bytesOf(doc)) ?? false;
