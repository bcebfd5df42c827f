import type { Declaration } from '@hearthward/product';
import { DECLARATION } from '../../fake-product.ts';

/** The declaration of the kettle of this folder. */
export const PASSWORD = 'Harbour-7-Quiet-Lantern';
export const INITIAL = 'ZK4PQ7RW2MXB9TDH';
export const MODEL = 'K-77';

const read = (
  id: string,
  path: string,
  more: Partial<Declaration['externalFunctions'][number]> = {},
): Declaration['externalFunctions'][number] => ({
  id,
  description: { en: id },
  service: 'panel',
  kind: 'read',
  securityRelevant: false,
  personalData: false,
  request: { transport: 'http', method: 'GET', path, encoding: 'none', fields: [] },
  success: { status: [200] },
  ...more,
});
const change = (
  id: string,
  path: string,
  fields: Extract<Declaration['externalFunctions'][number]['request'], { transport: 'http' }>['fields'],
  more: Partial<Declaration['externalFunctions'][number]> = {},
) =>
  read(id, path, {
    kind: 'change',
    securityRelevant: true,
    request: { transport: 'http', method: 'POST', path, encoding: 'form', page: '/', fields },
    success: { status: [303] },
    ...more,
  });
const current = {
  name: 'current',
  type: 'string',
  maximum: 64,
  secret: true,
  role: 'current-password',
  example: 'x',
} as const;

export const KETTLE: Declaration = {
  ...DECLARATION,
  product: {
    ...DECLARATION.product,
    name: { en: 'Kettle' },
    model: { designation: MODEL, shown: ['interface'] },
    softwareVersion: '3.4.5',
  },
  support: { until: '2031-12-31', statement: { en: 'Until the end of 2031.' } },
  manufacturer: { name: 'Kettle Works', site: 'https://kettle.example' },
  disclosure: {
    contact: ['mailto:security@kettle.example'],
    acknowledgeWithinDays: 5,
    statusEveryDays: 14,
    languages: ['en'],
  },
  authenticationMechanisms: DECLARATION.authenticationMechanisms.map((each) => ({
    ...each,
    initialValue: { kind: 'unique-per-device', entropyBits: 80, generation: 'at random', mustBeChanged: true },
  })),
  softwareServices: DECLARATION.softwareServices.map((each) => ({
    ...each,
    tls: { minimumVersion: '1.2', clientCertificate: false },
  })),
  communicationMechanisms: [
    {
      id: 'panel-https',
      description: { en: 'browser to panel' },
      direction: 'inbound',
      service: 'panel',
      protocol: 'https',
      tls: { minimumVersion: '1.2', clientCertificate: false },
      authentication: 'server',
      cryptography: 'TLS',
      parameters: [],
      remotelyAccessible: true,
    },
  ],
  userInformation: {
    support: '/product',
    disclosurePolicy: '/security',
    securityTxt: '/.well-known/security.txt',
    privacy: '/privacy',
    sensing: '/privacy',
    telemetry: '/privacy',
    deletion: '/delete',
    setup: '/set-up',
    setupCheck: '/check',
  },
  personalData: [
    {
      id: 'habits',
      name: { en: 'Tea times' },
      category: 'habits',
      sensitive: true,
      purpose: { en: 'To boil the water before you wake.' },
      legalBasis: 'contract',
      processedBy: ['Kettle Works'],
      recipients: ['Tea Partners'],
      storedAt: ['device'],
      retentionDays: 30,
      communicatedOver: ['panel-https'],
    },
  ],
  externalSensors: [
    {
      id: 'heat',
      name: { en: 'Heat sensor' },
      senses: { en: 'Temperature of the water' },
      purpose: { en: 'To stop at the boil.' },
    },
  ],
  telemetryData: [
    {
      id: 'boils',
      name: { en: 'Number of boils' },
      type: 'integer',
      everySeconds: 60,
      personalData: false,
      purpose: { en: 'To learn how long kettles last.' },
      usedBy: ['Kettle Works'],
      over: 'panel-https',
    },
  ],
  externalFunctions: [
    read('status', '/status', { success: { status: [200], contains: '"heat"' } }),
    read('about', '/about', { purpose: 'model-designation' }),
    change('set-heat', '/heat', [{ name: 'heat', type: 'integer', minimum: 40, maximum: 100, example: 80 }], {
      readBack: { function: 'status', field: '/heat' },
    }),
    change('set-name', '/name', [{ name: 'name', type: 'string', minimum: 1, maximum: 40, example: 'Kitchen' }], {
      readBack: { function: 'status', field: '/name' },
    }),
    change(
      'change-password',
      '/password',
      [current, { name: 'fresh', type: 'string', maximum: 64, secret: true, role: 'new-password', example: 'x' }],
      { purpose: 'change-password' },
    ),
    change('factory-reset', '/reset', [current], { purpose: 'factory-reset' }),
  ],
  rows: { 'etsi-en-303-645@2.1.1': { '5.7-1': { support: 'N', reason: 'this kettle has no verified boot yet' } } },
};
