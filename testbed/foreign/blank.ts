import { DECLARATION_SCHEMA, type Declaration, type NotClaimed } from '@hearthward/product';

/** Tables that the makers of these programs do not publish: empty, so that nothing is claimed for them. */
export const UNKNOWN_TABLES = {
  schema: DECLARATION_SCHEMA,
  associatedServices: [],
  vulnerabilityTypes: [],
  confirmations: [],
  vulnerabilityMonitoring: [],
  updateProcedures: [],
  securityParameters: [],
  networkSecurityImplementations: [],
  secureManagementProcesses: [],
  codeMinimisation: [],
  privilegeControls: [],
  accessControls: [],
  secureDevelopment: [],
  secureBoot: [],
  personalData: [],
  externalSensors: [],
  resilienceMechanisms: [],
  telemetryData: [],
  deletionFunctions: [],
  userDecisions: [],
} as const satisfies Partial<Declaration>;

/**
 * Recommendations for which a table above would have to be filled. Not claimed is not the same as not done: who writes
 * a declaration for a stranger’s product claims nothing on the maker’s behalf.
 */
export const NOT_CLAIMED_FOR_THE_MAKERS: readonly NotClaimed[] = [
  {
    reason: 'It is a program on a host of the user’s own: whether the host verifies what it starts is not known here.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.7-1'],
      'etsi-en-303-645@2.1.1': ['5.7-1'],
      'mcmc-g044@2023': ['6.7.1'],
    },
  },
  {
    reason:
      'How its makers watch for weaknesses, in what time they mend them, and how they develop is not published in a form that could be declared for them.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.2-2', '4.2-3'],
      'etsi-en-303-645@2.1.1': ['5.2-2', '5.2-3', '5.6-9'],
      'mcmc-g044@2023': ['6.2.2', '6.2.3', '6.6.9'],
      'mcmc-g045@2024': ['PL-1-1'],
    },
  },
  {
    reason:
      'What of it could be left out, with which rights it runs and how it gets through outages depends on the host; nothing is claimed for its makers.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.6-4', '4.6-5', '4.9-1'],
      'etsi-en-303-645@2.1.1': ['5.6-6', '5.6-7', '5.9-1'],
      'mcmc-g044@2023': ['6.6.6', '6.6.7', '6.9.1'],
    },
  },
  {
    reason: 'Its makers publish no self-test: whether it tries what it stands on before it serves is not known here.',
    refs: { 'mcmc-g045@2024': ['PL-3-4'] },
  },
  {
    reason:
      'It is a program: what notices that somebody opens the device which it runs on is not its makers’ to declare.',
    refs: { 'mcmc-g045@2024': ['PH-2-1'] },
  },
  {
    reason: 'No page of its makers is known that shows a user how to check that it is set up securely.',
    refs: { 'etsi-en-303-645@2.1.1': ['5.12-3'], 'mcmc-g044@2023': ['6.12.3'] },
  },
];
