import type { Case } from '../../model.ts';

export const DATA_CASES: readonly Case[] = [];
