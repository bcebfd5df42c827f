import { Type, type Static } from 'typebox';
import { PARAMETERS, passwordRecord, SALT_BYTES } from './record.ts';

/** What hashing a password costs on this device: measured once, when it is made, and never below the floor. */

export const HashingCost = Type.Object(
  {
    memoryKib: Type.Integer({ minimum: PARAMETERS.memoryKib }),
    passes: Type.Integer({ minimum: PARAMETERS.passes }),
    parallelism: Type.Integer({ minimum: PARAMETERS.parallelism }),
  },
  { additionalProperties: false },
);
export type HashingCost = Static<typeof HashingCost>;

/** Milliseconds: a guess at a copied record costs at least so much on a device that is this fast, and a person does not wait. */
const AT_LEAST_MS = 75;
/** Passes beyond which a device that was measured wrongly would keep people waiting. */
const MOST_PASSES = 10;
const MEASURED = 3;

// EN 303 645 5.1-3, G044 6.1-c, G045 AU-2-1: as strong as the device can bear; memory stays, passes rise
export async function calibrate(measure: () => Promise<number> = oneAtFloor): Promise<HashingCost> {
  let fastest = Number.POSITIVE_INFINITY;
  // whatever else runs on the machine only makes it slower: the fastest says what the device can do
  for (let time = 0; time < MEASURED; time += 1) fastest = Math.min(fastest, await measure());
  const perPass = Math.max(0.1, fastest / PARAMETERS.passes);
  const passes = Math.min(MOST_PASSES, Math.max(PARAMETERS.passes, Math.ceil(AT_LEAST_MS / perPass)));
  return { ...PARAMETERS, passes };
}

async function oneAtFloor(): Promise<number> {
  const began = performance.now();
  await passwordRecord('no password of anybody', new Uint8Array(SALT_BYTES), PARAMETERS);
  return performance.now() - began;
}
