import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Placed } from './closure.ts';
import { emittedName } from './emit.ts';

/**
 * What of an image can ever run: every module that leads from where the product and its runtime start. A package that only
 * builds, a second copy for browsers, a command line of a library: none of it gets onto a device.
 */
export type Reached =
  | {
      readonly ok: true;
      readonly files: ReadonlySet<string>;
      /** of a module: those that lead to it; none of one where something starts */
      readonly importers: ReadonlyMap<string, ReadonlySet<string>>;
    }
  | { readonly ok: false; readonly lines: readonly string[] };

/** `of`: paths in the image, and the package that each belongs to; `only`: where it starts, in place of all that manifests name */
// EN 303 645 5.6-6, G044 6.6.6: no code ships that nothing on the device can reach
export async function reachedIn(
  image: string,
  of: ReadonlyMap<string, Placed>,
  only?: readonly string[],
): Promise<Reached> {
  const starts = only?.map((each) => emittedName(plain(each))) ?? allStarts([...new Set(of.values())]);
  const missing = starts.filter((each) => !existsSync(join(image, each)));
  if (missing.length > 0)
    return { ok: false, lines: missing.map((each) => `${each} is to be started, and is not there`) };
  // read when an image is made, which services that run never do
  const { nodeFileTrace } = await import('@vercel/nft');
  const { fileList, reasons } = await nodeFileTrace(
    starts.map((each) => join(image, each)),
    { base: image, conditions: ['node', 'import'], mixedModules: true, processCwd: image },
  );
  const kept = new Set([...of.keys()].filter((path) => fileList.has(path)));
  const living = new Set([...kept].map((path) => of.get(path)));
  for (const [path, owner] of of) if (living.has(owner) && staysWith(owner, path)) kept.add(path);
  const importers = new Map([...kept].map((path) => [path, reasons.get(path)?.parents ?? new Set<string>()]));
  return { ok: true, files: kept, importers };
}

/** Beside the modules of a package that is reached: what it is, under which licence, and what is loaded by a name made at run time. */
const staysWith = (owner: Placed | undefined, path: string): boolean =>
  /(?:^|\/)(?:package\.json|(?:licen[cs]e|copying|notice)[^/]*)$/i.test(path) ||
  /\.(?:node|wasm)$/.test(path) ||
  // of ours, whoever wrote the list of what ships named it
  (owner?.own === true && !/\.[cm]?js$/.test(path));

const allStarts = (packages: readonly Placed[]): readonly string[] => {
  const product = packages.find(({ place }) => place === '');
  return product ? startsOf(product).concat(packages.flatMap(namedStarts)) : [];
};

/** Whatever a product's manifest leads to from outside. */
const startsOf = ({ manifest: { main, exports, bin } }: Placed): string[] =>
  [...new Set(targetsIn([main, exports, bin]))].map((each) => emittedName(plain(each))).sort();

/** Modules that a package starts as processes of their own, which no import leads to. */
const namedStarts = ({ place, manifest: { hearthward } }: Placed): readonly string[] =>
  (hearthward?.starts ?? []).map((each) => emittedName(place === '' ? plain(each) : `${place}/${plain(each)}`));

const targetsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(targetsIn) : [];
};
const plain = (path: string): string => path.replace(/^\.\//, '');
