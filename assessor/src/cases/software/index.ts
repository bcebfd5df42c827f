import type { Case } from '../../model.ts';
import { codeMinimisation } from './code-minimisation.ts';
import { INTEGRITY_CASES } from './integrity/index.ts';
import { leastPrivilegeSoftware } from './least-privilege.ts';
import { memoryProtection } from './memory-protection.ts';
import { obfuscation } from './obfuscation.ts';

/** What ships and what runs: no more than is needed, no easier to read than is declared, and confined by its system. */
export const SOFTWARE_CASES: readonly Case[] = [
  codeMinimisation,
  obfuscation,
  leastPrivilegeSoftware,
  memoryProtection,
  ...INTEGRITY_CASES,
];
