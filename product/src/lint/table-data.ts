import {
  consentControlUnclear,
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
  advertiserWithoutConsent,
  backupsWithoutEnd,
  confirmationBeforeUndo,
  partyNotTold,
  partyWithoutRow,
  personalDataNotRemovable,
  sealedWithoutKey,
  sensitiveNotSealed,
  textWithoutTranslation,
  withdrawalWithoutTime,
} from './parties.ts';
import { unknownPersonalDataMark } from './references.ts';
import { OR_N, rule, type LintRule } from './rule.ts';

/** Rules of what is sensed, kept and sent, in the order in which their problems are reported. */
export const DATA_RULES: readonly LintRule[] = [
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
  rule(
    'consent-control-unclear',
    'EN 303 645 6-2',
    consentControlUnclear,
    'give each item a field of its own, with a choice for each answer, and say where the answer is shown',
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
    'party-without-row',
    'EN 303 645 6-1',
    partyWithoutRow,
    'give it a row in dataParties, or the name that its row has',
  ),
  rule(
    'party-not-told',
    'EN 303 645 6-1',
    partyNotTold,
    'name it in processedBy or recipients of the item, and list the item in its row',
  ),
  rule(
    'sensitive-not-sealed',
    'EN 303 645 5.8-2',
    sensitiveNotSealed,
    'seal it to its party with sealedTo, or name the manufacturer in processedBy where it has to read it',
  ),
  rule(
    'sealed-without-key',
    'EN 303 645 5.8-2',
    sealedWithoutKey,
    'give the party a key in sealingKeys (hearthward privacy sealing-key), the next one before the last one ends',
  ),
  rule(
    'advertiser-without-consent',
    'EN 303 645 6-2',
    advertiserWithoutConsent,
    'ask for consent, or keep the item from it',
  ),
  rule('withdrawal-without-time', 'EN 303 645 6-3', withdrawalWithoutTime, `say so in consent.withinSeconds, ${OR_N}`),
  rule(
    'personal-data-not-removable',
    'EN 303 645 5.11-2',
    personalDataNotRemovable,
    `add it to a deletion function of the services, ${OR_N}`,
  ),
  rule(
    'confirmation-before-undo',
    'EN 303 645 5.11-4',
    confirmationBeforeUndo,
    'end the undo sooner, or confirm later',
  ),
  rule('backups-without-end', 'EN 303 645 5.11-4', backupsWithoutEnd, 'say so in backupsWithinDays'),
  rule('text-without-translation', 'EN 303 645 6-1', textWithoutTranslation, 'add it to translations'),
];
