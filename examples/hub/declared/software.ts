import type { Declaration } from '@hearthward/product';
import { updateMechanisms } from './updates.ts';

/** Signatures come first to an end of what is used: elliptic curves, as quantum computers are expected. */
const CRYPTOGRAPHY = {
  uses: true,
  updateable: false,
  suffices: {
    until: '2035-12-31',
    source: 'NIST IR 8547 (2024, initial public draft), table 2; protocol/src/algorithms.ts',
  },
};

/** What runs, and how it is kept whole: IXIT 6, 7, 9 (absent: not constrained), 16, 20, 23. */
export const software: Pick<
  Declaration,
  | 'softwareComponents'
  | 'updateMechanisms'
  | 'codeMinimisation'
  | 'secureBoot'
  | 'integrity'
  | 'setupCheck'
  | 'resilienceMechanisms'
> = {
  softwareComponents: [
    {
      id: 'hub-functions',
      name: 'functions of the Home Hub',
      version: '0.1.0',
      supplier: 'Example Appliances',
      updateMechanism: 'slots',
      cryptography: { uses: false, updateable: false },
    },
    {
      id: 'runtime',
      name: 'Hearthward device runtime',
      version: '0.1.0',
      supplier: 'Hearthward',
      updateMechanism: 'slots',
      cryptography: { uses: true, updateable: true },
    },
    {
      id: 'loader',
      name: 'first stage of the Hearthward device runtime',
      version: '0.1.0',
      supplier: 'Hearthward',
      notUpdateableBecause:
        'it chooses which image starts, so that no update that is interrupted leaves the hub without one that does',
      cryptography: CRYPTOGRAPHY,
    },
    {
      id: 'node',
      name: 'Node.js with OpenSSL and SQLite',
      version: '26.10.0',
      supplier: 'OpenJS Foundation',
      notUpdateableBecause:
        'this reference hub runs on a general host, which brings it; the host’s own updates replace it',
      cryptography: CRYPTOGRAPHY,
    },
    {
      id: 'operating-system',
      name: 'Linux distribution of the host',
      version: 'as the host has it',
      supplier: 'the distribution',
      notUpdateableBecause: 'it is the host’s, which updates it by itself; it is not part of the product',
      cryptography: CRYPTOGRAPHY,
    },
  ],
  updateMechanisms,
  codeMinimisation: [
    {
      id: 'declared-only',
      measure:
        'the runtime opens only the listeners and routes that are declared; there is no shell, no script engine for users and no test function in it',
    },
    {
      id: 'reached-only',
      measure:
        'the image holds what its processes can reach, file by file, and the packages that ships.txt lists; whatever builds, tests or documents stays with its makers',
    },
  ],
  secureBoot: [
    {
      id: 'loader',
      description:
        'the loader holds every byte of the image that it starts against the manifest, and the manifest against signatures that lead from the root of the factory’s bundle',
      rootOfTrust: 'the loader and the factory’s bundle on the host’s disk, which no update replaces',
      hardware: false,
    },
  ],
  setupCheck: {
    self: { page: 'read-safety', findings: { function: 'read-setup-check', field: '/self' } },
    remote: {
      function: 'check-setup',
      mechanism: 'enrolment',
      sends: {
        en: 'its software version, its time, and yes or no for each point of its own check; no password, and nothing about the people at home',
        ms: 'versi perisian, waktunya, dan ya atau tidak bagi setiap perkara semakan sendiri; tiada kata laluan, dan tiada maklumat tentang orang di rumah',
      },
      findings: { function: 'read-setup-check', field: '/manufacturer/findings' },
    },
    tries: [
      {
        function: 'set-remote-management',
        field: 'remote',
        secure: 'off',
        insecure: '24',
        finding: { self: 'remote-help', remote: 'setting-remote-help' },
      },
    ],
  },
  integrity: {
    periodHours: 24,
    atStart:
      'every file of the image, its manifest and the signatures that lead to it; the tables and pages of each database; the factory’s bundle',
    whileRunning: 'the same files, in slices with rests between them, by the loader, which serves nobody',
    configuration:
      'digests of what the factory left (its bundle, and what the hub was made as), sealed under the hub’s own key when it first started; and that there is a store, once there was one',
    response:
      'the other image, where it is whole; quarantine with a banner on every page, an event in the log, an alert to the manufacturer and no other connection, until recovered from or decided by an owner',
    onDemand: 'check-integrity',
    endedBy: 'end-quarantine',
    shown: {
      function: 'read-safety',
      whole: 'Its software and its settings were changed by nobody who may not.',
      altered: 'Its software or its settings were changed by somebody who may not.',
    },
  },
  resilienceMechanisms: [
    {
      id: 'local-first',
      against: 'network-outage',
      description: 'panel and functions need no connection outside the home; telemetry waits',
      keepsWorking: ['home', 'status', 'set-lamp', 'set-target', 'set-name', 'change-password'],
    },
    {
      id: 'durable-state',
      against: 'power-outage',
      description: 'state is written in one transaction before it takes effect, and read back at start',
      keepsWorking: ['accounts', 'throttling', 'settings'],
    },
    {
      id: 'back-off',
      against: 'mass-reconnect',
      description: 'a lost connection is tried again after a random delay that grows with each failure',
      keepsWorking: ['home', 'status', 'set-lamp', 'set-target'],
    },
  ],
};
