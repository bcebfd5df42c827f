import type { AuthenticationMechanism, Declaration, ExternalFunction } from '@hearthward/product';
import { DECLARATION } from '../../fake-product.ts';
import { IDLE_SECONDS } from './fake-lamp.ts';

/** The declaration of the lamp of this folder. */
const read = (id: string, path: string, more: Partial<ExternalFunction> = {}): ExternalFunction => ({
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
const secret = { type: 'string', secret: true, example: 'a-declared-Example-7' } as const;

export const MECHANISM: AuthenticationMechanism = {
  id: 'panel-password',
  description: { en: 'The password of the lamp' },
  subject: 'user',
  factor: 'password',
  services: ['panel'],
  initialValue: {
    kind: 'unique-per-device',
    entropyBits: 80,
    alphabet: 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789',
    generation: 'at random',
    mustBeChanged: true,
  },
  change: { function: 'change-password', steps: 2 },
  bruteForce: { description: 'doubling delays', freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 900 },
  rules: { minimumLength: 10, maximumLength: 128, refusesCommon: true, refusesRuns: true },
  cryptography: 'TLS 1.2 or later',
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
    name: 'sid',
    idleSeconds: IDLE_SECONDS,
    absoluteSeconds: 3600,
    logout: { method: 'POST', path: '/logout' },
    administrators: 'one-at-a-time',
  },
};

type HttpField = Extract<ExternalFunction['request'], { transport: 'http' }>['fields'][number];
const ROLE: HttpField = { name: 'role', type: 'choice', choices: ['guest'], role: 'account-role', example: 'guest' };
const people = (id: 'add-account' | 'remove-account', more: Partial<ExternalFunction>): ExternalFunction => ({
  ...read(id, '/people'),
  kind: 'change',
  securityRelevant: true,
  purpose: id,
  request: {
    transport: 'http',
    method: 'POST',
    path: id === 'add-account' ? '/people/add' : '/people/remove',
    page: '/people',
    encoding: 'form',
    fields: [
      { name: 'name', type: 'string', role: 'account-name', example: 'Visitor' },
      ...(id === 'add-account' ? [ROLE] : []),
      { name: 'current', role: 'current-password', ...secret },
    ],
  },
  ...more,
});

export const LAMP: Declaration = {
  ...DECLARATION,
  accessControls: [
    { id: 'guests', role: 'guest', description: { en: 'guests' }, functions: ['home', 'status', 'change-password'] },
  ],
  authenticationMechanisms: [MECHANISM],
  softwareServices: DECLARATION.softwareServices.map((each) => ({ ...each, authentication: ['panel-password'] })),
  externalFunctions: [
    read('home', '/'),
    read('status', '/status', { success: { status: [200], contains: '"brightness"' } }),
    read('events', '/events', { purpose: 'security-log' }),
    {
      ...read('set-brightness', '/brightness'),
      kind: 'change',
      securityRelevant: true,
      request: {
        transport: 'http',
        method: 'POST',
        path: '/brightness',
        page: '/',
        encoding: 'form',
        fields: [{ name: 'brightness', type: 'integer', minimum: 1, maximum: 9, example: 5 }],
      },
      success: { status: [303] },
      readBack: { function: 'status', field: '/brightness' },
    },
    people('add-account', {
      success: { status: [200], shows: { what: 'initial-password', element: 'first_password' } },
    }),
    people('remove-account', { success: { status: [303] } }),
    {
      ...read('change-password', '/password'),
      kind: 'change',
      securityRelevant: true,
      purpose: 'change-password',
      request: {
        transport: 'http',
        method: 'POST',
        path: '/password',
        page: '/password',
        encoding: 'form',
        fields: [
          { name: 'current', role: 'current-password', ...secret },
          { name: 'password', role: 'new-password', ...secret },
          { name: 'repeat', role: 'repeat-password', ...secret },
        ],
      },
      success: { status: [303] },
    },
  ],
};
