import type { Declaration } from '@hearthward/product';
import type { data } from './data.ts';

type Head =
  | 'schema'
  | 'manufacturer'
  | 'product'
  | 'support'
  | 'disclosure'
  | 'associatedServices'
  | 'userInformation'
  | 'rows'
  | keyof typeof data;

/** The information tables of a device without IP, users or updates; what it has nothing of is empty. */
export const tables: Omit<Declaration, Head> = {
  authenticationMechanisms: [],
  vulnerabilityTypes: [
    {
      id: 'software',
      description: 'in the software of the sensor',
      action: 'confirm, mend for new sensors, publish an advisory, replace where the hub cannot keep the harm away',
      targetDays: 90,
    },
    {
      id: 'hardware',
      description: 'in the hardware of the sensor',
      action: 'confirm, publish an advisory, replace',
      targetDays: 180,
    },
  ],
  confirmations: [
    { id: 'vulnerability-actions', confirmed: false },
    { id: 'vulnerability-monitoring', confirmed: false },
    { id: 'update-procedures', confirmed: false },
    { id: 'secure-management', confirmed: false },
    { id: 'secure-development', confirmed: false },
  ],
  vulnerabilityMonitoring: [],
  softwareComponents: [
    {
      id: 'firmware',
      name: 'firmware of the window sensor',
      version: '0.1.0',
      supplier: 'Example Appliances',
      notUpdateableBecause: 'no room for a second image, and the battery does not carry a transfer over the radio',
      cryptography: { uses: true, updateable: false },
    },
  ],
  updateMechanisms: [],
  updateProcedures: [],
  replacementSupport: {
    rationale: {
      en: 'Battery and memory leave no room for updates over the radio.',
      ms: 'Bateri dan memori tidak membolehkan kemas kini melalui radio.',
    },
    period: { en: 'Until 31 December 2030.', ms: 'Sehingga 31 Disember 2030.' },
    method: {
      en: 'Example Appliances announces it on the product page and sends a new sensor; the old one is removed from the hub.',
      ms: 'Example Appliances mengumumkannya di halaman produk dan menghantar penderia baharu; yang lama dikeluarkan daripada hab.',
    },
    isolable: 'removed from its hub it reaches nothing: it has no other network, and the hub works on without it',
    hardwareReplaceable: 'held by an adhesive strip, without tools; the hub takes a new sensor in its place',
  },
  securityParameters: [
    {
      id: 'link-key',
      description: 'key of the radio link to the hub',
      kind: 'critical',
      purpose: 'confidentiality and integrity of every message',
      secrecy: 'known to the sensor and its hub alone',
      hardCoded: false,
      uniquePerDevice: true,
      generation: 'agreed with the hub when the sensor is paired, from random numbers of both',
      storage: 'flash of the microcontroller with read-out protection set',
      identity: false,
    },
    {
      id: 'pairing-code',
      description: 'code on the label that proves to the hub which sensor it pairs',
      kind: 'critical',
      purpose: 'authenticates the agreement of the link key',
      secrecy: 'on the label and in the sensor',
      hardCoded: false,
      uniquePerDevice: true,
      generation: '64 random bits, in the factory',
      storage: 'flash of the microcontroller with read-out protection set',
      identity: true,
    },
  ],
  communicationMechanisms: [
    {
      id: 'hub-link',
      description: { en: 'Radio link to the hub, IEEE 802.15.4', ms: 'Pautan radio ke hab, IEEE 802.15.4' },
      direction: 'outbound',
      protocol: 'other',
      authentication: 'mutual',
      cryptography: 'AES-128-CCM under the link key, with a frame counter against replay',
      parameters: ['link-key', 'pairing-code'],
      remotelyAccessible: false,
    },
  ],
  networkSecurityImplementations: [
    {
      id: 'radio-stack',
      name: 'radio stack of the microcontroller’s maker, AES in hardware',
      review: 'used in many products; its maker publishes advisories',
    },
  ],
  softwareServices: [],
  secureManagementProcesses: [
    {
      id: 'management-of-link-key',
      parameter: 'link-key',
      generation: 'on sensor and hub, when they are paired',
      provisioning: 'agreed over the radio, authenticated by the code on the label',
      storage: 'on sensor and hub alone',
      update: 'a new one at every pairing',
      decommissioning: 'erased when the button is held for ten seconds, and when the hub removes the sensor',
      compromise: 'pair again',
    },
    {
      id: 'management-of-pairing-code',
      parameter: 'pairing-code',
      generation: 'in the factory, by a random generator',
      provisioning: 'written once, printed on the label',
      storage: 'in the sensor; the factory keeps no copy',
      update: 'never: it is printed',
      decommissioning: 'stays with the sensor',
      compromise: 'replace the sensor',
    },
  ],
  interfaces: [
    {
      id: 'radio',
      description: { en: 'Radio to the hub', ms: 'Radio ke hab' },
      kind: 'radio',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised'],
      purpose: 'state of the window to the hub',
      protection:
        'frames that the link key does not authenticate are dropped; pairing only for two minutes after the button',
    },
    {
      id: 'button',
      description: { en: 'Button for pairing and reset', ms: 'Butang untuk pemadanan dan tetapan semula' },
      kind: 'physical',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised'],
      purpose: 'starts pairing; held for ten seconds it erases the link key',
    },
    {
      id: 'test-pads',
      description: {
        en: 'Debug pads on the board, under the cover',
        ms: 'Pad nyahpepijat pada papan, di bawah penutup',
      },
      kind: 'physical',
      debug: true,
      accessible: false,
      enabled: [],
      purpose: 'programming in the factory',
      protection: 'locked by read-out protection when the sensor leaves the factory',
    },
  ],
  codeMinimisation: [
    { id: 'one-purpose', measure: 'one image with the radio stack and the contact; nothing else is linked' },
  ],
  privilegeControls: [],
  accessControls: [],
  secureDevelopment: [],
  secureBoot: [],
  resilienceMechanisms: [
    {
      id: 'keeps-last-state',
      against: 'network-outage',
      description: 'without its hub the sensor keeps the last state and tells it when the hub answers again',
      keepsWorking: ['contact'],
    },
    {
      id: 'random-wake',
      against: 'mass-reconnect',
      description: 'after an outage of the hub it waits a random time of up to 30 s before it speaks',
      keepsWorking: ['contact'],
    },
  ],
  userDecisions: [],
  userInterfaces: [],
  externalFunctions: [],
  inputValidation: [
    {
      id: 'frames',
      covers: [],
      method: 'length and type of every frame are checked after it is authenticated; others are dropped',
    },
  ],
};
