import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Which files of a device may become code: those of its own package and of what that depends on, as they lie in the slot that
 * was verified. Node looks for a module that it does not find in every folder above, down to the root of the disk; a library
 * that asks for something it can do without would be answered by whoever may write there (decision 0041).
 */

/** The module's own package, and the node_modules that it resolves from, links followed. */
export const packagesAround = (module: string): readonly string[] => {
  const own = nearest(dirname(module), 'package.json') ?? dirname(module);
  const root = nearest(own, 'node_modules');
  if (root === undefined) return [folder(own)];
  const modules = join(root, 'node_modules');
  return [...new Set([folder(own), folder(modules), join(root, 'package.json'), ...linked(modules).map(folder)])];
};

const nearest = (from: string, name: string): string | undefined => {
  if (existsSync(join(from, name))) return from;
  const up = dirname(from);
  return up === from ? undefined : nearest(up, name);
};

/** Packages that live elsewhere: the links of a workspace. */
const linked = (modules: string): readonly string[] =>
  readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    const path = join(modules, entry.name);
    if (entry.isSymbolicLink()) return [realpathSync(path)];
    return entry.isDirectory() && entry.name.startsWith('@') ? linked(path) : [];
  });

const folder = (path: string): string => `${path}${sep}`;

/**
 * From now on this process loads no module from anywhere else. To be called before what does the work is loaded; what asks
 * for a module from elsewhere is told that there is none.
 */
// EN 303 645 5.7-1, G045 PL-1-4, PL-3-4, G044 7-f: what no signature reached does not become code
export const onlyModulesAround = (...modules: readonly string[]): void => {
  const own = modules.flatMap(packagesAround);
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      if (isOwn(found.url, own)) return found;
      throw Object.assign(new Error('There is no such module among those of this device'), {
        code: 'MODULE_NOT_FOUND',
      });
    },
  });
};

const isOwn = (url: string, own: readonly string[]): boolean => {
  if (url.startsWith('node:')) return true;
  // Node has followed links already
  return url.startsWith('file:') && own.some((each) => fileURLToPath(url).startsWith(each));
};
