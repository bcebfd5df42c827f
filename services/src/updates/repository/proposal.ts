import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { asFault, ServicesFault } from '../../faults.ts';
import { syncFolder } from '../../sync-folder.ts';
import {
  addSignature,
  bytesOf,
  type Doc,
  fileOf,
  isRoot,
  isTargets,
  LONGEST_METADATA,
  readDoc,
  sha256,
  signedBytesOf,
} from './metadata.ts';
import { judge, type RuleRefusal } from './rules.ts';
import type { RoleSigner } from './signers/keys.ts';
import { grantOf, type State } from './state.ts';

/**
 * What people are asked to sign: metadata in a folder that goes from one to the next, on a medium or over a share. Nothing in
 * it is secret, and nothing in it is believed: signatures are counted when it is published.
 */
const strict = { additionalProperties: false } as const;
const About = Type.Object(
  {
    v: Type.Literal(1),
    /** in a few words: `hub 1.2.3`, `key of root revoked` */
    what: Type.String({ pattern: '^[^\\p{C}]{1,200}$' }),
    who: Type.String({ pattern: '^[^\\p{C}]{1,200}$' }),
    why: Type.String({ pattern: '^[^\\p{C}]{1,500}$' }),
    /** whose the keys are that are new with it, by keyid */
    holders: Type.Record(Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.String({ maxLength: 64 })),
  },
  strict,
);
export type About = Static<typeof About>;
export interface Proposal {
  readonly about: About;
  readonly docs: readonly Doc[];
}

const ABOUT_FILE = 'proposal.json';
const METADATA = 'metadata';

export const hasProposal = (folder: string): boolean => existsSync(join(folder, ABOUT_FILE));

/** @throws ServicesFault `already-there` where the folder has a proposal */
export function writeProposal(folder: string, { about, docs }: Proposal): void {
  if (!Value.Check(About, about)) throw new ServicesFault('metadata-refused', 'who and why in a line each');
  guarded(folder, () => {
    if (hasProposal(folder)) throw new ServicesFault('already-there', `${folder} has a proposal`);
    mkdirSync(join(folder, METADATA), { recursive: true });
    for (const doc of docs) write(join(folder, METADATA, fileOf(doc)), bytesOf(doc));
    write(join(folder, ABOUT_FILE), Buffer.from(`${JSON.stringify(about, null, 2)}\n`));
  });
}

/** Hostile: a folder that somebody brought. @throws ServicesFault `metadata-refused` */
export function readProposal(folder: string): Proposal {
  return guarded(folder, () => {
    const about = parsed(readSmall(join(folder, ABOUT_FILE)));
    if (!Value.Check(About, about)) throw new ServicesFault('metadata-refused', `${folder} has no proposal of ours`);
    const names = readdirSync(join(folder, METADATA)).sort();
    if (names.length > MOST_DOCS)
      throw new ServicesFault('metadata-refused', `${folder} has ${names.length} documents`);
    const docs = names.map((name) => {
      const role = /^[1-9][0-9]{0,9}\.([a-z0-9]+(?:-[a-z0-9]+)*)\.json$/.exec(name)?.[1];
      if (role === undefined) throw new ServicesFault('metadata-refused', `${name} is no name of metadata`);
      const doc = readDoc(role, readSmall(join(folder, METADATA, name)));
      if (fileOf(doc) !== name) throw new ServicesFault('metadata-refused', `${name} holds another version`);
      return doc;
    });
    if (new Set(docs.map(({ role }) => role)).size !== docs.length)
      throw new ServicesFault('metadata-refused', `${folder} has two versions of one role`);
    return { about, docs };
  });
}

export function dropProposal(folder: string): void {
  guarded(folder, () => {
    rmSync(join(folder, ABOUT_FILE), { force: true });
    rmSync(join(folder, METADATA), { recursive: true, force: true });
  });
}

/** What a person who signs has seen: eight bytes over everything that gets signatures, whoever has signed already. */
// EN 303 645 5.3-9: nobody signs what they were not shown
export const approvalOf = ({ docs }: Proposal): string =>
  sha256(
    Buffer.from(
      docs
        .map((doc) => `${doc.role} ${sha256(signedBytesOf(doc))}\n`)
        .sort()
        .join(''),
    ),
  ).slice(0, 16);

/** What would be refused when it is published, but for signatures that are missing yet. */
export function whyUnpublishable(state: State | undefined, { docs }: Proposal, now: number): RuleRefusal | undefined {
  const judged = judge(state, docs, now);
  return judged.ok || judged.code === 'below-threshold' ? undefined : judged;
}

/** Adds this key's signature wherever it counts; the roles that it has signed now. Nothing where it counts nowhere. */
export function signProposal(
  folder: string,
  proposal: Proposal,
  state: State | undefined,
  signer: RoleSigner,
): readonly string[] {
  const { docs } = proposal;
  const asked = docs.filter((doc) =>
    grantsFor(state, docs, doc).some((by) => grantOf(by, doc.role).keyids.includes(signer.key.keyid)),
  );
  for (const doc of asked) {
    addSignature(doc, signer);
    guarded(folder, () => write(join(folder, METADATA, fileOf(doc)), bytesOf(doc)));
  }
  return asked.map(({ role }) => role);
}

/** Who says which keys a document needs: what is proposed with it, else what is published. */
export function grantsFor(state: State | undefined, docs: readonly Doc[], doc: Doc) {
  const root = docs.find(isRoot);
  const targets = docs.find((each) => each.role === 'targets' && isTargets(each));
  const by =
    doc.role === 'root'
      ? [state?.root, root]
      : doc.role === 'targets'
        ? [root ?? state?.root]
        : [targets ?? state?.targets];
  return by.filter((each) => isRoot(each) || isTargets(each));
}

const MOST_DOCS = 200;
const readSmall = (file: string): Buffer => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size > LONGEST_METADATA)
    throw new ServicesFault('metadata-refused', `${file} is missing, or no metadata`);
  return readFileSync(file);
};

const parsed = (bytes: Buffer): unknown => {
  try {
    // boundary proposal: a folder that a holder names -> About, at most LONGEST_METADATA, else metadata-refused;
    // services/test/updates/repository.test.ts
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // what is not JSON is no proposal: the schema refuses it
    return undefined;
  }
};

function write(file: string, bytes: Uint8Array): void {
  const handle = openSync(`${file}.new`, 'w', 0o644);
  try {
    writeSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
  syncFolder(join(file, '..'));
}

function guarded<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFault(error, where);
  }
}
