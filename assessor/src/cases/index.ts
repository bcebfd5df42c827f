import type { Case } from '../model.ts';

/** Every case, each proving one topic. */
export const CASES: readonly Case[] = [];
