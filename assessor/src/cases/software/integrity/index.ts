import type { Case } from '../../../model.ts';
import { integrityResponse } from './response.ts';
import { integrityVerification } from './verification.ts';
import { secureBoot } from './secure-boot.ts';

/** Software and configuration are what their maker made of them, or the product says that they are not. */
export const INTEGRITY_CASES: readonly Case[] = [secureBoot, integrityVerification, integrityResponse];
