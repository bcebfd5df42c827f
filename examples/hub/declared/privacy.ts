import type { Declaration } from '@hearthward/product';
import { change, currentPassword, read } from './functions.ts';

/** What a person does about the data that is theirs, and an owner about who lives with the hub. */

const personal = { securityRelevant: true, personalData: true } as const;

export const privacyFunctions: Declaration['externalFunctions'] = [
  change(
    'erase-my-data',
    'Erases one person’s data from the hub, from the manufacturer and from whoever processes it; the hub stays set up',
    { path: '/privacy/erase', page: '/privacy/erase' },
    [{ name: 'when', type: 'choice', choices: ['later', 'now'], example: 'now' }, currentPassword()],
    { ...personal, purpose: 'erase-own-data' },
  ),
  change(
    'keep-my-data',
    'Takes an erasure back while it can be',
    { path: '/privacy/keep', page: '/privacy' },
    [{ name: 'id', type: 'string', pattern: '[A-Za-z0-9_-]{22}', example: 'A'.repeat(22) }],
    { ...personal, purpose: 'keep-own-data', onlyWhile: 'an erasure can be taken back' },
  ),
  read('export-my-data', 'A person’s own data on the hub, as data', '/api/my-data', {
    personalData: true,
    success: { status: [200], contains: '"pseudonyms"' },
  }),
  read('export-my-table', 'A person’s own data on the hub, as a table', '/privacy/my-data.csv', {
    personalData: true,
    success: { status: [200], contains: '"what","value"' },
  }),
  read('read-receipts', 'What a person has allowed and withdrawn, to print', '/privacy/receipts', {
    personalData: true,
  }),
  read('read-leaving', 'What to do when the hub changes hands, and what the next person can check', '/leaving'),
  change(
    'make-account-code',
    'Makes a code by which a person opens their data at the manufacturer, and shows it once',
    { path: '/privacy/code', page: '/privacy' },
    [currentPassword()],
    { ...personal, success: { status: [200], contains: 'id="account_code"' } },
  ),
  change(
    'use-account-code',
    'Links a person’s data to a code that they have already',
    { path: '/privacy/code/use', page: '/privacy' },
    [
      { name: 'code', type: 'string', minimum: 36, maximum: 64, secret: true, example: 'abcd '.repeat(9).trim() },
      currentPassword(),
    ],
    personal,
  ),
  change(
    'set-resident',
    'Says who lives with the hub: what the household shares is theirs to decide',
    { path: '/people/resident', page: '/people' },
    [
      { name: 'name', type: 'string', minimum: 1, maximum: 32, role: 'account-name', example: 'Visitor' },
      currentPassword(),
    ],
    personal,
  ),
];

/** What whoever may read the page on privacy does there about their own. */
export const OWN_DATA = [
  'set-sharing',
  'erase-my-data',
  'keep-my-data',
  'export-my-data',
  'export-my-table',
  'read-receipts',
  'read-leaving',
  'make-account-code',
  'use-account-code',
] as const;
