import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata, MetadataKind, type Root, type Snapshot, type Targets, type Timestamp } from '@tufjs/models';

/**
 * A device's client in a few lines, after the client workflow of the TUF specification (5.3 to 5.7), for what the services
 * publish: it shares nothing with the code that it tests but the library that both stand on.
 */
export class Walk {
  root: Metadata<Root>;
  timestamp: Metadata<Timestamp> | undefined;
  snapshot: Metadata<Snapshot> | undefined;
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.root = this.#read(MetadataKind.Root, '1.root.json') as Metadata<Root>;
    this.root.verifyDelegate('root', this.root);
  }

  /** What it trusts after a check at `now`. @throws what a device would refuse */
  refresh(now: number): Metadata<Targets> {
    this.#roots(now);
    const timestamp = this.#read(MetadataKind.Timestamp, 'timestamp.json') as Metadata<Timestamp>;
    this.root.verifyDelegate('timestamp', timestamp);
    if (this.timestamp) {
      if (timestamp.signed.version < this.timestamp.signed.version) throw new Error('timestamp rolled back');
      if (timestamp.signed.snapshotMeta.version < this.timestamp.signed.snapshotMeta.version)
        throw new Error('snapshot rolled back');
    }
    mustBeFresh(timestamp, now);
    this.timestamp = timestamp;

    const { snapshotMeta } = timestamp.signed;
    const raw = this.#bytes(`${snapshotMeta.version}.snapshot.json`);
    snapshotMeta.verify(raw);
    const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, JSON.parse(raw.toString()));
    this.root.verifyDelegate('snapshot', snapshot);
    for (const [name, { version }] of Object.entries(this.snapshot?.signed.meta ?? {}))
      if ((snapshot.signed.meta[name]?.version ?? 0) < version) throw new Error(`${name} rolled back`);
    mustBeFresh(snapshot, now);
    this.snapshot = snapshot;
    const targets = this.#targets('targets');
    this.root.verifyDelegate('targets', targets);
    mustBeFresh(targets, now);
    return targets;
  }

  /** The target by the delegations, in their order; a terminating one ends the search. */
  find(path: string, now: number) {
    const targets = this.#targets('targets');
    for (const { role, terminating } of targets.signed.delegations?.rolesForTarget(path) ?? []) {
      const doc = this.#targets(role);
      targets.verifyDelegate(role, doc);
      mustBeFresh(doc, now);
      const found = doc.signed.targets[path];
      if (found) return { role, target: found, bytes: this.#target(path, found.hashes['sha256'] ?? '', found.length) };
      if (terminating) return undefined;
    }
    return undefined;
  }

  #roots(now: number): void {
    for (;;) {
      const next = this.#tryBytes(`${this.root.signed.version + 1}.root.json`);
      if (!next) break;
      const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(next.toString()));
      this.root.verifyDelegate('root', root);
      root.verifyDelegate('root', root);
      if (root.signed.version !== this.root.signed.version + 1) throw new Error('root of another version');
      // 5.3.11: what a thief of online keys made is forgotten with the keys
      const keysOf = (of: Metadata<Root>, role: string) => JSON.stringify(of.signed.roles[role]?.keyIDs);
      if (['snapshot', 'timestamp'].some((role) => keysOf(root, role) !== keysOf(this.root, role))) {
        this.timestamp = undefined;
        this.snapshot = undefined;
      }
      this.root = root;
    }
    mustBeFresh(this.root, now);
  }

  #targets(role: string): Metadata<Targets> {
    const meta = this.snapshot?.signed.meta[`${role}.json`];
    if (!meta) throw new Error(`the snapshot does not name ${role}`);
    const raw = this.#bytes(`${meta.version}.${role}.json`);
    meta.verify(raw);
    const doc = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(raw.toString()));
    if (doc.signed.version !== meta.version) throw new Error(`${role} of another version`);
    return doc;
  }

  #target(path: string, digest: string, length: number): Buffer {
    const cut = path.lastIndexOf('/') + 1;
    const bytes = readFileSync(join(this.folder, 'targets', path.slice(0, cut), `${digest}.${path.slice(cut)}`));
    if (bytes.length !== length) throw new Error(`${path} has another length`);
    return bytes;
  }

  #read(kind: MetadataKind, name: string) {
    // one overload for each kind, and a union is none of them
    return Metadata.fromJSON(kind as MetadataKind.Root, JSON.parse(this.#bytes(name).toString())) as unknown;
  }
  #bytes(name: string): Buffer {
    return readFileSync(join(this.folder, 'metadata', name));
  }
  #tryBytes(name: string): Buffer | undefined {
    try {
      return this.#bytes(name);
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function mustBeFresh({ signed }: Metadata<Root | Timestamp | Snapshot | Targets>, now: number): void {
  if (signed.isExpired(new Date(now))) throw new Error(`${signed.type} has expired`);
}
