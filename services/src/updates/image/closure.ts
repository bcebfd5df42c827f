import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { dependenciesOf, type Lockfile, lockfileAbove, manifestIn, type PackageManifest } from './manifest.ts';
import { isFor, type Platform, platformName } from './native.ts';

/**
 * The packages that a product runs with: its own, ours that it stands on, and those of the ecosystem, as the package
 * manager laid them out and in the versions of its lockfile. What only builds or tests is not among them.
 */
export interface Placed {
  /** real folder, no link */
  readonly folder: string;
  /** where it lies in the image; empty for the product, which is its root */
  readonly place: string;
  /** written in this workspace: TypeScript that is still to be emitted, and a list of what ships */
  readonly own: boolean;
  readonly manifest: PackageManifest;
}
export interface Closure {
  /** folder of the lockfile */
  readonly root: string;
  readonly lock: Lockfile;
  /** in the order of their places */
  readonly packages: readonly Placed[];
}
export type ImageCode =
  | 'package-not-found'
  | 'not-installed'
  | 'files-not-listed'
  | 'native-add-on'
  | 'compiler-missing'
  | 'compiler-refused'
  | 'bundler-refused'
  | 'start-missing'
  | 'not-as-listed'
  | 'too-large';
export interface ImageRefused {
  readonly ok: false;
  readonly code: ImageCode;
  readonly lines: readonly string[];
}

export function closureOf(
  productFolder: string,
  platform: Platform,
): { readonly ok: true; readonly closure: Closure } | ImageRefused {
  const manifest = manifestIn(productFolder);
  if (!manifest)
    return imageRefused('package-not-found', [`${productFolder} has no package.json with a name and a version`]);
  const product = realpathSync(productFolder);
  const above = lockfileAbove(product);
  if (!above)
    return imageRefused('not-installed', [
      `${productFolder} has no package-lock.json that can be read, nor has a folder above it`,
    ]);
  const { root, lock } = above;

  const lines: string[] = [];
  const without = new Set<string>();
  const found = new Map<string, Placed>();
  const queue: Placed[] = [{ folder: product, place: '', own: true, manifest }];
  for (let from = queue.shift(); from; from = queue.shift()) {
    const there = found.get(from.place);
    if (there && there.folder !== from.folder)
      lines.push(`${there.folder} and ${from.folder} would both lie in ${from.place}`);
    if (there) continue;
    found.set(from.place, from);
    for (const [name, need] of dependenciesOf(from.manifest)) {
      const at = lookUp(name, from.folder, root);
      const read = at === undefined ? `${name} is not installed` : placed(at, { root, product, lock });
      const because =
        typeof read === 'object' && !isFor(read.manifest, platform)
          ? `${name} does not run on ${platformName(platform)}`
          : read;
      if (typeof because !== 'string') queue.push(because);
      else if (need === 'needed' || (at !== undefined && read === because))
        lines.push(`${because} (${from.manifest.name} needs it)`);
      else without.add(name);
    }
  }
  if (lines.length > 0) return imageRefused('not-installed', lines);
  const absent = addOnsFor(platform, without, lock);
  if (absent.length > 0) return imageRefused('native-add-on', absent);
  const packages = [...found.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
  return { ok: true, closure: { root, lock, packages } };
}

export const imageRefused = (code: ImageCode, lines: readonly string[]): ImageRefused => ({ ok: false, code, lines });

/** Where Node would look for it; by hand, since packages need not export their manifest. */
function lookUp(name: string, from: string, root: string): string | undefined {
  const candidate = join(from, 'node_modules', name);
  if (existsSync(join(candidate, 'package.json'))) return candidate;
  return from === root || dirname(from) === from ? undefined : lookUp(name, dirname(from), root);
}

/** A package that was found, or why it is not what the lockfile says. */
function placed(
  at: string,
  { root, product, lock }: { readonly root: string; readonly product: string; readonly lock: Lockfile },
): Placed | string {
  const folder = realpathSync(at);
  const key = slashed(relative(root, at));
  const manifest = manifestIn(folder);
  const locked = lock.packages[key];
  // a link of the workspace: the lockfile names the folder, and that has the version
  const version = locked?.version ?? lock.packages[locked?.resolved ?? '']?.version;
  if (!manifest || manifest.version !== version)
    return `${key} is ${manifest?.version ?? 'no package'}, and the lockfile says ${version ?? 'nothing of it'}`;
  const own = !folder.split(sep).includes('node_modules');
  const from = slashed(relative(product, at));
  // what the product's own folder holds comes to the root of the image, as what all packages share does
  return { folder, place: from.startsWith('../') ? key : from, own, manifest };
}

/** Packages that were left out as optional, of which the lockfile knows that they are meant for this platform. */
function addOnsFor(platform: Platform, names: ReadonlySet<string>, { packages }: Lockfile): readonly string[] {
  return Object.entries(packages).flatMap(([key, { os, cpu }]) => {
    const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!names.has(name) || (os === undefined && cpu === undefined)) return [];
    return isFor({ os: os ?? [], cpu: cpu ?? [] }, platform)
      ? [`${name} is for ${platformName(platform)} and is not installed`]
      : [];
  });
}

const slashed = (path: string): string => path.split(sep).join('/');
