import type { Declaration } from '@hearthward/product';

/** A small product, declared just as far as a panel reads: what the tests say of it stands in one place. */

type HttpFunction = Declaration['externalFunctions'][number] & { request: { transport: 'http' } };
type Field = HttpFunction['request']['fields'][number];

const read = (id: string, path: string, more: Partial<HttpFunction> = {}): HttpFunction => ({
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
  page: string,
  fields: Field[],
  more: Partial<HttpFunction> & { encoding?: 'json' } = {},
): HttpFunction => {
  const { encoding = 'form', ...rest } = more;
  const request = {
    transport: 'http',
    method: 'POST',
    path,
    encoding,
    fields,
    ...(encoding === 'form' ? { page } : {}),
  } as const;
  return {
    ...read(id, path),
    kind: 'change',
    request,
    success: { status: [encoding === 'form' ? 303 : 200] },
    ...rest,
  };
};
const secret = (name: string, role: Field['role'] & string): Field => ({
  name,
  type: 'string',
  minimum: 10,
  maximum: 128,
  secret: true,
  role,
  example: 'three-Quiet-Harbours',
});

const second = { purpose: 'change-second-factor', securityRelevant: true } as const;
const current = secret('current', 'current-password');
const text = (name: string, maximum: number): Field => ({ name, type: 'string', minimum: 1, maximum, example: 'a' });

export const FUNCTIONS: HttpFunction[] = [
  read('home', '/'),
  read('status', '/api/status'),
  read('read-events', '/api/events', { purpose: 'security-log' }),
  read('read-safety', '/safety', { purpose: 'model-designation' }),
  read('read-privacy', '/privacy'),
  change('set-lamp', '/functions/set-lamp', '/', [
    { name: 'lamp', type: 'choice', choices: ['on', 'off'], example: 'on' },
  ]),
  change(
    'set-target',
    '/api/target',
    '/',
    [{ name: 'target', type: 'number', minimum: 5, maximum: 30, example: 20.5 }],
    {
      encoding: 'json',
    },
  ),
  change('set-name', '/settings/name', '/', [
    { name: 'name', type: 'string', minimum: 1, maximum: 40, example: 'Hall' },
  ]),
  change('set-sharing', '/privacy/sharing', '/privacy', [
    { name: 'usage-statistics', type: 'choice', choices: ['on', 'off'], example: 'off', absent: 'off' },
  ]),
  change(
    'change-password',
    '/password',
    '/password',
    [secret('current', 'current-password'), secret('password', 'new-password'), secret('repeat', 'repeat-password')],
    { purpose: 'change-password', securityRelevant: true },
  ),
  read('read-updates', '/updates'),
  change(
    'apply-update',
    '/updates/apply',
    '/updates',
    [{ name: 'number', type: 'number', minimum: 1, maximum: 2_147_483_647, example: 2 }, current],
    { securityRelevant: true },
  ),
  change('postpone-update', '/updates/postpone', '/updates', [
    { name: 'number', type: 'number', minimum: 1, maximum: 2_147_483_647, example: 2 },
    { name: 'hours', type: 'choice', choices: ['8', '24', '168'], example: '8' },
  ]),
  change('check-updates', '/updates/check', '/updates', []),
  change(
    'choose-updates',
    '/updates/choice',
    '/updates',
    (['automatic-security', 'automatic-feature', 'notices-security', 'notices-feature'] as const).map((name) => ({
      name,
      type: 'choice',
      choices: ['on', 'off'],
      example: 'on',
      absent: 'off',
    })),
  ),
  read('read-security', '/security'),
  change('begin-code', '/security/code', '/security', [current], second),
  change('confirm-code', '/security/code/confirm', '/security/code', [text('code', 12)], second),
  change('remove-code', '/security/code/remove', '/security', [current], second),
  change('begin-passkey', '/security/passkey', '/security', [current, text('name', 40)], second),
  change('confirm-passkey', '/security/passkey/confirm', '/security/passkey', [text('passkey', 4096)], second),
  change('remove-passkey', '/security/passkey/remove', '/security', [current, text('passkey', 1364)], second),
  change('renew-recovery-codes', '/security/recovery', '/security', [current], second),
  change('factory-reset', '/reset', '/reset', [secret('password', 'current-password')], { purpose: 'factory-reset' }),
];

const panel: Pick<
  Declaration,
  'softwareServices' | 'authenticationMechanisms' | 'accessControls' | 'externalFunctions'
> = {
  softwareServices: [
    {
      id: 'panel',
      description: { en: 'panel' },
      interface: 'lan',
      protocol: 'https',
      transport: 'tcp',
      port: 443,
      states: ['factory-default', 'initialised'],
      purpose: 'panel',
      authentication: ['password'],
      tls: { minimumVersion: '1.2', clientCertificate: false },
      discloses: [],
    },
  ],
  authenticationMechanisms: [
    {
      id: 'password',
      description: { en: 'password' },
      subject: 'user',
      factor: 'password',
      services: ['panel'],
      initialValue: { kind: 'unique-per-device', entropyBits: 80, generation: 'random', mustBeChanged: true },
      bruteForce: { description: 'doubling', freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 900 },
      recovery: { interface: 'button', description: 'button', page: '/forgotten', minutes: 10, attempts: 5 },
      rules: { minimumLength: 10, maximumLength: 128, refusesCommon: true, refusesRuns: true },
      cryptography: 'argon2id',
      login: {
        kind: 'form',
        page: '/login',
        path: '/login',
        fields: { user: 'user', password: 'password' },
        success: { status: [303] },
        failure: { status: [401] },
        throttled: { status: [429] },
      },
      session: {
        carrier: 'cookie',
        name: '__Host-session',
        idleSeconds: 900,
        absoluteSeconds: 43_200,
        logout: { method: 'POST', path: '/logout' },
        administrators: 'one-at-a-time',
      },
    },
    {
      id: 'code',
      description: { en: 'code' },
      subject: 'user',
      factor: 'one-time-code',
      secondTo: 'password',
      services: ['panel'],
      initialValue: { kind: 'defined-by-user' },
      bruteForce: { description: 'doubling', freeAttempts: 2, firstDelaySeconds: 4, longestDelaySeconds: 900 },
      cryptography: 'RFC 6238',
    },
  ],
  accessControls: [
    { id: 'owner', role: 'owner', description: { en: 'owner' }, functions: FUNCTIONS.map(({ id }) => id) },
  ],
  externalFunctions: FUNCTIONS,
};

export const DECLARED = {
  ...panel,
  manufacturer: { name: 'Example Appliances', site: 'https://example.com' },
  product: {
    id: 'plug',
    name: { en: 'Quiet Plug' },
    model: { designation: 'QP-7', shown: ['interface'] },
    kind: 'plug',
    constrained: false,
    gateway: false,
    softwareVersion: '1.2.3',
  },
  support: { until: '2032-12-31', statement: { en: 'until 2032' } },
  userInformation: { support: '/support', disclosurePolicy: '/security' },
  disclosure: {
    contact: ['mailto:security@example.com'],
    acknowledgeWithinDays: 5,
    statusEveryDays: 14,
    languages: ['en'],
  },
  personalData: [
    {
      id: 'usage-statistics',
      name: { en: 'Usage' },
      category: 'usage',
      sensitive: false,
      purpose: { en: 'To learn what is used.' },
      legalBasis: 'consent',
      processedBy: ['Example Appliances'],
      recipients: [],
      storedAt: ['services'],
      retentionDays: 30,
      communicatedOver: [],
    },
  ],
  externalSensors: [],
  communicationMechanisms: [],
  associatedServices: [],
  telemetryData: [],
  deletionFunctions: [],
} as Partial<Declaration> as Declaration;
