import type { Declaration, ExternalFunction } from '@hearthward/product';

/** What a client can call on the panel: IXIT 28. Forms carry hidden inputs, which are sent back. */

export const read = (
  id: string,
  en: string,
  path: string,
  more: Partial<Pick<ExternalFunction, 'personalData' | 'purpose' | 'success'>> = {},
): ExternalFunction => ({
  id,
  description: { en },
  service: 'panel',
  kind: 'read',
  securityRelevant: false,
  personalData: false,
  request: { transport: 'http', method: 'GET', path, encoding: 'none', fields: [] },
  success: { status: [200] },
  ...more,
});

export type HttpField = Extract<ExternalFunction['request'], { transport: 'http' }>['fields'][number];

export const change = (
  id: string,
  en: string,
  at: { path: string; page: string },
  fields: HttpField[],
  more: Partial<
    Pick<ExternalFunction, 'personalData' | 'securityRelevant' | 'purpose' | 'readBack' | 'success' | 'onlyWhile'>
  > = {},
): ExternalFunction => ({
  id,
  description: { en },
  service: 'panel',
  kind: 'change',
  securityRelevant: false,
  personalData: false,
  request: { transport: 'http', method: 'POST', path: at.path, encoding: 'form', page: at.page, fields },
  success: { status: [303] },
  ...more,
});

/** The rules of `panel-password`, as fields have them. */
const newPassword = {
  type: 'string',
  minimum: 10,
  maximum: 128,
  secret: true,
  example: 'three-Quiet-Harbours',
} as const;

/** Asked again before anything that opens the account is changed. */
export const currentPassword = (): HttpField => ({
  name: 'current',
  type: 'string',
  minimum: 1,
  maximum: 128,
  secret: true,
  role: 'current-password',
  example: 'the current one',
});
const ofSecondFactor = { securityRelevant: true, purpose: 'change-second-factor' } as const;

const secondFactors: Declaration['externalFunctions'] = [
  read('read-security', 'What the account is signed in with: password, app, passkeys, recovery codes', '/security', {
    // the page has fields for passwords, as a login has: its mark tells them apart
    success: { status: [200], contains: '"/security/code' },
  }),
  change(
    'begin-code',
    'Makes a secret for an authenticator app; in force once a code of it was given',
    { path: '/security/code', page: '/security' },
    [currentPassword()],
    ofSecondFactor,
  ),
  change(
    'confirm-code',
    'Puts the app in force that shows the right code',
    { path: '/security/code/confirm', page: '/security/code' },
    [{ name: 'code', type: 'string', pattern: '[0-9 ]{6,12}', example: '123456' }],
    { ...ofSecondFactor, success: { status: [200, 303] } },
  ),
  change(
    'remove-code',
    'Removes the app',
    { path: '/security/code/remove', page: '/security' },
    [currentPassword()],
    ofSecondFactor,
  ),
  change(
    'begin-passkey',
    'Asks the browser for a new passkey',
    { path: '/security/passkey', page: '/security' },
    [currentPassword(), { name: 'name', type: 'string', minimum: 1, maximum: 40, example: 'My phone' }],
    ofSecondFactor,
  ),
  change(
    'confirm-passkey',
    'Puts the passkey in force that the browser has made',
    { path: '/security/passkey/confirm', page: '/security/passkey' },
    [{ name: 'passkey', type: 'string', minimum: 1, maximum: 4096, example: '{}' }],
    { ...ofSecondFactor, success: { status: [200, 303] } },
  ),
  change(
    'remove-passkey',
    'Removes a passkey',
    { path: '/security/passkey/remove', page: '/security' },
    [currentPassword(), { name: 'passkey', type: 'string', pattern: '[A-Za-z0-9_-]{1,1364}', example: 'AAAA' }],
    ofSecondFactor,
  ),
  change(
    'renew-recovery-codes',
    'Makes ten new recovery codes; those before them open nothing any more',
    { path: '/security/recovery', page: '/security' },
    [currentPassword()],
    { ...ofSecondFactor, success: { status: [200] } },
  ),
];

export const externalFunctions: Declaration['externalFunctions'] = [
  read('home', 'Home page: what the hub does now', '/', { personalData: true }),
  read('status', 'What the hub does now, as data', '/api/status', {
    personalData: true,
    success: { status: [200], contains: '"temperature"' },
  }),
  change(
    'set-lamp',
    'Switches the lamp',
    { path: '/functions/set-lamp', page: '/' },
    [{ name: 'lamp', type: 'choice', choices: ['on', 'off'], personalData: 'usage-statistics', example: 'on' }],
    { readBack: { function: 'status', field: '/lamp' } },
  ),
  change(
    'set-target',
    'Sets the target temperature in degrees Celsius',
    { path: '/functions/set-target', page: '/' },
    [{ name: 'target', type: 'number', minimum: 5, maximum: 30, personalData: 'room-climate', example: 20.5 }],
    { readBack: { function: 'status', field: '/target' } },
  ),
  change(
    'set-name',
    'Names the hub',
    { path: '/settings/name', page: '/' },
    [{ name: 'name', type: 'string', minimum: 1, maximum: 40, personalData: 'owner-account', example: 'Living room' }],
    { readBack: { function: 'status', field: '/name' } },
  ),
  change(
    'change-password',
    'Changes the password of the account',
    { path: '/password', page: '/password' },
    [
      {
        name: 'current',
        type: 'string',
        minimum: 1,
        maximum: 128,
        secret: true,
        role: 'current-password',
        example: 'the current one',
      },
      { name: 'password', role: 'new-password', ...newPassword },
      { name: 'repeat', role: 'repeat-password', ...newPassword },
    ],
    { securityRelevant: true, purpose: 'change-password' },
  ),
  ...secondFactors,
  read(
    'read-safety',
    'Model, serial number, software version, support period, and whether the set-up is safe',
    '/safety',
    {
      purpose: 'model-designation',
      // the page has a field for a password: its mark tells it from a login
      success: { status: [200], contains: 'id="safety_check"' },
    },
  ),
  read('read-events', 'Security events, newest first, as data', '/api/events', { purpose: 'security-log' }),
  // the page has fields for passwords: its mark tells it from a login
  read('read-privacy', 'What it senses, what left the home, and the choices made', '/privacy', {
    personalData: true,
    success: { status: [200], contains: 'id="your_data"' },
  }),
  change(
    'set-sharing',
    'Gives or withdraws consent for an optional purpose',
    { path: '/privacy/sharing', page: '/privacy' },
    [{ name: 'usage-statistics', type: 'choice', choices: ['on', 'off'], example: 'off', absent: 'off' }],
    { personalData: true, readBack: { function: 'status', field: '/sharing/usage-statistics' } },
  ),
  change(
    'set-remote-management',
    'Lets the manufacturer’s support act on the hub for an hour or a day, or ends it',
    { path: '/safety/remote', page: '/safety' },
    [{ name: 'remote', type: 'choice', choices: ['off', '1', '24'], example: '1' }],
    { securityRelevant: true, readBack: { function: 'status', field: '/remoteManagement' } },
  ),
  change(
    'renew-keys',
    'Makes new keys for what the hub stores, its web page or its connection, and shows what they are known by',
    { path: '/safety/keys', page: '/safety' },
    [
      { name: 'keys', type: 'choice', choices: ['all', 'stored', 'panel', 'connection'], example: 'stored' },
      currentPassword(),
    ],
    {
      securityRelevant: true,
      purpose: 'renew-keys',
      success: { status: [200], contains: 'id="renewed_keys"' },
    },
  ),
  change(
    'check-integrity',
    'Verifies software and configuration at once, and says what was found',
    { path: '/safety/integrity', page: '/safety' },
    [],
    { securityRelevant: true },
  ),
  change(
    'check-setup',
    'Has the manufacturer check whether the hub is securely set up, and shows the answer',
    { path: '/safety/check', page: '/safety' },
    [],
    { securityRelevant: true },
  ),
  read(
    'read-setup-check',
    'What the hub found of its own set-up, and what its manufacturer last said of it',
    '/api/setup-check',
  ),
  change(
    'end-quarantine',
    'Connects the hub again that was cut off for safety, or says that an owner knows who opened it',
    { path: '/safety/quarantine', page: '/safety' },
    [{ name: 'incident', type: 'integer', minimum: 0, maximum: 1_000_000_000, example: 0 }, currentPassword()],
    { securityRelevant: true },
  ),
  change(
    'factory-reset',
    'Erases everything that people have put into the hub',
    { path: '/reset', page: '/reset' },
    [
      {
        name: 'password',
        type: 'string',
        minimum: 1,
        maximum: 128,
        secret: true,
        role: 'current-password',
        example: 'the current one',
      },
      { name: 'services', type: 'choice', choices: ['on', 'off'], example: 'off', absent: 'off' },
      { name: 'after', type: 'choice', choices: ['again', 'scrap'], example: 'again', absent: 'again' },
    ],
    { securityRelevant: true, personalData: true, purpose: 'factory-reset' },
  ),
];

/** The log on its way out of the home, by the owner's wish alone. */
export const logFunctions: Declaration['externalFunctions'] = [
  change(
    'set-log-server',
    'Sends the log to a server of the owner’s too, or ends it',
    { path: '/safety/log-server', page: '/safety' },
    [
      { name: 'forward', type: 'choice', choices: ['off', 'on'], example: 'off' },
      { name: 'host', type: 'string', minimum: 0, maximum: 253, example: 'logs.example' },
      { name: 'port', type: 'integer', minimum: 1, maximum: 65_535, example: 6514 },
      {
        name: 'fingerprint',
        type: 'string',
        minimum: 0,
        maximum: 95,
        pattern: '^(?:[0-9A-Fa-f]{2}:?){0,32}$',
        example: '00'.repeat(32),
      },
    ],
    { securityRelevant: true, readBack: { function: 'status', field: '/logForwarding' } },
  ),
];
