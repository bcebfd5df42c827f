import type { Case } from '../../model.ts';

/** The software as shipped, as package managers of JavaScript lay it out: which package a file belongs to. */

export interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** Undefined where the bytes are no manifest. */
export function manifestIn(bytes: Uint8Array): Manifest | undefined {
  try {
    // boundary seen-package: the image that is tried -> manifestIn, at most nothing: what a search reads of an image has its own bound, else seen as no package;
    // assessor/test/cases/keys/reviewed-implementations.test.ts, assessor/test/cases/software/code-minimisation.test.ts
    const { name, version } = Object(JSON.parse(Buffer.from(bytes).toString('utf8'))) as Record<string, unknown>;
    return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined;
  } catch {
    // a file of that name that is no manifest
    return undefined;
  }
}

/** Of the nearest folder above that has a manifest; `owners`: folder, with its slash -> name. */
export function ownerOf(file: string, owners: ReadonlyMap<string, string>): string {
  const folders = [...owners.keys()].filter((folder) => file.startsWith(folder));
  return owners.get(folders.sort((a, b) => b.length - a.length)[0] ?? '') ?? '';
}

/** `ready` of a case that searches it. */
export const givenSoftware: Case['ready'] = (_declaration, target) =>
  (target.artefacts?.software?.length ?? 0) > 0
    ? { ok: true }
    : { ok: false, because: 'the target file gives no software to search' };
