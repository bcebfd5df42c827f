import { Type, type Static } from 'typebox';

/**
 * What a manufacturer signs about one release: the `custom` part of its image's TUF target. Whoever holds the offline
 * keys of a product line says here what a device and the person in front of it must know before they agree.
 */

const strict = { additionalProperties: false } as const;
const Words = Type.Object(
  {
    en: Type.String({ minLength: 1, maxLength: 2000 }),
    ms: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
  },
  strict,
);

/** People read it, and paths and file names contain it; it orders nothing (see `number`). */
export const ReleaseVersion = Type.String({
  pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9a-z]+(\\.[0-9a-z]+)*)?$',
  maxLength: 40,
  description: 'semantic version (semver.org), without build metadata',
});

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'none'] as const;

/** A danger that the release takes away, in words for people. */
// EN 303 645 5.3-11, G044 6.3.11: a security update names the risks that it removes
export const RiskRemoved = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Z]+(-[0-9A-Z]+)+$', maxLength: 64, description: 'as CVE-2026-1234' }),
    severity: Type.Union([
      Type.Literal('critical'),
      Type.Literal('high'),
      Type.Literal('medium'),
      Type.Literal('low'),
      Type.Literal('none'),
    ]),
    risk: Words,
  },
  strict,
);

export const Release = Type.Object(
  {
    v: Type.Literal(1),
    product: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64, description: 'id of the declaration' }),
    version: ReleaseVersion,
    /** rises with every release of the product; what is higher is newer */
    number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    /** hardware models that it runs on, as their labels say */
    models: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 100 }),
    kind: Type.Union([Type.Literal('security'), Type.Literal('feature')]),
    /** rises when an older release must never run again; at most one step behind it stands the fallback */
    securityVersion: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    summary: Words,
    risksRemoved: Type.Array(RiskRemoved, { maxItems: 200 }),
    /** how long the device's basic functions pause while it switches, measured before release */
    // EN 303 645 5.3-12, G044 6.3.12: a person knows before it happens how long the device is away, and what goes on
    downtimeSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }),
    keepsWorking: Type.Array(Words, { maxItems: 20 }),
    /** lowest release number that can be updated to this one directly, where its data cannot be read from any */
    fromNumber: Type.Optional(Type.Integer({ minimum: 1 })),
    /** what the unpacked image takes in a slot, in bytes */
    unpackedBytes: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    /** target path of the pack with every file */
    pack: Type.String({ maxLength: 200 }),
    /** packs with what has changed since an earlier release; a device that runs none of these takes `pack` */
    deltas: Type.Array(
      Type.Object(
        {
          fromImage: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the earlier image’s manifest' }),
          pack: Type.String({ maxLength: 200 }),
        },
        strict,
      ),
      { maxItems: 50 },
    ),
    /** target paths of what describes the release: CycloneDX SBOM, SLSA provenance */
    sbom: Type.String({ maxLength: 200 }),
    provenance: Type.String({ maxLength: 200 }),
  },
  strict,
);
export type Release = Static<typeof Release>;
export type Severity = (typeof SEVERITIES)[number];
