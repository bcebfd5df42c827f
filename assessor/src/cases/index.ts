import type { Case } from '../model.ts';
import { ACCESS_CASES } from './access/index.ts';
import { DATA_CASES } from './data/index.ts';
import { EXPOSURE_CASES } from './exposure/index.ts';
import { HARDWARE_CASES } from './hardware/index.ts';
import { KEY_CASES } from './keys/index.ts';
import { PAGES_CASES } from './pages/index.ts';
import { PRIVACY_CASES } from './privacy/index.ts';
import { SOFTWARE_CASES } from './software/index.ts';
import { UPDATE_CASES } from './updates/index.ts';

/**
 * Every case of the assessor. Guarantees: each proves one topic, knows declarations and public protocols only, and its
 * judge is a pure function of observations. Refuses: a PASS without what covers it. Leaves order and budget to the runner.
 */
export const CASES: readonly Case[] = [
  ...EXPOSURE_CASES,
  ...PAGES_CASES,
  // before the reset of those of data, which leaves a unit in its factory state
  ...PRIVACY_CASES,
  ...DATA_CASES,
  ...KEY_CASES,
  ...SOFTWARE_CASES,
  ...HARDWARE_CASES,
  ...UPDATE_CASES,
  ...ACCESS_CASES,
];
