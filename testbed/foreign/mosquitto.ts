import type { Declaration } from '@hearthward/product';
import { UNKNOWN_TABLES } from './blank.ts';

/** Eclipse Mosquitto as Debian’s package starts it: one MQTT listener on the local host, no accounts. */
const declaration: Declaration = {
  ...UNKNOWN_TABLES,
  manufacturer: { name: 'Eclipse Mosquitto', site: 'https://mosquitto.org' },
  product: {
    id: 'mosquitto',
    name: { en: 'Mosquitto message broker' },
    model: { designation: 'Mosquitto 2', shown: ['interface'] },
    kind: 'message broker of a home',
    constrained: false,
    gateway: true,
    softwareVersion: '2',
  },
  support: {
    until: '2099-12-31',
    statement: { en: 'The makers publish no end of support; this date only says that it is open.' },
  },
  disclosure: {
    contact: ['https://mosquitto.org/security/'],
    acknowledgeWithinDays: 90,
    statusEveryDays: 90,
    languages: ['en'],
  },
  userInformation: { support: 'https://mosquitto.org', disclosurePolicy: 'https://mosquitto.org/security/' },
  authenticationMechanisms: [],
  softwareComponents: [
    {
      id: 'mosquitto',
      name: 'mosquitto',
      version: '2',
      supplier: 'Debian',
      notUpdateableBecause: 'updated by the package manager of its host, which is not assessed here',
    },
  ],
  interfaces: [
    {
      id: 'loopback',
      description: { en: 'network of the host' },
      kind: 'network',
      debug: false,
      accessible: true,
      enabled: ['initialised'],
      purpose: 'messages between programs',
    },
  ],
  softwareServices: [
    {
      id: 'broker',
      description: { en: 'MQTT 3.1.1 without accounts' },
      interface: 'loopback',
      protocol: 'mqtt',
      transport: 'tcp',
      port: 1883,
      states: ['initialised'],
      purpose: 'messages between programs',
      authentication: [],
      publicBecause: 'as the package installs it: reachable from its own host alone',
      discloses: ['version, on a topic that anyone may read'],
    },
  ],
  communicationMechanisms: [
    {
      id: 'mqtt',
      description: { en: 'MQTT without TLS' },
      direction: 'inbound',
      service: 'broker',
      protocol: 'mqtt',
      port: 1883,
      authentication: 'none',
      cryptography: 'none',
      parameters: [],
      remotelyAccessible: false,
    },
  ],
  userInterfaces: [],
  externalFunctions: [
    {
      id: 'read-messages',
      description: { en: 'receive the messages of a topic' },
      service: 'broker',
      kind: 'subscribe',
      securityRelevant: false,
      personalData: true,
      request: { transport: 'mqtt', topic: 'home/#' },
      success: {},
    },
    {
      id: 'send-message',
      description: { en: 'send a message to a topic' },
      service: 'broker',
      kind: 'publish',
      securityRelevant: true,
      personalData: false,
      request: { transport: 'mqtt', topic: 'home/lamp', payload: 'on' },
      success: {},
    },
  ],
};
export default declaration;
