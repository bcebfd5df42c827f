import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DIGESTS } from '@hearthward/protocol';
import { type Closure, closureOf, imageRefused, type ImageRefused, type Placed } from './closure.ts';
import { emit, emittedName, isSource } from './emit.ts';
import { filesOf } from './files.ts';
import { move, moveTo, newFolder, openFolders, write } from './layout.ts';
import { listOf, notAsListed, renewList, type Shipped } from './listed.ts';
import { obscure } from './obscure.ts';
import { reachedIn } from './reached.ts';
import { roll } from './rolled.ts';
import { HERE, madeFor, type Platform, platformName } from './native.ts';

/**
 * The image of a product, as it will lie in a slot, made from its package: the product at the root, what of everything that it
 * stands on can be reached below `node_modules`, and nothing else. Real files in real folders, all with the same modes; the same packages give
 * the same bytes, wherever and whenever it is made.
 */
export interface ImageIn {
  /** folder of the product's package, installed by its lockfile */
  readonly product: string;
  /** a new folder */
  readonly out: string;
  /** what the product runs on; this machine where absent */
  readonly platform?: Platform;
  /** programs of ours are made hard to read, and a new folder gets the maps that lead back to their sources */
  readonly obscured?: { readonly maps: string };
  /** modules that start, in place of all that the manifests name */
  readonly starts?: readonly string[];
  /** what the image holds becomes what is agreed that it holds */
  readonly renewList?: boolean;
}
export type BuiltImage =
  | {
      readonly ok: true;
      readonly packages: number;
      readonly files: number;
      readonly bytes: number;
      /** what is installed and can never run */
      readonly leftOut: { readonly packages: number; readonly files: number; readonly bytes: number };
    }
  | ImageRefused;

/** @throws ServicesFault `already-there` where `out` is not new */
export async function buildImage({
  product,
  out,
  platform = HERE,
  renewList: renew = false,
  obscured,
  starts,
}: ImageIn): Promise<BuiltImage> {
  const read = closureOf(product, platform);
  if (!read.ok) return read;
  const { closure } = read;
  const found = listed(closure, platform);
  if (!found.ok) return found;
  const work = newFolder(dirname(out));
  try {
    const made = contentsOf(closure, found.all, join(work, 'compiler'));
    if (!made.ok) return made;
    const whole = join(work, 'whole');
    const of = new Map<string, Placed>();
    for (const { path, owner, content } of made.contents) {
      write(whole, path, content());
      of.set(path, owner);
    }
    const reached = await reachedIn(whole, of, starts);
    if (!reached.ok) return imageRefused('start-missing', reached.lines);
    const image = join(work, 'image');
    const traced = [...of].filter(([path]) => reached.files.has(path));
    for (const [path] of traced) move(join(whole, path), join(image, path));
    const rolled = await roll(image, traced, reached.importers);
    if (!rolled.ok) return imageRefused('bundler-refused', rolled.lines);
    const { shipped } = rolled;
    const maps = join(work, 'maps');
    if (obscured) {
      const own = shipped.filter(([path, owner]) => owner.own && /\.[cm]?js$/.test(path)).map(([path]) => path);
      const done = await obscure(image, own, maps);
      if (!done.ok) return imageRefused('compiler-refused', done.lines);
    }
    const [kept, left] = [
      sumOf(image, shipped),
      sumOf(
        whole,
        [...of].filter(([path]) => !reached.files.has(path)),
      ),
    ];
    const gate = gated(shipped, kept.bytes, renew);
    if (gate) return gate;
    openFolders(image);
    // first the maps: an image whose maps are lost can never be read again
    if (obscured) moveTo(maps, obscured.maps);
    moveTo(image, out);
    return { ok: true, ...kept, leftOut: { ...left, packages: found.all.length - kept.packages } };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * SHA-256 over everything that an image is made from, so that one that is there need not be made again: every file, its place,
 * and the compiler. Undefined where none can be made.
 */
export function imageInputs({ product, platform = HERE }: Pick<ImageIn, 'product' | 'platform'>): string | undefined {
  const read = closureOf(product, platform);
  const found = read.ok ? listed(read.closure, platform) : undefined;
  if (!read.ok || !found?.ok) return undefined;
  const { lock } = read.closure;
  const hash = createHash(DIGESTS.sha256.digest).update(
    `image 3 ${lock.packages['node_modules/typescript']?.version} ${lock.packages['node_modules/rolldown']?.version}\n`,
  );
  for (const { of, files } of found.all)
    for (const each of files)
      hash.update(`${of.place}\n${each}\n`).update(
        createHash(DIGESTS.sha256.digest)
          .update(readFileSync(join(of.folder, each)))
          .digest(),
      );
  return hash.digest('hex');
}

/** What the product's own manifest says that its image holds and weighs. */
function gated(shipped: Shipped, bytes: number, renew: boolean): ImageRefused | undefined {
  const product = shipped.find(([, { place }]) => place === '')?.[1];
  if (!product) return undefined;
  const { mostBytes } = product.manifest.hearthward ?? {};
  if (mostBytes !== undefined && bytes > mostBytes)
    return imageRefused('too-large', [`${bytes} bytes, and its package.json allows ${mostBytes}`]);
  const list = listOf(shipped);
  if (renew) renewList(product, list);
  const lines = notAsListed(product, list);
  return lines.length > 0 ? imageRefused('not-as-listed', lines) : undefined;
}

interface Listed {
  readonly of: Placed;
  /** in order */
  readonly files: readonly string[];
}

/** Which files of which packages the image is made from. */
function listed(
  { packages }: Closure,
  platform: Platform,
): { readonly ok: true; readonly all: readonly Listed[] } | ImageRefused {
  const lines: string[] = [];
  const others: string[] = [];
  const all: Listed[] = [];
  for (const of of packages) {
    const found = filesOf(of);
    if (!found.ok) {
      lines.push(...found.lines);
      continue;
    }
    const { leftOut, lines: missing } = addOnsIn(of, found.files, platform);
    others.push(...missing);
    const files = found.files.filter((each) => !leftOut.has(each));
    // a package of types alone has nothing that runs
    if (files.some((each) => RUNS.test(each) && each !== 'package.json')) all.push({ of, files });
  }
  if (lines.length > 0) return imageRefused('files-not-listed', lines);
  return others.length > 0 ? imageRefused('native-add-on', others) : { ok: true, all };
}
const RUNS = /\.(?:[cm]?js|[cm]?ts|json|node|wasm)$/;

interface Content {
  readonly path: string;
  readonly owner: Placed;
  readonly content: () => Buffer;
}

/** Every file of the image, in order, read when it is written. */
function contentsOf(closure: Closure, all: readonly Listed[], work: string) {
  const sources = all.flatMap(({ of, files }) =>
    of.own ? files.filter(isSource).map((each) => join(of.folder, each)) : [],
  );
  const emitted = emit(closure, sources, work);
  if (!emitted.ok) return emitted;
  const contents = all.flatMap(({ of, files }) =>
    files.map((each): Content => {
      const source = join(of.folder, each);
      const path = of.place === '' ? each : `${of.place}/${each}`;
      if (of.own && each === 'package.json') return { path, owner: of, content: () => shippedManifest(source) };
      if (of.own && isSource(each))
        return { path: emittedName(path), owner: of, content: () => emitted.textOf(source) };
      return { path, owner: of, content: () => readFileSync(source) };
    }),
  );
  return { ok: true as const, contents };
}

/** Add-ons for other machines are left out where one for this platform lies beside them. */
function addOnsIn({ folder, manifest }: Placed, files: readonly string[], platform: Platform) {
  const addOns = files.filter((each) => each.endsWith('.node'));
  const leftOut = new Set(
    addOns.filter((each) => {
      const made = madeFor(readFileSync(join(folder, each)));
      return made?.os !== platform.os || made.cpu !== platform.cpu;
    }),
  );
  const none = addOns.length > 0 && leftOut.size === addOns.length;
  return { leftOut, lines: none ? [`${manifest.name} has no add-on for ${platformName(platform)}`] : [] };
}

/** What a package of ours says of itself where it runs: its modules are JavaScript there. */
function shippedManifest(file: string): Buffer {
  // no boundary: a package of our own tree
  const { name, version, license, type, exports, main, bin, dependencies } = JSON.parse(
    readFileSync(file, 'utf8'),
  ) as Readonly<Record<string, unknown>>;
  const shipped = { name, version, license, type, ...emittedIn({ exports, main, bin }), dependencies };
  return Buffer.from(`${JSON.stringify(shipped, null, 2)}\n`, 'utf8');
}
const emittedIn = <T>(value: T): T =>
  // no boundary: a copy of our own
  JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === 'string' && isSource(each) ? emittedName(each) : each,
  ) as T;

const sumOf = (folder: string, files: readonly (readonly [path: string, owner: Placed])[]) => ({
  packages: new Set(files.map(([, owner]) => owner)).size,
  files: files.length,
  bytes: files.reduce((sum, [path]) => sum + statSync(join(folder, path)).size, 0),
});
