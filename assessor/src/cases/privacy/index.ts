import type { Case } from '../../model.ts';
import { backupSanitisation } from './backup-sanitisation.ts';
import { consentValid } from './consent-valid.ts';
import { consentWithdrawal } from './consent-withdrawal.ts';
import { deletionConfirmation } from './deletion-confirmation.ts';
import { disposalReset } from './disposal-reset.ts';
import { eraseServiceData } from './erase-service-data.ts';
import { secureSetupCheck } from './secure-setup-check.ts';
import { setupUsability } from './setup-usability.ts';
import { telemetryMinimisation } from './telemetry-minimisation.ts';

/** What people decide of their data, what is held of them, and how it goes. */
export const PRIVACY_CASES: readonly Case[] = [
  telemetryMinimisation,
  consentValid,
  consentWithdrawal,
  setupUsability,
  secureSetupCheck,
  eraseServiceData,
  deletionConfirmation,
  backupSanitisation,
  disposalReset,
];
