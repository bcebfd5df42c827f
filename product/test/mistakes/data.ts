import { form, part, type Mistake } from './mistake.ts';

const EN = 'etsi-en-303-645@2.1.1';

/** What it senses and sends, what runs, and which rows are not claimed. */
export const DATA_MISTAKES: readonly Mistake[] = [
  {
    rule: 'sensor-without-purpose',
    name: 'a sensor for nothing',
    spoil: (it) => (part(it.externalSensors[1]).purpose = { en: ' ' }),
    path: '/externalSensors/1/purpose/en',
  },
  {
    rule: 'sensor-not-accounted-for',
    name: 'a microphone that no field names',
    spoil: (it) => it.externalSensors.push({ ...part(it.externalSensors[0]), id: 'microphone' }),
    path: '/externalSensors/2/id',
  },
  {
    rule: 'sensor-range-unclear',
    name: 'a sensor that can say nothing',
    spoil: (it) => (part(it.externalSensors[0]).range = { minimum: 60, maximum: -20 }),
    path: '/externalSensors/0/range',
  },
  {
    rule: 'sensor-range-unclear',
    name: 'a sensor whose wild readings nobody counts',
    spoil: (it) => (it.telemetryData = it.telemetryData.filter(({ id }) => id !== 'discarded-readings')),
    path: '/externalSensors/0/range',
  },
  {
    rule: 'personal-data-mark-unknown',
    name: 'a field of personal data that is not declared',
    spoil: (it) => (part(it.telemetryData[3]).personalData = 'habits'),
    path: '/telemetryData/3/personalData',
  },
  {
    rule: 'unknown-reference',
    name: 'a field that takes personal data that is not declared',
    spoil: (it) => (part(form(it, 'set-name').fields[0]).personalData = 'habits'),
    path: '/externalFunctions/4/request/fields/0/personalData',
  },
  {
    rule: 'consent-without-withdrawal',
    name: 'consent for ever',
    spoil: (it) => delete part(it.personalData[2]).consent,
    path: '/personalData/2/consent',
  },
  {
    rule: 'consent-control-unclear',
    name: 'a consent that its function cannot take back',
    spoil: (it) => (part(part(it.personalData[2]).consent?.control).withdrawn = 'by-letter'),
    path: '/personalData/2/consent/control/field',
  },
  {
    rule: 'consent-control-unclear',
    name: 'one answer for two purposes',
    spoil: (it) => (part(it.personalData[1]).consent = part(part(it.personalData[2]).consent)),
    path: '/personalData/2/consent/control/field',
  },
  {
    rule: 'unknown-reference',
    name: 'a consent by a function that is not declared',
    spoil: (it) => (part(part(it.personalData[2]).consent?.control).function = 'set-everything'),
    path: '/personalData/2/consent/control/function',
  },
  {
    rule: 'telemetry-shape',
    name: 'a choice without choices',
    spoil: (it) => (part(it.telemetryData[3]).type = 'choice'),
    path: '/telemetryData/3/choices',
  },
  {
    rule: 'telemetry-shape',
    name: 'a minimum above the maximum',
    spoil: (it) => (part(it.telemetryData[0]).minimum = 61),
    path: '/telemetryData/0/minimum',
  },
  {
    rule: 'telemetry-over-inbound',
    name: 'a field sent over what only takes connections',
    spoil: (it) => (part(it.telemetryData[4]).over = 'panel-https'),
    path: '/telemetryData/4/over',
  },
  {
    rule: 'personal-data-elsewhere',
    name: 'room climate on a way that its row does not name',
    spoil: (it) => (part(it.telemetryData[0]).over = 'enrolment'),
    path: '/telemetryData/0/over',
  },
  {
    rule: 'sensitive-without-encryption',
    name: 'sensitive data over an open radio link',
    product: 'window-sensor',
    spoil: (it) => {
      part(it.personalData[0]).sensitive = true;
      part(it.communicationMechanisms[0]).authentication = 'none';
    },
    path: '/personalData/0/communicatedOver/0',
  },
  {
    rule: 'personal-data-not-erasable',
    name: 'an account that outlives every reset',
    spoil: (it) => part(it.deletionFunctions[0]).deletes.shift(),
    path: '/personalData/0/storedAt',
  },
  {
    rule: 'replacement-missing',
    name: 'a sensor that can be neither updated nor replaced',
    product: 'window-sensor',
    spoil: (it) => delete it.replacementSupport,
    path: '/replacementSupport',
  },
  {
    rule: 'algorithms-end-before-support',
    name: 'support that outlives the algorithms of a component that cannot be updated',
    spoil: (it) => {
      part(it.softwareComponents[3]).cryptography = {
        uses: true,
        updateable: false,
        suffices: { until: '2030-12-31', source: 'a table' },
      };
    },
    path: '/softwareComponents/3/cryptography/suffices/until',
  },
  {
    rule: 'support-ended',
    name: 'a support period in the past',
    spoil: (it) => (it.support.until = '2025-12-31'),
    path: '/support/until',
  },
  {
    rule: 'support-ended',
    name: 'a day that no calendar has',
    spoil: (it) => (it.support.until = '2031-02-29'),
    path: '/support/until',
  },
  {
    rule: 'setup-check-unclear',
    name: 'a check that is read on what changes something',
    spoil: (it) => (part(it.setupCheck).self.page = 'check-setup'),
    path: '/setupCheck/self/page',
  },
  {
    rule: 'setup-check-unclear',
    name: 'a manufacturer that nobody can ask',
    spoil: (it) => (part(part(it.setupCheck).remote).function = 'read-safety'),
    path: '/setupCheck/remote/function',
  },
  {
    rule: 'setup-check-unclear',
    name: 'a manufacturer that anybody could be',
    spoil: (it) => (part(part(it.setupCheck).remote).mechanism = 'updates'),
    path: '/setupCheck/remote/mechanism',
  },
  {
    rule: 'setup-check-unclear',
    name: 'a field that the setting does not have',
    spoil: (it) => (part(it.setupCheck?.tries?.[0]).field = 'hours'),
    path: '/setupCheck/tries/0/field',
  },
  {
    rule: 'setup-check-unclear',
    name: 'a position that the choice does not have',
    spoil: (it) => (part(it.setupCheck?.tries?.[0]).insecure = '48'),
    path: '/setupCheck/tries/0/insecure',
  },
  {
    rule: 'setup-check-unclear',
    name: 'one position for both',
    spoil: (it) => (part(it.setupCheck?.tries?.[0]).insecure = 'off'),
    path: '/setupCheck/tries/0/insecure',
  },
  {
    rule: 'setup-check-unclear',
    name: 'a finding that is read nowhere',
    spoil: (it) => delete part(part(it.setupCheck).remote).findings,
    path: '/setupCheck/tries/0/finding/remote',
  },
  {
    rule: 'unknown-reference',
    name: 'a check over a way that is not declared',
    spoil: (it) => (part(part(it.setupCheck).remote).mechanism = 'pigeon'),
    path: '/setupCheck/remote/mechanism',
  },
  {
    rule: 'unknown-reference',
    name: 'a setting that no function has',
    spoil: (it) => (part(it.setupCheck?.tries?.[0]).function = 'set-alarm'),
    path: '/setupCheck/tries/0/function',
  },
  {
    rule: 'claim-without-information',
    name: 'secure boot claimed without a mechanism',
    spoil: (it) => {
      it.secureBoot = [];
      delete it.rows[EN]?.['5.7-1'];
    },
    path: '/secureBoot',
  },
  {
    rule: 'unknown-code',
    name: 'a code of another year',
    spoil: (it) => (it.rows['mcmc-g045@2019'] = {}),
    path: '/rows/mcmc-g045@2019',
  },
  {
    rule: 'unknown-row',
    name: 'a row that the code does not have',
    spoil: (it) => (part(it.rows[EN])['5.12-4'] = { support: 'N', reason: 'too late' }),
    path: `/rows/${EN}/5.12-4`,
  },
  {
    rule: 'row-without-reason',
    name: 'N, because',
    spoil: (it) => (part(it.rows[EN])['5.7-1'] = { support: 'N', reason: ' ' }),
    path: `/rows/${EN}/5.7-1/reason`,
  },
  {
    rule: 'not-applicable-unconditional',
    name: 'N/A on a row for every product',
    spoil: (it) => (part(it.rows[EN])['5.13-1'] = { support: 'N/A', reason: 'no time' }),
    path: `/rows/${EN}/5.13-1/support`,
  },
  {
    rule: 'not-applicable-but-applies',
    name: 'N/A on brute force of a product that is not constrained',
    spoil: (it) => (part(it.rows[EN])['5.1-5'] = { support: 'N/A', reason: 'who would try' }),
    path: `/rows/${EN}/5.1-5/support`,
  },
];
