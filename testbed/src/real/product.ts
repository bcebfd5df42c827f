import type { ProductFactory } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';

/** Does nothing, and answers to every function that is declared: what is looked at is how it is run. */
export const idleProduct = ({ externalFunctions }: Declaration): ProductFactory =>
  Object.assign(
    () => ({
      telemetry: {},
      functions: Object.fromEntries(externalFunctions.map(({ id }) => [id, () => ({ ok: true }) as const])),
      home: () => [],
    }),
    { control: { everyMillis: 1_000, begin: () => ({ tick: () => null, command: () => undefined }) } },
  );
