import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { asFault } from '../../faults.ts';

/** What is read of packages and of the lockfile: descriptions by others, held to a shape. */
const Names = Type.Record(Type.String(), Type.String());
/** one name or several */
const Systems = Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())]));

const PackageManifest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 214 }),
  version: Type.String({ minLength: 1, maxLength: 256 }),
  /** what ships, as the package manager has it: files and folders */
  files: Type.Optional(Type.Array(Type.String())),
  main: Type.Optional(Type.String()),
  /** as Node has them: paths, by name and condition */
  exports: Type.Optional(Type.Unknown()),
  bin: Type.Optional(Type.Unknown()),
  /** ours alone */
  hearthward: Type.Optional(
    Type.Object({
      /** modules that are started as processes of their own, which no import leads to */
      starts: Type.Optional(Type.Array(Type.String())),
      /** of a product: the file that lists what its image holds */
      ships: Type.Optional(Type.String({ pattern: '^[\\w.-]+$' })),
      /** of a product: what its image may have at most */
      mostBytes: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
  ),
  dependencies: Type.Optional(Names),
  optionalDependencies: Type.Optional(Names),
  peerDependencies: Type.Optional(Names),
  peerDependenciesMeta: Type.Optional(
    Type.Record(Type.String(), Type.Object({ optional: Type.Optional(Type.Boolean()) })),
  ),
  os: Systems,
  cpu: Systems,
});
export type PackageManifest = Static<typeof PackageManifest>;

const Lockfile = Type.Object({
  packages: Type.Record(
    Type.String(),
    Type.Object({
      version: Type.Optional(Type.String()),
      resolved: Type.Optional(Type.String()),
      os: Systems,
      cpu: Systems,
    }),
  ),
});
export type Lockfile = Static<typeof Lockfile>;

/** Undefined where the folder is no package. */
export const manifestIn = (folder: string): PackageManifest | undefined =>
  readAs(PackageManifest, join(folder, 'package.json'));

/** The nearest lockfile at or above the folder. */
export function lockfileAbove(folder: string): { readonly root: string; readonly lock: Lockfile } | undefined {
  const lock = readAs(Lockfile, join(folder, 'package-lock.json'));
  if (lock) return { root: folder, lock };
  const up = dirname(folder);
  return up === folder ? undefined : lockfileAbove(up);
}

/** Every package that it cannot run without, and those that it can. */
export function dependenciesOf(manifest: PackageManifest): ReadonlyMap<string, 'needed' | 'optional'> {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const found = new Map<string, 'needed' | 'optional'>();
  // an optional peer is there where a product brings it itself
  for (const name of Object.keys(peerDependencies))
    if (peerDependenciesMeta[name]?.optional !== true) found.set(name, 'needed');
  for (const name of Object.keys(dependencies)) found.set(name, 'needed');
  for (const name of Object.keys(optionalDependencies)) found.set(name, 'optional');
  return found;
}

function readAs<T extends TSchema>(schema: T, file: string): Static<T> | undefined {
  try {
    // boundary package-manifest: the package registry -> PackageManifest, at most nothing: packages that the lockfile pins, else no such package;
    // services/test/updates/product-image.test.ts
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Value.Check(schema, value) ? value : undefined;
  } catch (error) {
    // absent, or not JSON: no such description; what else the disk says is told
    if (error instanceof SyntaxError || (error as { code?: string }).code === 'ENOENT') return undefined;
    throw asFault(error, file);
  }
}
