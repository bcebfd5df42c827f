import type { Finding } from './gate.ts';
import type { ReleaseWords } from './words.ts';

/**
 * Where a release comes from: an in-toto statement with SLSA's provenance (v1). It says what went in and who built it by
 * digests; no time of day, so that building again gives the same bytes. The TUF signatures over it are its signatures.
 */
export interface Inputs {
  readonly words: ReleaseWords;
  /** address of who builds, as the manufacturer names it */
  readonly builder: string;
  /** what was made: name in the release, and SHA-256 */
  readonly made: readonly { readonly name: string; readonly sha256: string }[];
  /** what went in */
  readonly used: readonly { readonly name: string; readonly sha256: string }[];
  /** of the catalogue that the gate was asked with */
  readonly catalogue: string;
  readonly findings: readonly Finding[];
}

/** The address that stands for this builder where the manufacturer gives none. */
export const BUILDER = 'urn:hearthward:release-build:1';

/** https://in-toto.io/Statement/v1, https://slsa.dev/provenance/v1 */
export function provenanceOf({ words, builder, made, used, catalogue, findings }: Inputs): Buffer {
  const { product, version, number, kind, entry } = words;
  const resource = ({ name, sha256 }: { readonly name: string; readonly sha256: string }) => ({
    name,
    digest: { sha256 },
  });
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: made.map(resource),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILDER,
        externalParameters: { product, version, number, kind, entry },
        internalParameters: {
          node: process.version,
          zstd: process.versions['zstd'] ?? 'unknown',
          knownExploited: {
            catalogue,
            decided: findings.map(({ vulnerability, component, decision }) => ({ vulnerability, component, decision })),
          },
        },
        resolvedDependencies: used.map(resource),
      },
      runDetails: { builder: { id: builder } },
    },
  };
  return Buffer.from(`${JSON.stringify(statement, null, 1)}\n`, 'utf8');
}
