import type { Case } from '../../model.ts';
import { cryptoAgility } from './crypto-agility.ts';
import { keyManagement } from './key-management.ts';
import { keySinglePurpose } from './key-single-purpose.ts';
import { parametersUnique } from './parameters-unique.ts';
import { reviewedImplementations } from './reviewed-implementations.ts';

/** Keys: whose they are, what they are for, how they live, and who wrote what uses them. */
export const KEY_CASES: readonly Case[] = [
  parametersUnique,
  keySinglePurpose,
  keyManagement,
  cryptoAgility,
  reviewedImplementations,
];
