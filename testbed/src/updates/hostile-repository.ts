import { createHash } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { newSigner, type KeyValue, type Scheme, type Signer } from './signers.ts';

/**
 * A TUF repository in memory, by value: what it says of each role is a plain value that a test changes as it likes,
 * `publish` signs it and makes it public, and `published` is what is served, byte by byte open to every fault. Nothing
 * here checks anything: whatever an attacker could sign, keep back, mix or cut can be had from it.
 */

interface RoleValue {
  keyids: string[];
  threshold: number;
  [unknown: string]: unknown;
}
export interface DelegatedRoleValue extends RoleValue {
  name: string;
  terminating: boolean;
  paths?: string[];
  path_hash_prefixes?: string[];
}
interface MetaFileValue {
  version: number;
  length?: number;
  hashes?: Record<string, string>;
}
export interface TargetValue {
  length: number;
  hashes: Record<string, string>;
  custom?: Record<string, unknown>;
}
interface Common {
  _type: string;
  spec_version: string;
  version: number;
  expires: string;
  [unknown: string]: unknown;
}
export interface RootValue extends Common {
  consistent_snapshot?: boolean;
  keys: Record<string, KeyValue>;
  roles: Record<TopLevel, RoleValue>;
}
export interface ListValue extends Common {
  meta: Record<string, MetaFileValue>;
}
export interface TargetsValue extends Common {
  targets: Record<string, TargetValue>;
  delegations?: { keys: Record<string, KeyValue>; roles: DelegatedRoleValue[] };
}
export type TopLevel = 'root' | 'timestamp' | 'snapshot' | 'targets';
export const TOP_LEVEL: readonly TopLevel[] = ['root', 'targets', 'snapshot', 'timestamp'];

/** As TUF writes times. */
export const written = (millis: number): string => new Date(millis).toISOString().replace(/\.\d{3}Z$/, 'Z');
const DAY = 86_400_000;

export class HostileRepository {
  readonly root: RootValue;
  readonly timestamp: ListValue;
  readonly snapshot: ListValue;
  readonly delegated = new Map<string, TargetsValue>();
  /** who signs as each role */
  readonly signers = new Map<string, Signer[]>();
  /** all versions that were ever published, by role, in their order */
  readonly published = new Map<string, Uint8Array[]>();
  readonly artifacts = new Map<string, Uint8Array>();
  /** whether timestamp and snapshot say length and digest of what they name */
  withHashes = false;
  readonly #expires: string;

  /** `now`: when it begins, in milliseconds; everything ends thirty days later */
  constructor(now: number) {
    this.#expires = written(now + 30 * DAY);
    const common = (type: string): Common => ({
      _type: type,
      spec_version: '1.0.34',
      version: 1,
      expires: this.#expires,
    });
    const role = (): RoleValue => ({ keyids: [], threshold: 1 });
    const roles = { root: role(), timestamp: role(), snapshot: role(), targets: role() };
    this.root = { ...common('root'), consistent_snapshot: true, keys: {}, roles };
    this.timestamp = { ...common('timestamp'), meta: { 'snapshot.json': { version: 1 } } };
    this.snapshot = { ...common('snapshot'), meta: {} };
    this.delegated.set('targets', { ...common('targets'), targets: {} });
    for (const name of TOP_LEVEL) this.addKey(name);
    this.publish('targets', 'snapshot', 'timestamp', 'root');
  }

  get targets(): TargetsValue {
    return this.role('targets');
  }

  role(name: string): TargetsValue {
    const found = this.delegated.get(name);
    if (!found) throw new Error(`the repository has no role ${name}`);
    return found;
  }

  /** One more key for a role of the root, or of `delegator`, with its signer. */
  addKey(name: string, signer: Signer | Scheme = newSigner(), delegator?: string): Signer {
    const added = typeof signer === 'string' ? newSigner(signer) : signer;
    const [keys, role] = this.#delegation(name, delegator);
    keys[added.id] = added.key;
    role.keyids.push(added.id);
    this.signers.set(name, [...(this.signers.get(name) ?? []), added]);
    return added;
  }

  /** All keys of a top-level role go, and as many new ones as its threshold come. */
  rotateKeys(name: TopLevel): void {
    this.root.roles[name].keyids = [];
    this.signers.set(name, []);
    for (let left = this.root.roles[name].threshold; left > 0; left -= 1) this.addKey(name);
  }

  /** A role below `delegator`, last in its list, with one key of its own. */
  delegate(delegator: string, role: Partial<DelegatedRoleValue> & { readonly name: string }): void {
    const above = this.role(delegator);
    above.delegations ??= { keys: {}, roles: [] };
    above.delegations.roles.push({ keyids: [], threshold: 1, terminating: false, ...role });
    if (!this.delegated.has(role.name)) {
      const { spec_version, expires } = this.targets;
      this.delegated.set(role.name, { _type: 'targets', spec_version, version: 1, expires, targets: {} });
    }
    this.addKey(role.name, newSigner(), delegator);
  }

  addTarget(role: string, path: string, bytes: Uint8Array, custom?: Record<string, unknown>): void {
    const { targets } = this.role(role);
    targets[path] = { length: bytes.length, hashes: { sha256: sha256(bytes) }, ...(custom ? { custom } : {}) };
    this.artifacts.set(path, bytes);
  }

  /** Signs and makes public, in the order given; each version is one more than the last that was published. */
  publish(...names: readonly string[]): void {
    for (const name of names) {
      const value = this.#value(name);
      if (this.published.has(name)) value.version += 1;
      this.publishAs(name, value);
    }
  }

  /** Makes public what `value` is, whatever stands in it, and lets the metadata above it say so. */
  publishAs(name: string, value: Common, signers: readonly Signer[] = this.signers.get(name) ?? []): void {
    const bytes = signed(value, signers);
    this.published.set(name, [...(this.published.get(name) ?? []), bytes]);
    const named: MetaFileValue = {
      version: value.version,
      ...(this.withHashes ? { length: bytes.length, hashes: { sha256: sha256(bytes) } } : {}),
    };
    if (name === 'snapshot') this.timestamp.meta['snapshot.json'] = named;
    if (this.delegated.has(name)) this.snapshot.meta[`${name}.json`] = named;
  }

  /** Takes everything back that a role has published, so that its next version is the one that stands in its value. */
  forget(name: string): void {
    this.published.delete(name);
  }

  /** The last that was published of a role, or its `version`-th. */
  last(name: string, version?: number): Uint8Array {
    const bytes = this.published.get(name)?.at(version === undefined ? -1 : version - 1);
    if (!bytes) throw new Error(`the repository has published no ${name}`);
    return bytes;
  }

  /** Puts other bytes in the place of the last that was published. */
  replaceLast(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.published.set(name, [...(this.published.get(name) ?? []).slice(0, -1), change(this.last(name))]);
  }

  /** What is served under a name below the metadata's address; undefined where there is nothing. */
  file(address: string): Uint8Array | undefined {
    const [, version, quoted] = address.match(/^(?:(\d+)\.)?(.+)\.json$/) ?? [];
    if (quoted === undefined) return undefined;
    const versions = this.published.get(decodeURIComponent(quoted));
    const versioned = quoted === 'root' || (this.root.consistent_snapshot === true && quoted !== 'timestamp');
    if (versioned !== (version !== undefined)) return undefined;
    return version === undefined ? versions?.at(-1) : versions?.[Number(version) - 1];
  }

  /** What is served under a name below the targets' address. */
  artifact(address: string): Uint8Array | undefined {
    const path = address.split('/').map((each) => decodeURIComponent(each));
    const name = path.at(-1) ?? '';
    if (this.root.consistent_snapshot !== true) return this.artifacts.get(path.join('/'));
    return this.artifacts.get([...path.slice(0, -1), name.slice(name.indexOf('.') + 1)].join('/'));
  }

  #value(name: string): Common {
    if (name === 'root') return this.root;
    if (name === 'timestamp') return this.timestamp;
    return name === 'snapshot' ? this.snapshot : this.role(name);
  }

  #delegation(name: string, delegator: string | undefined): [Record<string, KeyValue>, RoleValue] {
    if (delegator === undefined) return [this.root.keys, this.root.roles[name as TopLevel]];
    const above = this.role(delegator).delegations;
    const role = above?.roles.findLast((each) => each.name === name);
    if (!above || !role) throw new Error(`${delegator} does not delegate to ${name}`);
    return [above.keys, role];
  }
}

/** A value signed by whoever. */
export const signed = (value: unknown, signers: readonly Signer[]): Uint8Array => {
  const bytes = Buffer.from(canonicalize(value));
  return Buffer.from(
    JSON.stringify({ signatures: signers.map(({ id, sign }) => ({ keyid: id, sig: sign(bytes) })), signed: value }),
  );
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
