import type { Case } from '../../model.ts';
import { consentValid } from './consent-valid.ts';
import { consentWithdrawal } from './consent-withdrawal.ts';
import { setupUsability } from './setup-usability.ts';
import { telemetryMinimisation } from './telemetry-minimisation.ts';

/** What people decide of their data, and what is held of them. */
export const PRIVACY_CASES: readonly Case[] = [telemetryMinimisation, consentValid, consentWithdrawal, setupUsability];
