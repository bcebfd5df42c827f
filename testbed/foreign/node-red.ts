import { notClaimed, type Declaration } from '@hearthward/product';
import { NOT_CLAIMED_FOR_THE_MAKERS, UNKNOWN_TABLES } from './blank.ts';

/**
 * Node-RED as its package installs it: an editor over plain HTTP, with no account until somebody configures one.
 * Written from its documentation and from what it shows, by people who did not make it.
 */
const declaration: Declaration = {
  ...UNKNOWN_TABLES,
  manufacturer: { name: 'OpenJS Foundation', site: 'https://nodered.org' },
  product: {
    id: 'node-red',
    name: { en: 'Node-RED home automation' },
    model: { designation: 'Node-RED', shown: ['interface'] },
    kind: 'home automation controller',
    constrained: false,
    gateway: true,
    softwareVersion: '5.0.7',
  },
  support: {
    until: '2099-12-31',
    statement: {
      en: 'The makers’ plan of releases names no end of support for version 5; the date only says that it is open.',
    },
  },
  disclosure: {
    contact: ['mailto:team@nodered.org'],
    // The policy names a contact and no times; see the rows below.
    acknowledgeWithinDays: 90,
    statusEveryDays: 90,
    languages: ['en'],
  },
  userInformation: {
    support: 'https://nodered.org/about/releases/',
    disclosurePolicy: 'https://github.com/node-red/node-red/security/policy',
  },
  authenticationMechanisms: [],
  softwareComponents: [
    {
      id: 'node-red',
      name: 'node-red',
      version: '5.0.7',
      supplier: 'OpenJS Foundation',
      updateMechanism: 'packages',
    },
  ],
  updateMechanisms: [
    {
      id: 'packages',
      description: { en: 'package manager of the runtime, npm' },
      overNetwork: true,
      automatic: false,
      notifications: false,
      userControl: 'whoever runs the host installs updates',
      authenticity: 'the registry names each package by its hash, over TLS',
      trust: 'certificate authorities of the host',
      cryptography: 'TLS, SHA-512',
      check: 'when the user asks for it',
      disruption: 'the runtime restarts',
    },
  ],
  inputValidation: [
    {
      id: 'flow-input',
      covers: ['add-flow'],
      method: 'not published; a flow without its list of nodes is answered with status 400',
    },
  ],
  interfaces: [
    {
      id: 'lan',
      description: { en: 'network of the host' },
      kind: 'network',
      debug: false,
      accessible: true,
      enabled: ['initialised'],
      purpose: 'editor and flows',
    },
  ],
  softwareServices: [
    {
      id: 'editor',
      description: { en: 'web editor and its administration interface' },
      interface: 'lan',
      protocol: 'http',
      transport: 'tcp',
      port: 1880,
      states: ['initialised'],
      purpose: 'making and running flows',
      authentication: [],
      publicBecause: 'as the package installs it: no account is configured',
      discloses: ['version'],
    },
  ],
  communicationMechanisms: [
    {
      id: 'http',
      description: { en: 'HTTP without TLS' },
      direction: 'inbound',
      service: 'editor',
      protocol: 'http',
      port: 1880,
      authentication: 'none',
      cryptography: 'none',
      parameters: [],
      remotelyAccessible: true,
    },
  ],
  userInterfaces: [
    {
      id: 'editor-page',
      description: { en: 'the editor in a browser' },
      service: 'editor',
      entry: '/',
      languages: ['en'],
    },
  ],
  externalFunctions: [
    {
      id: 'read-flows',
      description: { en: 'read all flows' },
      service: 'editor',
      kind: 'read',
      securityRelevant: false,
      personalData: true,
      request: { transport: 'http', method: 'GET', path: '/flows', encoding: 'none', fields: [] },
      success: { status: [200], contains: '[' },
    },
    {
      id: 'read-settings',
      description: { en: 'read the settings of the runtime' },
      service: 'editor',
      kind: 'read',
      securityRelevant: false,
      personalData: false,
      request: { transport: 'http', method: 'GET', path: '/settings', encoding: 'none', fields: [] },
      success: { status: [200], contains: 'version' },
    },
    {
      id: 'add-flow',
      description: { en: 'add a flow, which is code that runs on the host' },
      service: 'editor',
      kind: 'change',
      securityRelevant: true,
      personalData: false,
      request: {
        transport: 'http',
        method: 'POST',
        path: '/flow',
        encoding: 'json',
        fields: [
          { name: 'label', type: 'string', example: 'assessed' },
          // a list; an empty one is all that a field of a declaration can say
          { name: 'nodes', type: 'string', maximum: 0, example: '' },
        ],
      },
      success: { status: [200], contains: '"id"' },
    },
  ],
  rows: notClaimed([
    {
      reason:
        'Updates come by the host’s own package manager, over connections and with keys of npm’s, which this product neither brings nor checks.',
      refs: { 'etsi-en-303-645@2.1.1': ['5.3-10'], 'mcmc-g044@2023': ['6.3.10'] },
    },
    ...NOT_CLAIMED_FOR_THE_MAKERS,
    {
      reason: 'No account is configured as installed: whoever reaches the editor may add flows, which run as programs.',
      refs: { 'etsi-en-303-645@2.1.1': ['5.5-5'], 'mcmc-g044@2023': ['6.5.5'], 'mcmc-g045@2024': ['AU-1-2'] },
    },
    {
      reason: 'The editor speaks plain HTTP as installed; TLS has to be configured.',
      refs: {
        'etsi-en-303-645@2.1.1': ['5.5-1'],
        'mcmc-g044@2023': ['6.5.1'],
        'mcmc-g045@2024': ['CR-1-1', 'DS-1-1', 'DS-1-2'],
      },
    },
    {
      reason: 'The published policy names a contact, but no time for an answer or for news of the progress.',
      refs: { 'etsi-en-303-645@2.1.1': ['5.2-1'], 'mcmc-g044@2023': ['6.2.1'] },
    },
    {
      reason: 'The published plan of releases names no end of support for version 5.',
      refs: { 'etsi-ts-103-645@1.1.1': ['4.3-4'], 'etsi-en-303-645@2.1.1': ['5.3-13'], 'mcmc-g044@2023': ['6.3.13'] },
    },
  ]),
};
export default declaration;
