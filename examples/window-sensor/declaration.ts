import { DECLARATION_SCHEMA, type Declaration } from '@hearthward/product';
import { data } from './declared/data.ts';
import { rows } from './declared/rows.ts';
import { translations } from './declared/translations.ts';
import { tables } from './declared/tables.ts';

/**
 * The window sensor WS-20: battery, constrained, behind the hub HH-100. It speaks to its hub alone, over a radio link;
 * it has no IP listener, no user interface and no accounts. It is declared here and not built yet.
 */
const declaration: Declaration = {
  schema: DECLARATION_SCHEMA,
  manufacturer: { name: 'Example Appliances', site: 'https://example.com' },
  product: {
    id: 'window-sensor',
    name: { en: 'Window Sensor', ms: 'Penderia Tingkap' },
    model: { designation: 'WS-20', shown: ['label'] },
    kind: 'contact sensor behind a hub',
    constrained: {
      because:
        'a coin cell has to last three years, and a microcontroller with 64 KiB of flash has no room for a second image',
    },
    gateway: false,
    softwareVersion: '0.1.0',
  },
  support: {
    until: '2030-12-31',
    statement: {
      en: 'Example Appliances replaces the Window Sensor WS-20 free of charge until 31 December 2030 where a vulnerability asks for it.',
      ms: 'Example Appliances menggantikan Penderia Tingkap WS-20 secara percuma sehingga 31 Disember 2030 jika kelemahan memerlukannya.',
    },
    because: {
      en: 'The sensor cannot be updated; the period is that of its battery and one more year.',
      ms: 'Penderia tidak boleh dikemas kini; tempohnya ialah hayat bateri dan setahun lagi.',
    },
  },
  disclosure: {
    contact: ['mailto:security@example.com', 'https://example.com/security/report'],
    acknowledgeWithinDays: 5,
    statusEveryDays: 14,
    languages: ['en', 'ms'],
  },
  associatedServices: [],
  userInformation: {
    support: '/products/ws-20',
    disclosurePolicy: '/security',
    securityTxt: '/.well-known/security.txt',
    privacy: '/products/ws-20/privacy',
    sensing: '/products/ws-20/privacy',
    telemetry: '/products/ws-20/privacy',
    deletion: '/products/ws-20/delete-my-data',
    setup: '/products/ws-20/set-up',
    setupCheck: '/products/ws-20/check',
    replacement: '/products/ws-20/replacement',
  },
  backupsKept: false,
  ...tables,
  ...data,
  translations,
  rows,
};

export default declaration;
