import type { Case } from '../../model.ts';
import { disclosurePolicy } from './disclosure-policy.ts';
import { deletionInstructions, setupCheck, setupGuidance } from './guidance.ts';
import { supportPeriod } from './support-period.ts';
import { privacyInformation, replacementInformation, sensingDocumented, telemetryInformation } from './told-items.ts';

/** What the maker tells the public. */
export const PAGES_CASES: readonly Case[] = [
  disclosurePolicy,
  supportPeriod,
  replacementInformation,
  sensingDocumented,
  privacyInformation,
  telemetryInformation,
  deletionInstructions,
  setupGuidance,
  setupCheck,
];
