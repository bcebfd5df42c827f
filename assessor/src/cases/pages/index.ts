import type { Case } from '../../model.ts';

export const PAGES_CASES: readonly Case[] = [];
