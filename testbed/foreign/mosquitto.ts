import { notClaimed, type Declaration } from '@hearthward/product';
import { NOT_CLAIMED_FOR_THE_MAKERS, UNKNOWN_TABLES } from './blank.ts';

/**
 * Eclipse Mosquitto as Debian’s package starts it: one MQTT listener on the local host, no accounts. Written from its
 * documentation and from what it shows, by people who did not make it.
 */
const declaration: Declaration = {
  ...UNKNOWN_TABLES,
  manufacturer: { name: 'Eclipse Mosquitto', site: 'https://mosquitto.org' },
  product: {
    id: 'mosquitto',
    name: { en: 'Mosquitto message broker' },
    model: { designation: 'Mosquitto', shown: ['interface'] },
    kind: 'message broker of a home',
    constrained: false,
    gateway: true,
    softwareVersion: '2.0.11',
  },
  support: {
    until: '2028-06-30',
    statement: {
      en: 'Debian 12, whose package this is, has long-term support until 30 June 2028; the makers name no date.',
    },
  },
  disclosure: {
    contact: ['https://mosquitto.org/security/'],
    // The Eclipse Foundation discloses within three months and promises no shorter times.
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
      version: '2.0.11',
      supplier: 'Debian',
      updateMechanism: 'packages',
    },
  ],
  updateMechanisms: [
    {
      id: 'packages',
      description: { en: 'package manager of the host' },
      overNetwork: true,
      automatic: false,
      notifications: false,
      userControl: 'whoever runs the host installs updates',
      authenticity: 'the archive’s index is signed, and names each package by its hash',
      trust: 'keys of the archive, on the host',
      cryptography: 'OpenPGP signatures, SHA-256',
      check: 'when the host’s package lists are refreshed',
      disruption: 'the broker restarts',
    },
  ],
  inputValidation: [],
  interfaces: [
    {
      id: 'loopback',
      description: { en: 'loopback interface of the host' },
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
  rows: notClaimed([
    {
      reason:
        'Updates come by the host’s own package manager, over connections and with keys of Debian’s, which this product neither brings nor checks.',
      refs: { 'etsi-en-303-645@2.1.1': ['5.3-10'], 'mcmc-g044@2023': ['6.3.10'] },
    },
    ...NOT_CLAIMED_FOR_THE_MAKERS,
    {
      reason: 'Without a configuration there are no accounts: any program of the host may send to every topic.',
      refs: { 'etsi-en-303-645@2.1.1': ['5.5-5'], 'mcmc-g044@2023': ['6.5.5'], 'mcmc-g045@2024': ['AU-1-2'] },
    },
  ]),
};
export default declaration;
