import { chmodSync, existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { asFault } from '../../faults.ts';
import type { Placed } from './closure.ts';
import type { Shipped } from './listed.ts';

/**
 * The ES modules of a package, rolled into one for each that others import, and what those share. Each process of a device
 * reads and links what it imports anew, and hundreds of small modules are most of its start and tens of MiB of it. A
 * package stays a package, with its manifest and its licence: what ships is told from it as before. A module that asks
 * where it lies stays there.
 */
// EN 303 645 5.6-6, G044 6.6.6: what no export of an imported module leads to is left out as well
export async function roll(
  image: string,
  shipped: Shipped,
  importers: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<
  { readonly ok: true; readonly shipped: Shipped } | { readonly ok: false; readonly lines: readonly string[] }
> {
  const packages = new Map<Placed, string[]>();
  for (const [path, owner] of shipped) packages.set(owner, [...(packages.get(owner) ?? []), path]);
  const gone = new Set<string>();
  const come: (readonly [string, Placed])[] = [];
  const lines: string[] = [];
  for (const [owner, paths] of packages) {
    const modules = paths.filter((path) => /\.[cm]?js$/.test(path));
    if (modules.length < 2 || !modules.every((path) => isModule(image, path))) continue;
    const movable = new Set(modules.filter((path) => !asksWhere(image, path, importers.get(path))));
    const entries = [...movable].filter((path) => isEntry(importers.get(path) ?? new Set(), movable));
    const rolled = await rolledFrom(join(image, owner.place), owner, entries, movable);
    if (!rolled.ok) {
      lines.push(...rolled.lines);
      continue;
    }
    for (const path of movable) {
      gone.add(path);
      if (!rolled.paths.includes(path)) remove(image, path);
    }
    come.push(...rolled.paths.map((path) => [path, owner] as const));
  }
  return lines.length > 0
    ? { ok: false, lines }
    : { ok: true, shipped: [...shipped.filter(([path]) => !gone.has(path)), ...come] };
}

/** The file, and the folders that it leaves empty. */
function remove(image: string, path: string): void {
  rmSync(join(image, path));
  for (let at = dirname(path); readdirSync(join(image, at)).length === 0; at = dirname(at)) rmdirSync(join(image, at));
}

/** Others import it, or it is where something starts. */
const isEntry = (importers: ReadonlySet<string>, movable: ReadonlySet<string>): boolean =>
  importers.size === 0 || [...importers].some((from) => !movable.has(from));

/** Whether it was started is all that a module at a start may ask: it stays where it is, whatever becomes of the others. */
const asksWhere = (image: string, path: string, importers: ReadonlySet<string> = new Set()): boolean => {
  const text = readFileSync(join(image, path), 'utf8');
  return (importers.size === 0 ? text.replaceAll('import.meta.main', '') : text).includes('import.meta');
};

const isModule = (image: string, path: string): boolean =>
  path.endsWith('.mjs') || (path.endsWith('.js') && typeAround(image, path) === 'module');

/** As Node looks it up: the nearest manifest counts, which need not be the package's own. */
function typeAround(image: string, path: string): string | undefined {
  const folder = dirname(path);
  const file = join(image, folder, 'package.json');
  if (!existsSync(file)) return folder === '.' ? undefined : typeAround(image, folder);
  // no boundary: a manifest of a package that the lockfile pins
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly type?: string }).type;
}

/** Of a module that stays, until it is known from where it is imported. */
const STAYS = 'stays:';
const STAYING = /"stays:([^"]+)"/g;
const reach = (from: string, path: string): string => {
  const way = relative(from, path);
  return way.startsWith('.') ? way : `./${way}`;
};

async function rolledFrom(folder: string, { place }: Placed, entries: readonly string[], movable: ReadonlySet<string>) {
  // read when an image is made, which services that run never do
  const { rolldown } = await import('rolldown');
  const inside = (path: string): string => (place === '' ? path : path.slice(place.length + 1));
  const inImage = (path: string): string => (place === '' ? path : `${place}/${path}`);
  try {
    const bundle = await rolldown({
      cwd: folder,
      input: Object.fromEntries(entries.map((path) => [inside(path), join(folder, inside(path))])),
      platform: 'node',
      plugins: [
        {
          name: 'what-stays',
          resolveId: (id, from) => {
            // other packages stay where they are, and what may not move
            if (from === undefined || isAbsolute(id)) return undefined;
            if (!id.startsWith('.')) return { id, external: true };
            const path = relative(folder, join(dirname(from), id));
            return movable.has(inImage(path)) ? join(folder, path) : { id: `${STAYS}${path}`, external: true };
          },
        },
      ],
      experimental: { attachDebugInfo: 'none' },
      logLevel: 'silent',
    });
    const { output } = await bundle.generate({
      format: 'esm',
      entryFileNames: '[name]',
      chunkFileNames: 'shared-[hash].mjs',
      comments: { annotation: true, legal: true, jsdoc: false },
    });
    await bundle.close();
    for (const each of output) {
      if (each.type !== 'chunk') throw new Error(`${each.fileName} is no module`);
      const file = join(folder, each.fileName);
      const from = dirname(each.fileName);
      writeFileSync(
        file,
        each.code.replaceAll(STAYING, (_, path: string) => JSON.stringify(reach(from, path))),
      );
      chmodSync(file, 0o644);
    }
    return { ok: true as const, paths: output.map(({ fileName }) => inImage(fileName)) };
  } catch (error) {
    if (error instanceof Error && 'errors' in error)
      return { ok: false as const, lines: [`${place}: ${error.message}`] };
    throw asFault(error, folder);
  }
}
