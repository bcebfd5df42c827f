import { DECLARATION_SCHEMA, type Declaration } from '@hearthward/product';
import { access } from './declared/access.ts';
import { fileFunctions, malwareProtection } from './declared/chime.ts';
import { data } from './declared/data.ts';
import { exposure } from './declared/exposure.ts';
import { externalFunctions, logFunctions } from './declared/functions.ts';
import { hardware } from './declared/hardware.ts';
import { inMalayToo, translations } from './declared/malay.ts';
import { peopleFunctions } from './declared/people.ts';
import { privacyFunctions } from './declared/privacy.ts';
import { processes } from './declared/processes.ts';
import { rows } from './declared/rows.ts';
import { secrets } from './declared/secrets.ts';
import { software } from './declared/software.ts';
import { updateFunctions } from './declared/updates.ts';

/**
 * The hub HH-100: mains powered, not constrained, gateway of the sensors behind it. It measures the climate of the
 * room that it stands in, switches a lamp and holds a target temperature.
 */
const declaration: Declaration = {
  schema: DECLARATION_SCHEMA,
  manufacturer: { name: 'Example Appliances', site: 'https://example.com' },
  product: {
    id: 'hub',
    name: { en: 'Home Hub', ms: 'Hab Rumah' },
    model: { designation: 'HH-100', shown: ['label', 'interface'] },
    kind: 'home automation gateway',
    constrained: false,
    gateway: true,
    softwareVersion: '0.1.0',
  },
  support: {
    until: '2032-12-31',
    statement: {
      en: 'Example Appliances supports the Home Hub HH-100 until 31 December 2032.',
      ms: 'Example Appliances menyokong Hab Rumah HH-100 sehingga 31 Disember 2032.',
    },
    because: {
      en: 'A hub stays in a home for about seven years, and the signatures that it is updated by can be relied on longer.',
      ms: 'Hab kekal di rumah kira-kira tujuh tahun, dan tandatangan kemas kininya boleh dipercayai lebih lama.',
    },
  },
  disclosure: {
    contact: ['mailto:security@example.com', 'https://example.com/security/report'],
    acknowledgeWithinDays: 5,
    statusEveryDays: 14,
    languages: ['en', 'ms'],
  },
  associatedServices: [
    {
      id: 'enrolment',
      name: { en: 'Enrolment', ms: 'Pendaftaran' },
      operator: 'Example Appliances',
      protocol: 'https',
      port: 8443,
      purpose: {
        en: 'Gives the hub the certificate with which it reports, against the identity from the factory.',
        ms: 'Memberi hab sijil untuk melapor, berdasarkan identiti dari kilang.',
      },
      needed: false,
      countries: ['MY'],
    },
    {
      id: 'messages',
      name: { en: 'Messages', ms: 'Mesej' },
      operator: 'Example Appliances',
      protocol: 'mqtts',
      port: 8883,
      purpose: {
        en: 'Takes the readings and security events that the hub reports.',
        ms: 'Menerima bacaan dan peristiwa keselamatan yang dilaporkan oleh hab.',
      },
      needed: false,
      countries: ['MY'],
    },
    {
      id: 'site',
      name: { en: 'Public pages and updates', ms: 'Halaman awam dan kemas kini' },
      operator: 'Example Appliances',
      protocol: 'https',
      port: 443,
      purpose: {
        en: 'Has the signed updates that the hub looks for, and the pages that anybody can read.',
        ms: 'Menyimpan kemas kini bertandatangan yang dicari oleh hab, dan halaman yang boleh dibaca sesiapa.',
      },
      needed: false,
      countries: ['MY'],
    },
  ],
  userInformation: {
    support: '/products/hh-100',
    disclosurePolicy: '/security',
    securityTxt: '/.well-known/security.txt',
    privacy: '/products/hh-100/privacy',
    sensing: '/products/hh-100/privacy',
    telemetry: '/products/hh-100/privacy',
    deletion: '/products/hh-100/delete-my-data',
    setup: '/products/hh-100/set-up',
    setupCheck: '/products/hh-100/check',
    passwordChange: '/products/hh-100/change-password',
  },
  ...processes,
  ...software,
  ...access,
  ...secrets,
  ...exposure,
  ...hardware,
  ...data,
  malwareProtection,
  translations,
  externalFunctions: inMalayToo([
    ...externalFunctions,
    ...privacyFunctions,
    ...updateFunctions,
    ...peopleFunctions,
    ...fileFunctions,
    ...logFunctions,
  ]),
  rows,
};

export default declaration;
