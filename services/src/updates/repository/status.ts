import { offersPath, Offers, type Release, rolesOf } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { verifyUses } from '../../authority/uses.ts';
import { DAY } from '../../clock.ts';
import { releasesIn } from '../release/propose.ts';
import { hashedName, type StaticFolder } from './files.ts';
import { type Doc, digestIn, fileOf, sha256, signedBytesOf } from './metadata.ts';
import { holdersIn, type UpdateRoom } from './room.ts';
import { countOf, grantOf, productsIn, type State } from './state.ts';

/** What is published, who signed it, and when it ends: for a person, and as JSON. */
export interface RepositoryStatus {
  readonly roles: readonly RoleStatus[];
  readonly products: readonly {
    readonly product: string;
    readonly releases: readonly Pick<Release, 'version' | 'number' | 'kind' | 'securityVersion' | 'models'>[];
    readonly offers: Offers['offers'];
  }[];
  /** the log of uses: how many, and the head to write into the minutes; or what is wrong with it */
  readonly log: { readonly count: number; readonly head: string } | { readonly because: string };
}
export interface RoleStatus {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  /** whole days that are left; negative where it has ended */
  readonly daysLeft: number;
  readonly threshold: number;
  readonly keys: readonly { readonly keyid: string; readonly holder: string; readonly signed: boolean }[];
}

export function repositoryStatus(room: UpdateRoom, state: State): RepositoryStatus {
  const { files } = room;
  const holders = holdersIn(room);
  const now = room.clock.now();
  const { root, targets, snapshot, timestamp, delegated } = state;
  const of = (by: Parameters<typeof countOf>[0], doc: Doc): RoleStatus => {
    const { signers, threshold } = countOf(by, doc);
    const { version, expires } = doc.metadata.signed;
    const keys = grantOf(by, doc.role).keyids.map((keyid) => ({
      keyid,
      holder: holders[keyid] ?? 'services',
      signed: signers.includes(keyid),
    }));
    const daysLeft = Math.floor((Date.parse(expires) - now) / DAY);
    return { role: doc.role, version, expires, daysLeft, threshold, keys };
  };
  return {
    roles: [
      ...[root, targets, snapshot, timestamp].map((doc) => of(root, doc)),
      ...[...delegated.values()].map((doc) => of(targets, doc)),
    ],
    products: productsIn(targets).map((product) => ({
      product,
      releases: releasesIn(state, product).map(({ version, number, kind, securityVersion, models }) => ({
        version,
        number,
        kind,
        securityVersion,
        models,
      })),
      offers: offersOf(files, delegated.get(rolesOf(product).rollout), product),
    })),
    log: examineLog(room, state),
  };
}

/** The log follows on itself, and everything that is published is in it: a key that somebody else used is found here. */
// G044 6.5.8, G045 CR-1-2: a use of a key that devices believe was not hidden
function examineLog(
  { folder, uses }: UpdateRoom,
  { root, targets, snapshot, timestamp, delegated }: State,
): RepositoryStatus['log'] {
  const verified = verifyUses(folder);
  if (!verified.ok) return { because: `line ${verified.line} of the log of uses: ${verified.because}` };
  const known = new Set(uses.entries().map(({ signed }) => signed.digest));
  const docs: readonly Doc[] = [root, targets, snapshot, timestamp, ...delegated.values()];
  const unlogged = docs.find((doc) => !known.has(sha256(signedBytesOf(doc))));
  if (unlogged) return { because: `${fileOf(unlogged)} was signed and is not in the log of uses` };
  return { count: verified.count, head: verified.head };
}

/** The offers that are published; none where the file is not what its role signed. */
export function offersOf(files: StaticFolder, doc: State['targets'] | undefined, product: string): Offers['offers'] {
  const path = offersPath(product);
  const target = doc?.metadata.signed.targets[path];
  const bytes = target && files.read(hashedName(path, digestIn(target.hashes)));
  if (!bytes) return [];
  // no boundary: its digest is signed by ourselves; read by its schema all the same
  const offers: unknown = JSON.parse(bytes.toString('utf8'));
  return Value.Check(Offers, offers) ? offers.offers : [];
}
