import { readFileSync } from 'node:fs';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { TreeFile } from './tree.ts';
import type { ReleaseWords } from './words.ts';

/**
 * What a release is made of, as a CycloneDX bill of materials: every npm package that lies in the image, and what people
 * named besides. No date and no random number: the same image has the same bill.
 */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** package-url */
  readonly purl: string;
}
export type ReadComponents =
  | { readonly ok: true; readonly components: readonly Component[] }
  | { readonly ok: false; readonly lines: readonly string[] };

const PackageJson = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 214 }),
  version: Type.String({ minLength: 1, maxLength: 256 }),
});

/** `node_modules/NAME/package.json` at any depth; packages keep examples and tests in others. */
const INSTALLED = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/;

/** In the order of their package-urls, each once. A package that says nothing of itself is refused: its flaws would too. */
// EN 303 645 5.2-3, G044 6.2.3: what is shipped is known by name and version, so that its flaws can be followed
export function componentsOf(files: readonly TreeFile[], words: ReleaseWords): ReadComponents {
  const lines: string[] = [];
  const found = new Map<string, Component>();
  for (const { path, source } of files) {
    const name = INSTALLED.exec(path)?.[1];
    if (name === undefined) continue;
    const read = parsed(readFileSync(source, 'utf8'));
    if (!Value.Check(PackageJson, read)) {
      lines.push(`${path}: it names no package and version`);
      continue;
    }
    const component = { name: read.name, version: read.version, purl: npmPurl(read.name, read.version) };
    found.set(component.purl, component);
  }
  for (const { name, version, purl = `pkg:generic/${encode(name)}@${encode(version)}` } of words.components ?? [])
    found.set(purl, { name, version, purl });
  if (lines.length > 0) return { ok: false, lines };
  return { ok: true, components: [...found.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1)) };
}

/** CycloneDX 1.6 in JSON. */
export function sbomOf({ product, version }: ReleaseWords, components: readonly Component[]): Buffer {
  const whole = `${product}@${version}`;
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Firmware, product, { version, bomRef: whole });
  for (const { name, version: of, purl } of components)
    bom.components.add(new Models.Component(Enums.ComponentType.Library, name, { version: of, bomRef: purl, purl }));
  const normalize = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const text = new Serialize.JsonSerializer(normalize).serialize(bom, { sortLists: true, space: 1 });
  return Buffer.from(`${text}\n`, 'utf8');
}

/** package-url, type npm: the scope is a namespace, its @ is escaped */
const npmPurl = (name: string, version: string): string =>
  `pkg:npm/${name.split('/').map(encode).join('/')}@${encode(version)}`;
const encode = (part: string): string => encodeURIComponent(part);

const parsed = (text: string): unknown => {
  try {
    // boundary package-json: packages that ship -> PackageJson, at most nothing: packages that the lockfile pins, else the release is not made;
    // services/test/updates/release.test.ts
    return JSON.parse(text);
  } catch {
    // what is not JSON names no package: the schema refuses it
    return undefined;
  }
};
