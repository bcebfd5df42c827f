import type { Case } from '../../model.ts';
import { eraseDeviceData } from './erase-device-data.ts';
import { hardCodedSecrets } from './hard-coded-secrets.ts';
import { identityTamperResistance } from './identity-tamper-resistance.ts';
import { personalDataInTransit, sensitiveDataInTransit } from './in-transit.ts';
import { justification } from './justification.ts';
import { personalDataAtRest } from './personal-data-at-rest.ts';
import { secureErase } from './secure-erase.ts';
import { secureStorage } from './secure-storage.ts';

/** What is kept, sent and erased. */
export const DATA_CASES: readonly Case[] = [
  justification,
  hardCodedSecrets,
  secureStorage,
  identityTamperResistance,
  personalDataAtRest,
  personalDataInTransit,
  sensitiveDataInTransit,
  eraseDeviceData,
  secureErase,
];
