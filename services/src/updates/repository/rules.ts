import type { Root, Targets } from '@tufjs/models';
import { pathsOf, rolesOf } from '@hearthward/protocol';
import { DAY } from '../../clock.ts';
import { type Doc, HIGHEST_VERSION, isRoot, isTargets } from './metadata.ts';
import { isOnline, kindOf, ROLES, whyNotProduct } from './roles.ts';
import { type Count, countOf, grantOf, productsIn, rolesIn, type State } from './state.ts';

/**
 * What signed metadata must be before it is published. The rules are those of a device (TUF 1.0.33, 5), held here first:
 * what a device would refuse, or what would leave it without a way on, never reaches it. No disk, no clock.
 */
export type RuleCode =
  | 'nothing-new'
  | 'version-not-next'
  | 'below-threshold'
  | 'role-unknown'
  | 'roles-weak'
  | 'keys-shared'
  | 'expiry-wrong'
  | 'path-not-delegated'
  | 'clock-wrong';
export interface RuleRefusal {
  readonly ok: false;
  readonly code: RuleCode;
  readonly because: string;
}
/** The offline part of what will be published, whole. */
export interface Offline {
  readonly ok: true;
  readonly root: Doc<Root>;
  readonly targets: Doc<Targets>;
  readonly delegated: ReadonlyMap<string, Doc<Targets>>;
  /** those that are new, in the order in which they are published */
  readonly fresh: readonly Doc[];
  readonly counts: readonly Count[];
}

/**
 * `proposed` are the documents that people signed; `since` is the last moment that the repository's log has, in
 * milliseconds. What is not proposed stays as it is, and must still hold under what is new.
 */
export function judge(
  state: State | undefined,
  proposed: readonly Doc[],
  now: number,
  since = 0,
): Offline | RuleRefusal {
  if (now < since)
    return refused('clock-wrong', `the clock says ${day(now)}, and this repository was signed on ${day(since)}`);
  const one = (role: string): Doc | undefined => proposed.find((doc) => doc.role === role);
  const root = isRoot(one('root')) ? (one('root') as Doc<Root>) : state?.root;
  const targets = isTargets(one('targets')) ? (one('targets') as Doc<Targets>) : state?.targets;
  if (proposed.length === 0 || !root || !targets) return refused('nothing-new', 'no signed metadata is there');
  const products = productsIn(targets);
  const weak = whyWeak(root, targets);
  if (weak) return weak;
  const delegated = new Map<string, Doc<Targets>>();
  for (const { name } of rolesIn(targets)) {
    const doc = one(name) ?? state?.delegated.get(name);
    // the services sign what is online, when the rest holds
    if (kindOf(name, products) === 'rollout') continue;
    if (!isTargets(doc)) return refused('below-threshold', `${name} has keys, and nothing that they signed`);
    delegated.set(name, doc);
  }
  const counts: Count[] = [];
  for (const doc of proposed) {
    const because = whyNot(state, doc, { root, targets, products, now });
    if (because) return because;
  }
  for (const doc of [root, targets, ...delegated.values()]) {
    for (const by of judgesOf(state, doc, root, targets, proposed)) {
      const count = countOf(by, doc);
      if (count.count < count.threshold) return tooFew(count, by);
      counts.push(count);
    }
  }
  const fresh = [root, targets, ...delegated.values()].filter((doc) => proposed.includes(doc));
  return { ok: true, root, targets, delegated, fresh, counts };
}

/** TUF 1.0.33, 5.3.4: a new root has the signatures of the old one's keys, and of its own. */
function judgesOf(
  state: State | undefined,
  doc: Doc,
  root: Doc<Root>,
  targets: Doc<Targets>,
  proposed: readonly Doc[],
): readonly (Doc<Root> | Doc<Targets>)[] {
  if (isRoot(doc)) return state && proposed.includes(doc) ? [state.root, root] : [root];
  return doc.role === 'targets' ? [root] : [targets];
}

function whyNot(
  state: State | undefined,
  doc: Doc,
  next: { root: Doc<Root>; targets: Doc<Targets>; products: readonly string[]; now: number },
): RuleRefusal | undefined {
  const { root, products, now } = next;
  const kind = kindOf(doc.role, products);
  if (kind === undefined || isOnline(kind))
    return refused('role-unknown', `${doc.role} is no role that people sign for`);
  const before =
    doc.role === 'root' ? state?.root : doc.role === 'targets' ? state?.targets : state?.delegated.get(doc.role);
  const { version, expires } = doc.metadata.signed;
  const expected = (before?.metadata.signed.version ?? 0) + 1;
  // G045 PL-2-3: versions rise one by one, so that none can be left out and none comes twice
  if (version !== expected || version > HIGHEST_VERSION)
    return refused('version-not-next', `${doc.role} ${version} was signed, and the next is ${expected}`);
  const left = Date.parse(expires) - now;
  if (left < DAY) return refused('expiry-wrong', `${doc.role} ends on ${expires}: the clock says ${day(now)}`);
  if (left > ROLES[kind].days * DAY)
    return refused('expiry-wrong', `${doc.role} lasts until ${expires}, longer than ${ROLES[kind].days} days`);
  if (doc.role !== 'root' && Date.parse(root.metadata.signed.expires) < now)
    return refused('expiry-wrong', `the root ended on ${root.metadata.signed.expires}: renew it first`);
  return isTargets(doc) ? whyPaths(doc, products) : undefined;
}

/** A role that speaks of paths which are not its own is refused, though devices would only ignore it. */
function whyPaths(doc: Doc<Targets>, products: readonly string[]): RuleRefusal | undefined {
  const paths = Object.keys(doc.metadata.signed.targets);
  const product = products.find((each) => Object.values<string>(rolesOf(each)).includes(doc.role));
  const kind = product && doc.role === rolesOf(product).security ? 'security' : 'releases';
  const own = product === undefined ? undefined : pathsOf(product)[kind].slice(0, -'*/*'.length);
  const stray = paths.find(
    (path) => own === undefined || !path.startsWith(own) || path.slice(own.length).split('/').length !== 2,
  );
  return stray === undefined ? undefined : refused('path-not-delegated', `${doc.role} may not speak of ${stray}`);
}

/** Too few keys, thresholds or paths that are not ours, or a key in two places where two people were meant. */
// G045 PL-2-3: two people make a release; no online key counts among them, and the root's keys do nothing else
function whyWeak(root: Doc<Root>, targets: Doc<Targets>): RuleRefusal | undefined {
  const { signed } = root.metadata;
  if (!signed.consistentSnapshot) return refused('roles-weak', 'the root does not ask for consistent snapshots');
  const products = productsIn(targets);
  for (const product of products) {
    const why = whyNotProduct(product, products);
    if (why) return refused('role-unknown', `${product} ${why}`);
  }
  const roles: { readonly name: string; readonly by: Doc<Root> | Doc<Targets> }[] = [
    ...(['root', 'targets', 'snapshot', 'timestamp'] as const).map((name) => ({ name, by: root })),
    ...rolesIn(targets).map(({ name }) => ({ name, by: targets })),
  ];
  const owner = new Map<string, string>();
  for (const { name, by } of roles) {
    const kind = kindOf(name, products);
    if (kind === undefined) return refused('role-unknown', `${name} belongs to no product line`);
    const { keyids, threshold } = grantOf(by, name);
    const rule = ROLES[kind];
    if (threshold !== rule.threshold || new Set(keyids).size < rule.keys)
      return refused('roles-weak', `${name} needs ${rule.threshold} of ${rule.keys} keys or more, each another`);
    const realm = kind === 'root' ? 'root' : isOnline(kind) ? name : 'offline';
    for (const keyid of keyids) {
      const other = owner.get(keyid) ?? realm;
      if (other !== realm) return refused('keys-shared', `a key of ${name} is also one of ${other}`);
      owner.set(keyid, realm);
    }
  }
  for (const { name, paths, terminating } of rolesIn(targets)) {
    const product = products.find((each) => Object.values<string>(rolesOf(each)).includes(name)) ?? '';
    const { security, rollout } = rolesOf(product);
    const kind = name === security ? 'security' : name === rollout ? 'rollout' : 'releases';
    if (paths?.length !== 1 || paths[0] !== pathsOf(product)[kind] || terminating !== (kind === 'security'))
      return refused('roles-weak', `${name} is delegated other paths than its own`);
  }
  return undefined;
}

function tooFew({ role, count, threshold }: Count, by: Doc): RuleRefusal {
  const whose = role === 'root' ? ` of root ${by.metadata.signed.version}` : '';
  return refused('below-threshold', `${role} has ${count} of the ${threshold} signatures${whose} that it needs`);
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const refused = (code: RuleCode, because: string): RuleRefusal => ({ ok: false, code, because });
