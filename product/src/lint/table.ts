import {
  accountsChangedByGuests,
  functionWithoutRole,
  guardNotMutual,
  limitsOutOfOrder,
  openSecurityChange,
  passwordWithoutChange,
  passwordWithoutGeneration,
  roleUnknown,
  roleWithoutFunctions,
  secondLoginUnclear,
  secondFactorUnclear,
  serviceWithoutAuthentication,
  setUpUnclear,
  universalPassword,
  unlimitedGuessing,
} from './access.ts';
import {
  consentWithoutWithdrawal,
  personalDataElsewhere,
  personalDataNotErasable,
  sensitiveWithoutEncryption,
  sensorNotAccountedFor,
  sensorRangeUnclear,
  sensorWithoutPurpose,
  telemetryOverInbound,
  telemetryShape,
} from './data.ts';
import {
  basicProtocolTwice,
  debugEnabled,
  exampleOutsideField,
  inputNotValidated,
  portTwice,
  readBackNotRead,
  remoteManagementUnasked,
  remoteWithoutEncryption,
  serviceOnDisabledInterface,
  tlsUndeclared,
} from './exposure.ts';
import { debugOffByNothing, interfaceUnspecified, portDeclaredTwice } from './hardware.ts';
import { duplicateId, unknownPersonalDataMark, unknownReference } from './references.ts';
import {
  notApplicableButApplies,
  notApplicableUnconditional,
  rowWithoutReason,
  unknownCode,
  unknownRow,
} from './rows.ts';
import type { Check, LintRule } from './rule.ts';
import {
  algorithmsEndBeforeSupport,
  claimWithoutInformation,
  componentContradicts,
  componentWithoutUpdate,
  replacementMissing,
  supportEnded,
} from './software.ts';
import {
  automaticWithoutControl,
  checksTooSeldom,
  cryptographyNotUpdateable,
  networkUpdateUnfounded,
  olderInstalled,
  updateControlsUnclear,
  updateNotSimple,
  updatesInTheClear,
  updateUnauthorised,
} from './updates.ts';

const OR_N = 'or declare the rows named here N with a reason';

const rule = (id: string, clause: string, check: Check, cure: string): LintRule => ({ id, clause, cure, check });

/** Every rule, in the order in which its problems are reported. */
export const LINT_RULES: readonly LintRule[] = [
  rule('unknown-reference', 'IXIT', unknownReference, 'name one that is declared, or declare it'),
  rule('duplicate-id', 'IXIT', duplicateId, 'give each row of a table an id of its own'),

  rule(
    'service-without-authentication',
    'EN 303 645 5.5-4',
    serviceWithoutAuthentication,
    'name its authentication mechanism, or say in publicBecause why anyone may read it',
  ),
  rule('open-security-change', 'EN 303 645 5.5-5', openSecurityChange, `put it behind authentication, ${OR_N}`),
  rule(
    'universal-password',
    'EN 303 645 5.1-1',
    universalPassword,
    `make it unique per device or let the user define it, ${OR_N}`,
  ),
  rule(
    'password-without-generation',
    'EN 303 645 5.1-2',
    passwordWithoutGeneration,
    'say by which random generator, alphabet and length it is made',
  ),
  rule(
    'password-without-change',
    'EN 303 645 5.1-4',
    passwordWithoutChange,
    `name the function that changes it, ${OR_N}`,
  ),
  rule('unlimited-guessing', 'EN 303 645 5.1-5', unlimitedGuessing, `declare bruteForce, ${OR_N}`),
  rule(
    'set-up-unclear',
    'EN 303 645 5.1-1',
    setUpUnclear,
    'declare the initial value that the set-up replaces, and a name of its own for each input',
  ),
  rule(
    'second-login-unclear',
    'G045 AU-1-7',
    secondLoginUnclear,
    'declare what a second login really meets, or one administrator at a time',
  ),
  rule(
    'second-factor-unclear',
    'EN 303 645 5.1-3',
    secondFactorUnclear,
    'name in secondTo the password after which it is asked, and leave it out of the services’ authentication',
  ),
  rule('limits-out-of-order', 'IXIT 1-AuthMech', limitsOutOfOrder, 'put the smaller number first'),
  rule(
    'function-without-role',
    'IXIT 18-AccCtrl',
    functionWithoutRole,
    'add it to the role that may call it, or say in publicBecause why anyone may',
  ),
  rule('role-without-functions', 'G045 AU-1-6', roleWithoutFunctions, 'grant it what it needs, or leave the role out'),
  rule('role-unknown', 'G045 AU-1-5', roleUnknown, 'declare an access control for it, or take it from the choices'),
  rule(
    'accounts-changed-by-guests',
    'G045 AU-1-6',
    accountsChangedByGuests,
    'leave the change of accounts to owners and members',
  ),
  rule('guard-not-mutual', 'IXIT 13-SoftServ', guardNotMutual, 'add the service to the mechanism'),

  rule('remote-without-encryption', 'EN 303 645 5.5-1', remoteWithoutEncryption, `encrypt it and declare tls, ${OR_N}`),
  rule(
    'tls-undeclared',
    'EN 303 645 5.5-1',
    tlsUndeclared,
    'declare its smallest TLS version, or name the protocol that it really speaks',
  ),
  rule('debug-enabled', 'EN 303 645 5.6-4', debugEnabled, `disable it when initialised, ${OR_N}`),
  rule('debug-off-by-nothing', 'EN 303 645 5.6-4', debugOffByNothing, `say in switchedOffBy what does it, ${OR_N}`),
  rule(
    'interface-unspecified',
    'G045 PH-1-1',
    interfaceUnspecified,
    `declare location and form with its dimensions, ${OR_N}`,
  ),
  rule(
    'port-declared-twice',
    'G045 PH-1-1',
    portDeclaredTwice,
    'give each interface the name that the system has for it',
  ),
  rule(
    'service-on-disabled-interface',
    'EN 303 645 5.6-1',
    serviceOnDisabledInterface,
    'take the state from the service, or enable the interface in it',
  ),
  rule('basic-protocol-twice', 'EN 303 645 5.5-5', basicProtocolTwice, 'keep one row for each protocol'),
  rule(
    'remote-management-unasked',
    'EN 303 645 5.5-4',
    remoteManagementUnasked,
    `have it off by default and switched by a change that is read back, ${OR_N}`,
  ),
  rule('port-twice', 'IXIT 13-SoftServ', portTwice, 'give each listener a port of its own'),
  rule('read-back-not-read', 'IXIT 28-ExtAPI', readBackNotRead, 'name a function of kind read'),
  rule('example-outside-field', 'EN 303 645 5.13-1', exampleOutsideField, 'give an example that the field takes'),
  rule(
    'input-not-validated',
    'EN 303 645 5.13-1',
    inputNotValidated,
    `add it to the input validation that reads it, ${OR_N}`,
  ),

  rule('sensor-without-purpose', 'EN 303 645 5.8-3', sensorWithoutPurpose, 'say what it is there for'),
  rule(
    'sensor-not-accounted-for',
    'EN 303 645 5.8-3',
    sensorNotAccountedFor,
    'name it in the field that sends its readings, or say in staysLocal what becomes of them',
  ),
  rule(
    'sensor-range-unclear',
    'EN 303 645 5.13-1',
    sensorRangeUnclear,
    'give the smaller number first, and declare a telemetry field discarded-readings of type integer',
  ),
  rule(
    'personal-data-mark-unknown',
    'EN 303 645 6-5',
    unknownPersonalDataMark,
    'name one that is declared, or mark the field false',
  ),
  rule(
    'consent-without-withdrawal',
    'EN 303 645 6-3',
    consentWithoutWithdrawal,
    'declare consent with how and withdraw',
  ),
  rule('telemetry-shape', 'EN 303 645 6-5', telemetryShape, 'declare the values that it can take'),
  rule('telemetry-over-inbound', 'IXIT 24-TelData', telemetryOverInbound, 'name an outbound communication mechanism'),
  rule(
    'personal-data-elsewhere',
    'EN 303 645 6-1',
    personalDataElsewhere,
    'add the mechanism to communicatedOver of the personal data',
  ),
  rule(
    'sensitive-without-encryption',
    'EN 303 645 5.8-2',
    sensitiveWithoutEncryption,
    `encrypt the mechanism, ${OR_N}`,
  ),
  rule(
    'personal-data-not-erasable',
    'EN 303 645 5.11-1',
    personalDataNotErasable,
    `add it to a deletion function of the device, ${OR_N}`,
  ),

  rule(
    'component-without-update',
    'EN 303 645 5.3-1',
    componentWithoutUpdate,
    'name its update mechanism, or say in notUpdateableBecause why it has none',
  ),
  rule('component-contradicts', 'EN 303 645 5.3-1', componentContradicts, 'keep the one that is true'),
  rule(
    'cryptography-not-updateable',
    'EN 303 645 5.3-1',
    cryptographyNotUpdateable,
    'name the update mechanism of the component, or say that its cryptography stays',
  ),
  rule(
    'network-update-unfounded',
    'EN 303 645 5.3-10',
    networkUpdateUnfounded,
    `name in over how updates come, and in parameters by which keys they are known, ${OR_N}`,
  ),
  rule('updates-in-the-clear', 'EN 303 645 5.3-7', updatesInTheClear, `encrypt the mechanism, ${OR_N}`),
  rule(
    'automatic-without-control',
    'EN 303 645 5.3-6',
    automaticWithoutControl,
    `declare under controls how each kind is switched on, off and put off, ${OR_N}`,
  ),
  rule('update-not-simple', 'EN 303 645 5.3-3', updateNotSimple, `ask less of people, ${OR_N}`),
  rule('checks-too-seldom', 'EN 303 645 5.3-5', checksTooSeldom, `look after the set-up and once a week, ${OR_N}`),
  rule('older-installed', 'EN 303 645 5.3-2', olderInstalled, `refuse versions that were replaced, ${OR_N}`),
  rule(
    'update-unauthorised',
    'G045 PL-2-1',
    updateUnauthorised,
    `have it ask for the current password, as a change that is relevant to security, ${OR_N}`,
  ),
  rule(
    'update-controls-unclear',
    'IXIT 7-UpdMech',
    updateControlsUnclear,
    'name a function of that kind, with fields that take these values',
  ),
  rule('replacement-missing', 'EN 303 645 5.3-14', replacementMissing, `declare replacementSupport, ${OR_N}`),
  rule(
    'algorithms-end-before-support',
    'EN 303 645 5.5-3',
    algorithmsEndBeforeSupport,
    'end support sooner, or replace the algorithms',
  ),
  rule('support-ended', 'EN 303 645 5.3-13', supportEnded, 'give the last day of the support period, today or later'),
  rule('claim-without-information', 'EN 303 645 4-1', claimWithoutInformation, `declare it, ${OR_N}`),

  rule('unknown-code', 'EN 303 645 4-1', unknownCode, 'name a code as `hearthward standards list` shows it'),
  rule('unknown-row', 'EN 303 645 4-1', unknownRow, 'name a row as the text of the code prints it'),
  rule('row-without-reason', 'EN 303 645 4-1', rowWithoutReason, 'give the reason in one sentence'),
  rule(
    'not-applicable-unconditional',
    'EN 303 645 4-1',
    notApplicableUnconditional,
    'claim it, or declare it N with a reason',
  ),
  rule(
    'not-applicable-but-applies',
    'EN 303 645 4-1',
    notApplicableButApplies,
    'correct the facts, or declare it N with a reason',
  ),
];
