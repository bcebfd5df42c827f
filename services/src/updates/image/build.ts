import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asFault, ServicesFault } from '../../faults.ts';
import { type Closure, closureOf, imageRefused, type ImageRefused, type Placed } from './closure.ts';
import { emit, emittedName, isSource } from './emit.ts';
import { filesOf } from './files.ts';
import { HERE, madeFor, type Platform, platformName } from './native.ts';

/**
 * The image of a product, as it will lie in a slot, made from its package: the product at the root, everything that it stands
 * on below `node_modules`, and nothing else. Real files in real folders, all with the same modes; the same packages give
 * the same bytes, wherever and whenever it is made.
 */
export interface ImageIn {
  /** folder of the product's package, installed by its lockfile */
  readonly product: string;
  /** a new folder */
  readonly out: string;
  /** what the product runs on; this machine where absent */
  readonly platform?: Platform;
}
export type BuiltImage =
  | { readonly ok: true; readonly packages: number; readonly files: number; readonly bytes: number }
  | ImageRefused;

/** @throws ServicesFault `already-there` where `out` is not new */
export function buildImage({ product, out, platform = HERE }: ImageIn): BuiltImage {
  const read = closureOf(product, platform);
  if (!read.ok) return read;
  const { closure } = read;
  const work = newFolder(dirname(out));
  try {
    const made = contentsOf(closure, platform, join(work, 'compiler'));
    if (!made.ok) return made;
    const image = join(work, 'image');
    let bytes = 0;
    let files = 0;
    for (const [path, content] of made.contents) {
      const whole = content();
      write(image, path, whole);
      bytes += whole.length;
      files += 1;
    }
    openFolders(image);
    moveTo(image, out);
    return { ok: true, packages: made.packages, files, bytes };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Every file of the image by its path, in order, read when it is written. */
function contentsOf(closure: Closure, platform: Platform, work: string) {
  const lines: string[] = [];
  const others: string[] = [];
  const listed: { readonly of: Placed; readonly files: readonly string[] }[] = [];
  for (const of of closure.packages) {
    const found = filesOf(of);
    if (!found.ok) lines.push(...found.lines);
    else {
      const addOns = addOnsIn(of, found.files, platform);
      if (addOns.lines.length > 0) others.push(...addOns.lines);
      const files = found.files.filter((each) => !addOns.leftOut.has(each));
      // a package of types alone has nothing that runs
      if (files.some((each) => /\.(?:[cm]?js|ts|json|node|wasm)$/.test(each) && each !== 'package.json'))
        listed.push({ of, files });
    }
  }
  if (lines.length > 0) return imageRefused('files-not-listed', lines);
  if (others.length > 0) return imageRefused('native-add-on', others);
  const sources = listed.flatMap(({ of, files }) =>
    of.own ? files.filter(isSource).map((each) => join(of.folder, each)) : [],
  );
  const emitted = emit(closure, sources, work);
  if (!emitted.ok) return emitted;
  const contents = listed.flatMap(({ of, files }) =>
    files.map((each): [string, () => Buffer] => {
      const source = join(of.folder, each);
      const path = of.place === '' ? each : `${of.place}/${each}`;
      if (of.own && each === 'package.json') return [path, () => shippedManifest(source)];
      if (of.own && isSource(each)) return [emittedName(path), () => emitted.textOf(source)];
      return [path, () => readFileSync(source)];
    }),
  );
  return { ok: true as const, packages: listed.length, contents };
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
  const { name, version, license, type, exports, main, bin, dependencies } = JSON.parse(
    readFileSync(file, 'utf8'),
  ) as Readonly<Record<string, unknown>>;
  const shipped = { name, version, license, type, ...emittedIn({ exports, main, bin }), dependencies };
  return Buffer.from(`${JSON.stringify(shipped, null, 2)}\n`, 'utf8');
}
const emittedIn = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === 'string' && isSource(each) ? emittedName(each) : each,
  ) as T;

const newFolder = (beside: string): string => {
  try {
    mkdirSync(beside, { recursive: true });
    return mkdtempSync(join(beside, '.image-'));
  } catch (error) {
    throw asFault(error, beside);
  }
};

function write(image: string, path: string, bytes: Buffer): void {
  const file = join(image, path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes, { flag: 'wx' });
    chmodSync(file, 0o644);
  } catch (error) {
    throw asFault(error, file);
  }
}

/** Whatever the mask of the person who builds. */
function openFolders(image: string): void {
  const below = readdirSync(image, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const folder of [image, ...below.map((entry) => join(entry.parentPath, entry.name))]) chmodSync(folder, 0o755);
}

function moveTo(image: string, out: string): void {
  try {
    renameSync(image, out);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as { code?: string }).code ?? ''))
      throw new ServicesFault('already-there', `${out} is there already`, error);
    throw asFault(error, out);
  }
}
