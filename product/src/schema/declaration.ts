import { Type, type Static } from 'typebox';
import {
  AccessControl,
  AuthenticationMechanism,
  PrivilegeControl,
  SecureManagementProcess,
  SecurityParameter,
} from './access.ts';
import { DataParty, DeletionFunction, ExternalSensor, PersonalData, TelemetryData, UserDecision } from './data.ts';
import {
  BasicProtocol,
  CommunicationMechanism,
  ExternalFunction,
  InputValidation,
  Interface,
  NetworkSecurityImplementation,
  RemoteManagement,
  SoftwareService,
  UserInterface,
} from './exposure.ts';
import { Board, PortKind, SelfTest, SelfTestShown, TamperInput, TamperShown } from './hardware.ts';
import { MalwareProtection } from './malware.ts';
import {
  AssociatedService,
  Confirmation,
  Disclosure,
  Manufacturer,
  Product,
  ReplacementSupport,
  RowClaim,
  Support,
  UserInformation,
  VulnerabilityMonitoring,
  VulnerabilityType,
} from './manufacturer.ts';
import {
  CodeMinimisation,
  Obfuscation,
  Integrity,
  ResilienceMechanism,
  SecureBoot,
  SetupCheck,
  SecureDevelopment,
  SoftwareComponent,
  UpdateProcedure,
  TimeSource,
} from './software.ts';
import { UpdateMechanism } from './updates.ts';
import { named, strict, Translations } from './words.ts';

export const DECLARATION_SCHEMA = 'hearthward/declaration/1';

/**
 * The product declaration. Its tables are the 29 information tables (IXIT) of ETSI TS 103 701, under the names
 * that an assessor knows, plus who makes the product, how long it is supported and which rows it does not claim.
 */
export const Declaration = strict({
  schema: Type.Literal(DECLARATION_SCHEMA),
  manufacturer: Manufacturer,
  product: Product,
  support: Support,
  disclosure: Disclosure,
  associatedServices: Type.Array(AssociatedService),

  authenticationMechanisms: Type.Array(AuthenticationMechanism),
  userInformation: UserInformation,
  vulnerabilityTypes: Type.Array(VulnerabilityType),
  confirmations: Type.Array(Confirmation),
  vulnerabilityMonitoring: Type.Array(VulnerabilityMonitoring),
  softwareComponents: Type.Array(SoftwareComponent),
  updateMechanisms: Type.Array(UpdateMechanism),
  updateProcedures: Type.Array(UpdateProcedure),
  replacementSupport: Type.Optional(ReplacementSupport),
  securityParameters: Type.Array(SecurityParameter),
  communicationMechanisms: Type.Array(CommunicationMechanism),
  networkSecurityImplementations: Type.Array(NetworkSecurityImplementation),
  softwareServices: Type.Array(SoftwareService),
  secureManagementProcesses: Type.Array(SecureManagementProcess),
  interfaces: Type.Array(Interface),
  codeMinimisation: Type.Array(CodeMinimisation),
  privilegeControls: Type.Array(PrivilegeControl),
  accessControls: Type.Array(AccessControl),
  secureDevelopment: Type.Array(SecureDevelopment),
  secureBoot: Type.Array(SecureBoot),
  personalData: Type.Array(PersonalData),
  externalSensors: Type.Array(ExternalSensor),
  resilienceMechanisms: Type.Array(ResilienceMechanism),
  telemetryData: Type.Array(TelemetryData),
  deletionFunctions: Type.Array(DeletionFunction),
  userDecisions: Type.Array(UserDecision),
  userInterfaces: Type.Array(UserInterface),
  externalFunctions: Type.Array(ExternalFunction),
  inputValidation: Type.Array(InputValidation),

  /** beside the tables: what has no authentication by its nature, and what is done from afar; absent where nothing is said */
  basicProtocols: Type.Optional(Type.Array(BasicProtocol)),
  remoteManagement: Type.Optional(RemoteManagement),
  obfuscation: Type.Optional(Type.Array(Obfuscation)),
  malwareProtection: Type.Optional(MalwareProtection),
  integrity: Type.Optional(Integrity),
  setupCheck: Type.Optional(SetupCheck),
  dataParties: Type.Optional(Type.Array(DataParty)),
  backupsKept: Type.Optional(Type.Boolean()),
  translations: Type.Optional(Translations),
  board: Type.Optional(Board),
  selfTests: Type.Optional(Type.Array(SelfTest)),
  selfTestShown: Type.Optional(SelfTestShown),
  tamperInputs: Type.Optional(Type.Array(TamperInput)),
  tamperShown: Type.Optional(TamperShown),
  timeSources: Type.Optional(Type.Array(TimeSource)),
  /** code -> ref -> claim; a row that is not named here is claimed as supported wherever its conditions hold */
  rows: named(named(RowClaim)),
});
export type Declaration = Static<typeof Declaration>;

export type AuthenticationMechanism = Static<typeof AuthenticationMechanism>;
export type SoftwareService = Static<typeof SoftwareService>;
export type ProductState = SoftwareService['states'][number];
export type ExternalFunction = Static<typeof ExternalFunction>;
export type UpdateMechanism = Static<typeof UpdateMechanism>;
export type CommunicationMechanism = Static<typeof CommunicationMechanism>;
export type DeclaredInterface = Static<typeof Interface>;
export type PortKind = Static<typeof PortKind>;
export type SelfTest = Static<typeof SelfTest>;
export type TamperInput = Static<typeof TamperInput>;
export type PersonalData = Static<typeof PersonalData>;
export type DataParty = Static<typeof DataParty>;
export type ExternalSensor = Static<typeof ExternalSensor>;
export type TelemetryData = Static<typeof TelemetryData>;
export type RowClaim = Static<typeof RowClaim>;

/**
 * The declaration's tables by the name that TS 103 701 gives them; table 28 (external APIs) is `externalFunctions`.
 * A test holds that all 29 have their place.
 */
export const IXIT_TABLES = {
  '1-AuthMech': 'authenticationMechanisms',
  '2-UserInfo': 'userInformation',
  '3-VulnTypes': 'vulnerabilityTypes',
  '4-Conf': 'confirmations',
  '5-VulnMon': 'vulnerabilityMonitoring',
  '6-SoftComp': 'softwareComponents',
  '7-UpdMech': 'updateMechanisms',
  '8-UpdProc': 'updateProcedures',
  '9-ReplSup': 'replacementSupport',
  '10-SecParam': 'securityParameters',
  '11-ComMech': 'communicationMechanisms',
  '12-NetSecImpl': 'networkSecurityImplementations',
  '13-SoftServ': 'softwareServices',
  '14-SecMgmt': 'secureManagementProcesses',
  '15-Intf': 'interfaces',
  '16-CodeMin': 'codeMinimisation',
  '17-PrivlCtrl': 'privilegeControls',
  '18-AccCtrl': 'accessControls',
  '19-SecDev': 'secureDevelopment',
  '20-SecBoot': 'secureBoot',
  '21-PersData': 'personalData',
  '22-ExtSens': 'externalSensors',
  '23-ResMech': 'resilienceMechanisms',
  '24-TelData': 'telemetryData',
  '25-DelFunc': 'deletionFunctions',
  '26-UserDec': 'userDecisions',
  '27-UserIntf': 'userInterfaces',
  '28-ExtAPI': 'externalFunctions',
  '29-InpVal': 'inputValidation',
} as const satisfies Record<string, keyof Declaration>;
