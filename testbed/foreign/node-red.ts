import type { Declaration } from '@hearthward/product';
import { UNKNOWN_TABLES } from './blank.ts';

/** Node-RED as its package installs it: an editor over plain HTTP, with no account until somebody configures one. */
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
    softwareVersion: '5',
  },
  support: {
    until: '2099-12-31',
    statement: { en: 'The makers publish their plan of releases on their site; no end is set for this one here.' },
  },
  disclosure: {
    contact: ['https://nodered.org/about/community/'],
    acknowledgeWithinDays: 90,
    statusEveryDays: 90,
    languages: ['en'],
  },
  userInformation: { support: 'https://nodered.org', disclosurePolicy: 'https://nodered.org' },
  authenticationMechanisms: [],
  softwareComponents: [
    {
      id: 'node-red',
      name: 'node-red',
      version: '5',
      supplier: 'OpenJS Foundation',
      notUpdateableBecause: 'updated by the package manager of its host, which is not assessed here',
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
          { name: 'label', type: 'string', minimum: 1, maximum: 100, example: 'assessed' },
          { name: 'nodes', type: 'string', example: '' },
        ],
      },
      success: { status: [200] },
    },
  ],
};
export default declaration;
