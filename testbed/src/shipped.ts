import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Copies what runs on a device, as an image holds it: the package that starts it and everything that it depends on,
 * as the package manager resolves it, without documents and tests. This is what is handed to an assessor.
 */
export const stageSoftware = (packageFolder: string, into: string): string => {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  for (const folder of withDependencies(packageFolder)) {
    // the number keeps two versions of one package apart
    const place = join(into, `${readdirSync(into).length}-${basename(folder)}`);
    cpSync(folder, place, { recursive: true, filter: (file) => !LEFT_OUT.test(file.slice(folder.length)) });
  }
  return into;
};

/** The files that `stageSoftware` copies, where they lie. */
export const shippedFiles = (packageFolder: string): readonly string[] =>
  withDependencies(packageFolder).flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !LEFT_OUT.test(file.slice(folder.length))),
  );

/** Dependencies are folders of their own; documents, tests and types do not run. */
const LEFT_OUT =
  /[/\\](?:node_modules|docs?|tests?|__tests__|benchmarks?|spec|examples?|gallery|\.github)(?:[/\\]|$)|\.(?:md|markdown|map|txt|d\.[cm]?ts)$|\.(?:test|spec|bench)\.[cm]?[jt]s$/;

const withDependencies = (packageFolder: string): readonly string[] => {
  const found = new Set<string>();
  const walk = (folder: string): void => {
    const real = realpathSync(folder);
    if (found.has(real)) return;
    found.add(real);
    const manifest = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const name of Object.keys(manifest.dependencies ?? {})) walk(folderOf(name, real));
  };
  walk(packageFolder);
  return [...found];
};

/** Where Node would look for it; by hand, since packages need not export their manifest, and some bear the name of a built-in module. */
const folderOf = (name: string, from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed beside ${from}: run npm ci`);
  }
};

/**
 * The storage as a laboratory reads it out of a unit whose machine key lies elsewhere (a hardware element, another
 * chip): without that key. The key itself is no file that a case could judge.
 */
export const storageAlone = (dataDir: string, folder: string): string => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(dataDir, folder, { recursive: true, filter: (file) => !/^machine\.[0-9a-f]+\.key$/.test(basename(file)) });
  return folder;
};

/**
 * What the system of a board shows, read out of it: the model of the hub's board has everything off that could be on;
 * `more` is what somebody left on. Path to text.
 */
export const stageBoard = (folder: string, more: Readonly<Record<string, string>> = {}): string => {
  rmSync(folder, { recursive: true, force: true });
  const files = { 'proc/cmdline': 'quiet ro', 'proc/sys/kernel/sysrq': '0', 'etc/inittab': '', ...more };
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  return folder;
};
