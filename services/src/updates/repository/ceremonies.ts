import type { Targets } from '@tufjs/models';
import { rolesOf } from '@hearthward/protocol';
import { ServicesFault } from '../../faults.ts';
import {
  delegationsOf,
  digestIn,
  type Doc,
  type KeyIn,
  makeRoot,
  makeTargets,
  type ProductKeys,
  type TargetIn,
} from './metadata.ts';
import { expiryOf, isOnline, kindOf, ONLINE, whyNotProduct } from './roles.ts';
import { type Ceremony, holdersIn, makeOnlineKey, type UpdateRoom } from './room.ts';
import type { Proposal } from './proposal.ts';
import type { RoleKey } from './signers/keys.ts';
import { grantOf, productsIn, type State } from './state.ts';

/**
 * What people do with the keys of the update repository (docs/ceremonies.md): begin, add a product line, rotate, revoke,
 * renew. Each makes a proposal; it counts when as many people as are needed have signed it, and it is published.
 */
export interface ProductHolders {
  readonly product: string;
  readonly releases: readonly RoleKey[];
  /** those of `releases` where it is absent */
  readonly security?: readonly RoleKey[];
}

/** @throws ServicesFault `already-there` */
export function begin(
  room: UpdateRoom,
  state: State | undefined,
  {
    root,
    targets,
    products,
  }: {
    readonly root: readonly RoleKey[];
    readonly targets: readonly RoleKey[];
    readonly products: readonly ProductHolders[];
  },
  ceremony: Ceremony,
): Proposal {
  if (state) throw new ServicesFault('already-there', 'this folder has an update repository');
  mustDiffer(root);
  mustDiffer(targets);
  const keys: Keys = { root: { root, targets, snapshot: [], timestamp: [] }, products: {} };
  for (const role of ONLINE) keys.root[role] = [makeOnlineKey(room, role, ceremony)];
  for (const holders of products) joined(room, keys, holders, ceremony);
  const brought = [
    ...root,
    ...targets,
    ...products.flatMap(({ releases, security = [] }) => [...releases, ...security]),
  ];
  return proposal(`the repository of ${products.map(({ product }) => product).join(', ')}`, ceremony, brought, [
    ...documents(room, undefined, keys, new Set()),
  ]);
}

/** A product line that the targets have not delegated to before. @throws ServicesFault `already-there` */
export function addProduct(room: UpdateRoom, state: State, holders: ProductHolders, ceremony: Ceremony): Proposal {
  const keys = keysIn(state);
  if (keys.products[holders.product]) throw new ServicesFault('already-there', `${holders.product} has its roles`);
  joined(room, keys, holders, ceremony);
  const brought = [...holders.releases, ...(holders.security ?? [])];
  return proposal(`product line ${holders.product}`, ceremony, brought, documents(room, state, keys, new Set()));
}

/**
 * Other keys for one role. Of an online role the services make a new one, and the old one signs until the proposal is
 * published: that is the answer to stolen online keys. Devices forget what a thief signed when the root names other keys (TUF 1.0.33, 5.3.11).
 */
export function rotate(
  room: UpdateRoom,
  state: State,
  change: { readonly role: string; readonly add: readonly RoleKey[]; readonly remove: readonly string[] },
  ceremony: Ceremony,
): Proposal {
  const { role, add, remove } = change;
  const kind = kindOf(role, productsIn(state.targets));
  if (kind === undefined) throw new ServicesFault('role-unknown', `there is no role ${JSON.stringify(role)}`);
  const online = isOnline(kind);
  if (online && (add.length > 0 || remove.length > 0))
    throw new ServicesFault('key-refused', `the services make the key of ${role} themselves`);
  if (!online && add.length + remove.length === 0)
    throw new ServicesFault('key-refused', 'a key to add, or one to remove, is needed');
  const keys = keysIn(state);
  changeKeys(keys, (name, before) => {
    if (name !== role) return before;
    if (online) return [makeOnlineKey(room, role, ceremony)];
    const gone = remove.map((keyid) => found(before, keyid, role));
    return people(room, [...before.filter((key) => !gone.includes(key)), ...add]);
  });
  return proposal(`other keys of ${role}`, ceremony, add, documents(room, state, keys, new Set()));
}

/** Takes one key out of every role that has it, with another in its place. @throws ServicesFault `key-refused` */
// EN 303 645 5.3-9, G045 PL-2-3: a key that somebody else has signs nothing more that a device takes
export function revoke(
  room: UpdateRoom,
  state: State,
  { keyid, replacement }: { readonly keyid: string; readonly replacement?: RoleKey },
  ceremony: Ceremony,
): Proposal {
  const keys = keysIn(state);
  const roles: string[] = [];
  changeKeys(keys, (name, before) => {
    const gone = before.find((key) => key.keyid.startsWith(keyid));
    if (!gone || keyid.length < SHORTEST_KEYID) return before;
    roles.push(name);
    const kept = before.filter((key) => key !== gone);
    if (isOnlineRole(name, state)) return [makeOnlineKey(room, name, ceremony)];
    return people(room, replacement ? [...kept, replacement] : kept);
  });
  if (roles.length === 0) throw new ServicesFault('key-refused', `no role has a key ${keyid}`);
  const what = `key ${keyid.slice(0, 16)} of ${roles.join(', ')} revoked`;
  return proposal(what, ceremony, replacement ? [replacement] : [], documents(room, state, keys, new Set()));
}

/** The same again for longer, before it ends. */
export function renew(room: UpdateRoom, state: State, roles: readonly string[], ceremony: Ceremony): Proposal {
  const known = ['root', 'targets', ...state.delegated.keys()].filter((name) => !isOnlineRole(name, state));
  const unknown = roles.find((role) => !known.includes(role));
  if (unknown !== undefined) throw new ServicesFault('role-unknown', `people sign nothing as ${unknown}`);
  return proposal(`${roles.join(', ')} renewed`, ceremony, [], documents(room, state, keysIn(state), new Set(roles)));
}

interface Keys {
  readonly root: Record<'root' | 'targets' | 'snapshot' | 'timestamp', readonly KeyIn[]>;
  readonly products: Record<string, ProductKeys>;
}

function keysIn({ root, targets }: State): Keys {
  const of = (by: Parameters<typeof grantOf>[0], role: string): readonly KeyIn[] => {
    const { keyids, keys } = grantOf(by, role);
    return keyids.map((keyid) => ({ keyid, key: keys[keyid]?.toJSON() as unknown as KeyIn['key'] }));
  };
  const products = productsIn(targets).map((product) => {
    const { releases, security, rollout } = rolesOf(product);
    return [
      product,
      { releases: of(targets, releases), security: of(targets, security), rollout: of(targets, rollout) },
    ] as const;
  });
  return {
    root: {
      root: of(root, 'root'),
      targets: of(root, 'targets'),
      snapshot: of(root, 'snapshot'),
      timestamp: of(root, 'timestamp'),
    },
    products: Object.fromEntries(products),
  };
}

function changeKeys(keys: Keys, to: (role: string, before: readonly KeyIn[]) => readonly KeyIn[]): void {
  for (const role of ['root', 'targets', 'snapshot', 'timestamp'] as const) keys.root[role] = to(role, keys.root[role]);
  for (const [product, before] of Object.entries(keys.products)) {
    const { releases, security, rollout } = rolesOf(product);
    keys.products[product] = {
      releases: to(releases, before.releases),
      security: to(security, before.security),
      rollout: to(rollout, before.rollout),
    };
  }
}

function joined(
  room: UpdateRoom,
  keys: Keys,
  { product, releases, security = releases }: ProductHolders,
  ceremony: Ceremony,
): void {
  const why = whyNotProduct(product, Object.keys(keys.products));
  if (why) throw new ServicesFault('role-unknown', `${JSON.stringify(product)} ${why}`);
  mustDiffer(releases);
  mustDiffer(security);
  keys.products[product] = { releases, security, rollout: [makeOnlineKey(room, rolesOf(product).rollout, ceremony)] };
}

/** The documents that differ from what is published, or are asked for; each the next version of its role. */
function documents(room: UpdateRoom, state: State | undefined, keys: Keys, asked: ReadonlySet<string>): Doc[] {
  const now = room.clock.now();
  const before = state && keysIn(state);
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const docs: Doc[] = [];
  const next = (doc: Doc | undefined): number => (doc?.metadata.signed.version ?? 0) + 1;
  if (asked.has('root') || differs(before?.root, keys.root))
    docs.push(makeRoot(next(state?.root), expiryOf('root', now), keys.root));
  const rekeyed = differs(before?.root.targets, keys.root.targets);
  if (asked.has('targets') || rekeyed || differs(before?.products, keys.products)) {
    const expires = expiryOf('targets', now);
    docs.push(makeTargets('targets', next(state?.targets), expires, {}, delegationsOf(keys.products)));
  }
  for (const [product, mine] of Object.entries(keys.products)) {
    for (const kind of ['releases', 'security'] as const) {
      const role = rolesOf(product)[kind];
      const published = state?.delegated.get(role);
      if (asked.has(role) || differs(before?.products[product]?.[kind], mine[kind]))
        docs.push(makeTargets(role, next(published), expiryOf('releases', now), published ? targetsOf(published) : {}));
    }
  }
  return docs;
}

/** What a document says of its targets, to be said again in the next version. */
export const targetsOf = ({ metadata }: Doc<Targets>): Record<string, TargetIn> =>
  Object.fromEntries(
    Object.entries(metadata.signed.targets).map(([path, { length, hashes, unrecognizedFields }]) => [
      path,
      {
        length,
        sha256: digestIn(hashes),
        ...('custom' in unrecognizedFields ? { custom: unrecognizedFields['custom'] as object } : {}),
      },
    ]),
  );

const proposal = (
  what: string,
  { who, why }: Ceremony,
  brought: readonly RoleKey[],
  docs: readonly Doc[],
): Proposal => ({
  about: { v: 1, what, who, why, holders: Object.fromEntries(brought.map(({ keyid, holder }) => [keyid, holder])) },
  docs,
});

const SHORTEST_KEYID = 8;
function found(keys: readonly KeyIn[], keyid: string, role: string): KeyIn {
  const key = keyid.length >= SHORTEST_KEYID ? keys.find((each) => each.keyid.startsWith(keyid)) : undefined;
  if (!key) throw new ServicesFault('key-refused', `${role} has no key ${keyid}`);
  return key;
}

const isOnlineRole = (role: string, { targets }: State): boolean => {
  const kind = kindOf(role, productsIn(targets));
  return kind !== undefined && isOnline(kind);
};

function people(room: UpdateRoom, keys: readonly (KeyIn & { readonly holder?: string })[]): readonly KeyIn[] {
  const names = holdersIn(room);
  mustDiffer(keys.map(({ keyid, key, holder = names[keyid] ?? keyid }) => ({ keyid, key, holder })));
  return keys;
}

/** Two keys of one person are one person. */
function mustDiffer(keys: readonly RoleKey[]): void {
  const twice = keys.find(
    ({ holder, keyid }, at) => keys.findIndex((each) => each.holder === holder || each.keyid === keyid) !== at,
  );
  if (twice) throw new ServicesFault('key-refused', `${twice.holder} is there twice`);
}
