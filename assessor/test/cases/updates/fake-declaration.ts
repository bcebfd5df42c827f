import type { Declaration } from '@hearthward/product';
import { KETTLE } from '../exposure/fake-kettle-declaration.ts';

/** What the maker of the kettle of this folder says of its updates. */
const current = {
  name: 'current',
  type: 'string',
  maximum: 64,
  secret: true,
  role: 'current-password',
  example: 'x',
} as const;
/** Boxes of the choice, as they stand on its page. */
export const FIELDS = ['automatic-security', 'notices-security'] as const;

type ExternalFunction = Declaration['externalFunctions'][number];
type HttpField = Extract<ExternalFunction['request'], { transport: 'http' }>['fields'][number];
const change = (id: string, path: string, fields: readonly HttpField[]): ExternalFunction => ({
  id,
  description: { en: id },
  service: 'panel',
  kind: 'change',
  securityRelevant: true,
  personalData: false,
  request: { transport: 'http', method: 'POST', path, encoding: 'form', page: '/updates', fields: [...fields] },
  success: { status: [303] },
});
const read = (id: string, path: string, contains: string): ExternalFunction => ({
  ...change(id, path, []),
  kind: 'read',
  request: { transport: 'http', method: 'GET', path, encoding: 'none', fields: [] },
  success: { status: [200], contains },
});
const number = { name: 'number', type: 'integer', minimum: 1, example: 99 } as const;

export const UPDATING: Declaration = {
  ...KETTLE,
  softwareComponents: [
    { id: 'firmware', name: 'firmware', version: '1', supplier: 'Kettle Works', updateMechanism: 'slots' },
    { id: 'loader', name: 'loader', version: '1', supplier: 'Kettle Works', notUpdateableBecause: 'it is in ROM' },
  ],
  updateProcedures: [
    { id: 'repairs', description: 'by hand', targetDays: { critical: 7, other: 60 }, responsible: 'the smith' },
  ],
  associatedServices: [
    {
      id: 'site',
      name: { en: 'site' },
      operator: 'Kettle Works',
      protocol: 'https',
      port: 443,
      purpose: { en: 'updates' },
      needed: false,
    },
  ],
  communicationMechanisms: [
    ...KETTLE.communicationMechanisms,
    {
      id: 'updates',
      description: { en: 'updates' },
      direction: 'outbound',
      service: 'site',
      protocol: 'https',
      tls: { minimumVersion: '1.2', clientCertificate: false },
      authentication: 'server',
      cryptography: 'TLS',
      parameters: [],
      remotelyAccessible: true,
    },
  ],
  securityParameters: [],
  updateMechanisms: [
    {
      id: 'slots',
      description: { en: 'two slots' },
      overNetwork: true,
      automatic: true,
      notifications: true,
      userControl: 'on, off, later',
      authenticity: 'signature',
      trust: 'keys of the maker',
      cryptography: 'Ed25519',
      check: 'daily',
      disruption: 'half a minute',
      parameters: ['root'],
      over: 'updates',
      metadata: { format: 'tuf', path: '/updates/metadata/' },
      kinds: ['security'],
      checks: { afterInitialisation: true, everyHours: 24, randomised: true },
      controls: {
        status: 'updates',
        marks: {
          version: 'v',
          lastCheck: 'checked',
          offered: 'new',
          risks: 'risks',
          downtime: 'away',
          begins: 'begins',
          ended: 'ended',
        },
        check: 'look',
        apply: 'install',
        postpone: 'later',
        choose: {
          function: 'choose',
          choices: [
            { field: 'automatic-security', what: 'automatic', kind: 'security', on: 'on', off: 'off' },
            { field: 'notices-security', what: 'notices', kind: 'security', on: 'on', off: 'off' },
          ],
        },
      },
      simpleSteps: 2,
      downtime: { seconds: 30, functions: ['set-heat'], keepsWorking: [] },
      olderVersions: 'refused',
      refusalTold: ['administrator'],
    },
  ],
  externalFunctions: [
    ...KETTLE.externalFunctions.filter(({ id }) => id === 'status' || id === 'set-heat'),
    read('home', '/home', '<h1>Kettle'),
    read('updates', '/updates', 'id="v"'),
    { ...read('log', '/log', 'events'), purpose: 'security-log' },
    change('look', '/updates/look', []),
    change('install', '/updates/install', [number, current]),
    change('later', '/updates/later', [number]),
    change(
      'choose',
      '/updates/choose',
      FIELDS.map((name) => ({ name, type: 'choice', choices: ['on', 'off'], example: 'on' })),
    ),
  ],
};
