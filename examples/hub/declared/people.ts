import type { Declaration, ExternalFunction } from '@hearthward/product';
import type { HttpField } from './functions.ts';

/** What an owner does about the accounts of a household. */

const PAGE = '/people';
const change = (
  id: NonNullable<ExternalFunction['purpose']>,
  en: string,
  path: string,
  fields: HttpField[],
  success: ExternalFunction['success'] = { status: [303] },
): ExternalFunction => ({
  id,
  description: { en },
  service: 'panel',
  kind: 'change',
  securityRelevant: true,
  personalData: true,
  request: {
    transport: 'http',
    method: 'POST',
    path: PAGE + path,
    encoding: 'form',
    page: PAGE,
    fields: structuredClone(fields),
  },
  success,
  purpose: id,
});

const name: HttpField = {
  name: 'name',
  type: 'string',
  minimum: 1,
  maximum: 32,
  role: 'account-name',
  example: 'Visitor',
};
const role: HttpField = {
  name: 'role',
  type: 'choice',
  choices: ['owner', 'member', 'guest', 'installer', 'service'],
  role: 'account-role',
  example: 'guest',
};
const pin: HttpField = {
  name: 'pin',
  type: 'string',
  minimum: 6,
  maximum: 12,
  secret: true,
  role: 'pin',
  example: '417093',
};
const locked: HttpField = {
  name: 'locked',
  type: 'choice',
  choices: ['on', 'off'],
  role: 'pin-locked',
  example: 'on',
};
const current: HttpField = {
  name: 'current',
  type: 'string',
  minimum: 1,
  maximum: 128,
  secret: true,
  role: 'current-password',
  example: 'the current one',
};

/** What is told of somebody new. */
const own = (field: HttpField): HttpField => ({ ...field, personalData: 'owner-account' });

export const peopleFunctions: Declaration['externalFunctions'] = [
  {
    id: 'list-accounts',
    description: { en: 'Who has an account, in which role, and who is signed in' },
    service: 'panel',
    kind: 'read',
    securityRelevant: true,
    personalData: true,
    request: { transport: 'http', method: 'GET', path: PAGE, encoding: 'none', fields: [] },
    success: { status: [200], contains: '"/people/add"' },
    purpose: 'list-accounts',
  },
  change(
    'add-account',
    'Adds an account, with a password for its first sign-in alone',
    '/add',
    [own(name), role, current],
    {
      status: [200],
      shows: { what: 'initial-password', element: 'initial_password' },
    },
  ),
  change('remove-account', 'Removes an account, and ends whatever it was signed in to', '/remove', [name, current]),
  change('change-role', 'Gives an account another role', '/role', [name, role, current]),
  change('set-pin', 'Makes an account a child’s, and gives it a PIN', '/pin', [name, pin, current]),
  change('lock-pin', 'Says whether a child may change its PIN', '/pin-lock', [name, locked, current]),
  change('end-sessions', 'Signs out everybody else', '/sign-out', []),
];
