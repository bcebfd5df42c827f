/**
 * How the TUF repository of a manufacturer is laid out: names of roles and paths of targets, on both sides.
 *
 *   root       2 of 3, offline
 *   targets    offline, two people; delegates to
 *     PRODUCT-security   offline, terminating: PRODUCT/security/…, releases that only mend, signatures of malware
 *     PRODUCT            offline: PRODUCT/releases/…
 *     PRODUCT-rollout    online: PRODUCT/offers.json
 *   snapshot, timestamp  online
 */

/** The delegated roles of a product line. */
export const rolesOf = (product: string) =>
  ({ releases: product, security: `${product}-security`, rollout: `${product}-rollout` }) as const;

/** The paths that each delegated role may speak of, as TUF path patterns. */
export const pathsOf = (product: string) =>
  ({
    releases: `${product}/releases/*/*`,
    security: `${product}/security/*/*`,
    rollout: `${product}/offers.json`,
  }) as const;

export const offersPath = (product: string): string => `${product}/offers.json`;

/** Target paths of one release; `from` is the version that a delta begins at. */
export const releasePaths = (product: string, kind: 'releases' | 'security', version: string) => {
  const folder = `${product}/${kind}/${version}`;
  return {
    image: `${folder}/image.json`,
    pack: `${folder}/full.pack`,
    delta: (from: string) => `${folder}/from-${from}.pack`,
    sbom: `${folder}/sbom.cdx.json`,
    provenance: `${folder}/provenance.intoto.json`,
  } as const;
};
