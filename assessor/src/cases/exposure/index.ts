import type { Case } from '../../model.ts';
import { communicationCryptography } from './communication-cryptography.ts';
import { inputValidation } from './inputs/input-validation.ts';
import { malwareProtection } from './inputs/malware-protection.ts';
import { modelDesignation } from './model-designation.ts';
import { networkSegregation } from './network-segregation.ts';
import { parametersInTransit } from './parameters-in-transit.ts';
import { remoteManagement } from './remote-management.ts';
import { softwareServices } from './software-services.ts';
import { unauthenticatedDisclosure } from './unauthenticated-disclosure.ts';
import { unusedInterfaces } from './unused-interfaces.ts';

/** What is open, how it talks, and how it takes what it is sent. */
export const EXPOSURE_CASES: readonly Case[] = [
  communicationCryptography,
  parametersInTransit,
  unusedInterfaces,
  networkSegregation,
  softwareServices,
  unauthenticatedDisclosure,
  modelDesignation,
  remoteManagement,
  inputValidation,
  malwareProtection,
];
