import type { Case } from '../../model.ts';
import { updateAutomatic, updateDisruption, updateInformation, updateSimple } from './installed-cases.ts';
import { updateAuthenticity, updateCoverage, updateMechanism, updateRollback, updateTrust } from './refused-cases.ts';
import { updateAuthorisation } from './update-authorisation.ts';
import { updateCheck } from './update-check.ts';
import { updateControl } from './update-control.ts';
import { updateCryptography } from './update-cryptography.ts';
import { updateTimely } from './update-timely.ts';

/**
 * How new software comes. Those that have a release installed share one installation, since it stays; the first of them
 * does it. What is refused comes after it, and what people choose last.
 */
export const UPDATE_CASES: readonly Case[] = [
  updateTimely,
  updateCryptography,
  updateCheck,
  updateCoverage,
  updateSimple,
  updateAutomatic,
  updateInformation,
  updateDisruption,
  updateAuthorisation,
  updateMechanism,
  updateTrust,
  updateAuthenticity,
  updateRollback,
  updateControl,
];
