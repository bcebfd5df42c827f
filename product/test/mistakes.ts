import { ACCESS_MISTAKES } from './mistakes/access.ts';
import { DATA_MISTAKES } from './mistakes/data.ts';
import { EXPOSURE_MISTAKES } from './mistakes/exposure.ts';
import { HARDWARE_MISTAKES } from './mistakes/hardware.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { PARTY_MISTAKES } from './mistakes/parties.ts';
import { UPDATE_MISTAKES } from './mistakes/updates.ts';

/** Every mistake that the lint is tried with: one for each rule at least. */
export const MISTAKES: readonly Mistake[] = [
  ...ACCESS_MISTAKES,
  ...EXPOSURE_MISTAKES,
  ...HARDWARE_MISTAKES,
  ...DATA_MISTAKES,
  ...PARTY_MISTAKES,
  ...UPDATE_MISTAKES,
];
