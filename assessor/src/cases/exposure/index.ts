import type { Case } from '../../model.ts';

export const EXPOSURE_CASES: readonly Case[] = [];
