import type { Case } from '../../model.ts';
import { codeMinimisation } from './code-minimisation.ts';
import { obfuscation } from './obfuscation.ts';

/** What ships: no more than is needed, and no easier to read than is declared. */
export const SOFTWARE_CASES: readonly Case[] = [codeMinimisation, obfuscation];
