import { closeSync, constants, copyFileSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '@tufjs/models';
import { Release, releasePaths, rolesOf } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { asFault, ServicesFault } from '../../faults.ts';
import { targetsOf } from '../repository/ceremonies.ts';
import { syncFolder } from '../../sync-folder.ts';
import { hashedName } from '../repository/files.ts';
import { digestIn, type Doc, makeTargets, type TargetIn } from '../repository/metadata.ts';
import type { Proposal } from '../repository/proposal.ts';
import { expiryOf } from '../repository/roles.ts';
import type { Ceremony, UpdateRoom } from '../repository/room.ts';
import { productsIn, type State } from '../repository/state.ts';
import { FILES, kindFolder, type ReleaseFolder, sha256Of } from './folder.ts';

/** A release as people sign it: the next version of its role's metadata, which names it with everything said about it. */
export type ReleaseCode =
  | 'product-unknown'
  | 'version-taken'
  | 'number-not-rising'
  | 'security-version-falls'
  | 'delta-unknown';
export interface ReleaseRefused {
  readonly code: ReleaseCode;
  readonly because: string;
}

/** What was published before, of both roles of a product, newest number last. */
export function releasesIn(state: State, product: string): readonly (Release & { readonly manifest: string })[] {
  const { releases, security } = rolesOf(product);
  return [state.delegated.get(releases), state.delegated.get(security)]
    .flatMap((doc) => Object.values(doc?.metadata.signed.targets ?? {}))
    .flatMap(({ path, custom, hashes }) => {
      if (!path.endsWith('/image.json') || !Value.Check(Release, custom)) return [];
      return [{ ...custom, manifest: digestIn(hashes) }];
    })
    .sort((a, b) => a.number - b.number);
}

/** The rules that a release has to hold beside those published before it. */
// EN 303 645 5.3-9, 5.3-10, G044 6.3.9, 6.3.10, G045 PL-2-3: nothing older comes back as something newer, and no other product's comes at all
export function whyNotRelease(state: State, release: Release): ReleaseRefused | undefined {
  const { product, version, number, securityVersion, deltas } = release;
  if (!productsIn(state.targets).includes(product))
    return { code: 'product-unknown', because: `this repository has no product ${product}` };
  const before = releasesIn(state, product);
  const newest = before.at(-1);
  if (before.some((each) => each.version === version))
    return { code: 'version-taken', because: `${product} ${version} is published already` };
  if (newest && number <= newest.number)
    return {
      code: 'number-not-rising',
      because: `number ${number} is not above ${newest.number} of ${newest.version}`,
    };
  const floor = before.reduce((highest, each) => Math.max(highest, each.securityVersion), 0);
  if (securityVersion < floor)
    return { code: 'security-version-falls', because: `security version ${securityVersion} is below ${floor}` };
  const unknown = deltas.find(({ fromImage }) => !before.some(({ manifest }) => manifest === fromImage));
  if (unknown) return { code: 'delta-unknown', because: `${unknown.pack} begins at an image that is not published` };
  return undefined;
}

export function proposeRelease(
  { clock }: Pick<UpdateRoom, 'clock'>,
  state: State,
  { release, targets }: ReleaseFolder,
  { who, why }: Ceremony,
): Proposal {
  const role = rolesOf(release.product)[kindFolder(release) === 'security' ? 'security' : 'releases'];
  const published = state.delegated.get(role);
  const version = (published?.metadata.signed.version ?? 0) + 1;
  const named = { ...(published ? targetsOf(published) : {}), ...targetsFor(release, targets) };
  return {
    about: { v: 1, what: `${release.product} ${release.version}`, who, why, holders: {} },
    docs: [makeTargets(role, version, expiryOf('releases', clock.now()), named)],
  };
}

/** The signed document must name exactly the files of this folder, and say of the release what the folder says. */
export function whySigned(doc: Doc<Targets>, { release, targets }: ReleaseFolder): string | undefined {
  const signed = targetsOf(doc);
  const meant = targetsFor(release, targets);
  const differs = Object.entries(meant).find(
    ([path, target]) => JSON.stringify(order(signed[path])) !== JSON.stringify(order(target)),
  );
  return differs === undefined ? undefined : `what was signed of ${differs[0]} is not what the folder has`;
}
const order = (target: TargetIn | undefined) => target && [target.length, target.sha256, sorted(target.custom)];
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
};

function targetsFor(release: Release, targets: ReleaseFolder['targets']): Record<string, TargetIn> {
  const { image } = releasePaths(release.product, kindFolder(release), release.version);
  return Object.fromEntries(
    Object.entries(targets).map(([path, { length, sha256 }]) => [
      path,
      { length, sha256, ...(path === image ? { custom: release } : {}) },
    ]),
  );
}

/** Lays the files of a release into the static folder under their digests; whole or absent, before anything names them. */
export async function putRelease(
  { files }: Pick<UpdateRoom, 'files'>,
  { folder, targets }: ReleaseFolder,
): Promise<void> {
  for (const [path, { name, sha256 }] of Object.entries(targets)) {
    const hashed = hashedName(path, sha256);
    const to = join(files.path, hashed);
    if (existsSync(to)) continue;
    const inFolder = files.folderFor(hashed);
    try {
      copyFileSync(join(folder, FILES, name), `${to}.new`, constants.COPYFILE_FICLONE);
      const handle = openSync(`${to}.new`, 'r+');
      try {
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      // the folder may have changed since it was read
      if ((await sha256Of(`${to}.new`)) !== sha256)
        throw new ServicesFault('metadata-refused', `${name} changed while it was published`);
      renameSync(`${to}.new`, to);
      syncFolder(inFolder);
    } catch (error) {
      throw asFault(error, to);
    }
  }
}
