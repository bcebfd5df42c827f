import { DECLARATION_SCHEMA, type Declaration } from '@hearthward/product';

/** Tables that the makers of these programs do not publish: empty, so that nothing is claimed for them. */
export const UNKNOWN_TABLES = {
  schema: DECLARATION_SCHEMA,
  associatedServices: [],
  vulnerabilityTypes: [],
  confirmations: [],
  vulnerabilityMonitoring: [],
  updateMechanisms: [],
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
  inputValidation: [],
  rows: {},
} as const satisfies Partial<Declaration>;
