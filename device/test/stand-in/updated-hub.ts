import hub from '@hearthward/example-hub';
import type { Declaration } from '@hearthward/product';

/** The hub as it is after an update: the same product under another version. */
export const hubOf = (softwareVersion: string): Declaration => ({
  ...hub,
  product: { ...hub.product, softwareVersion },
});
