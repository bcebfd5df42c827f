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

/** Milliseconds, half as much again as a login costs at least (50): a guess at a copied record is dear, and a person does not wait (500). */
const AT_LEAST_MS = 75;
/** Passes beyond which a device that was measured wrongly would keep people waiting: 75 ms where one takes less than 2. */
const MOST_PASSES = 40;
/**
 * Measurements in a row that are no faster, until the fastest counts: the first on each thread of the pool (four, where
 * nobody sets another number) take memory from the system, which the logins after them find at hand.
 */
const SETTLED = 8;
const MOST_MEASURED = 40;

/** @param measure milliseconds that the floor takes once */
// EN 303 645 5.1-3, G044 6.1-c, G045 AU-2-1: as strong as the device can bear; memory stays, passes rise
export async function calibrate(measure: () => Promise<number> = oneAtFloor): Promise<HashingCost> {
  const perPass = Math.max(0.1, (await fastestOf(measure)) / PARAMETERS.passes);
  const passes = Math.min(MOST_PASSES, Math.max(PARAMETERS.passes, Math.ceil(AT_LEAST_MS / perPass)));
  return { ...PARAMETERS, passes };
}

/** Whatever else runs on the machine only makes it slower: the fastest says what the device can do. */
async function fastestOf(measure: () => Promise<number>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  let settled = 0;
  for (let time = 0; time < MOST_MEASURED && settled < SETTLED; time += 1) {
    const took = await measure();
    settled = took < fastest ? 0 : settled + 1;
    fastest = Math.min(fastest, took);
  }
  return fastest;
}

async function oneAtFloor(): Promise<number> {
  const began = performance.now();
  await passwordRecord('no password of anybody', new Uint8Array(SALT_BYTES), PARAMETERS);
  return performance.now() - began;
}
