import type { Declaration } from '@hearthward/product';
import { OWN_DATA } from './privacy.ts';

/** The same for every proof by a person; each kind of proof is counted apart. */
const GUESSING = {
  description:
    'after three failures each further one doubles the delay, counted per account and per source address, kept over restarts; a browser that signed in before is only held by its own failures',
  freeAttempts: 3,
  firstDelaySeconds: 1,
  longestDelaySeconds: 900,
};

/** What everybody may do about their own sign-in, and about nobody else's. */
const OWN_SIGN_IN = [
  'read-security',
  'begin-code',
  'confirm-code',
  'remove-code',
  'begin-passkey',
  'confirm-passkey',
  'remove-passkey',
  'renew-recovery-codes',
];

/** Of every process that Node runs. */
const COMPILED = 'the engine compiles code while it runs (Node.js 26, V8)';

/** Who may come in, and which process may do what: IXIT 1, 17, 18. */
export const access: Pick<Declaration, 'authenticationMechanisms' | 'privilegeControls' | 'accessControls'> = {
  authenticationMechanisms: [
    {
      id: 'panel-password',
      description: {
        en: 'User name and password of the panel; the account of the person who set the hub up is `owner`.',
        ms: 'Nama pengguna dan kata laluan panel; akaun orang yang menyediakan hab ialah `owner`.',
      },
      subject: 'user',
      factor: 'password',
      services: ['panel'],
      initialValue: {
        kind: 'unique-per-device',
        entropyBits: 80,
        alphabet: '23456789abcdefghijkmnpqrstuvwxyz',
        generation:
          '16 characters of a 32-letter unambiguous alphabet, drawn by the operating system’s random generator in the factory; tied to neither serial number nor hardware address',
        mustBeChanged: true,
      },
      firstValue: {
        generation:
          '16 characters of the same alphabet, drawn by the operating system’s random generator for each account that an owner adds, and shown once',
        validHours: 72,
      },
      change: { function: 'change-password', steps: 3 },
      setUp: {
        page: '/setup',
        fields: { initialPassword: 'labelPassword', password: 'password', repeat: 'repeat' },
        others: { name: 'Living room' },
      },
      bruteForce: { ...GUESSING },
      recovery: {
        interface: 'button',
        description:
          'a short press lets people on the home network sign in although others guess, and with the password on the label lets them choose a new one',
        page: '/forgotten',
        minutes: 10,
        attempts: 5,
      },
      rules: { minimumLength: 10, maximumLength: 128, refusesCommon: true, refusesRuns: true },
      cryptography: 'TLS 1.2 or later in transit; argon2id (RFC 9106) with a random salt per account at rest',
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
        name: '__Host-session',
        idleSeconds: 900,
        absoluteSeconds: 43_200,
        logout: { method: 'POST', path: '/logout' },
        administrators: 'one-at-a-time',
        secondLogin: {
          kind: 'offers',
          page: '/login/session',
          path: '/login/session',
          field: 'choice',
          value: 'end',
          decline: 'keep',
        },
      },
    },
    {
      id: 'panel-code',
      description: {
        en: 'One-time codes of an authenticator app, or one of ten recovery codes, after the password; for accounts that have set it up.',
        ms: 'Kod sekali guna daripada aplikasi pengesah, atau salah satu daripada sepuluh kod pemulihan, selepas kata laluan; untuk akaun yang menyediakannya.',
      },
      subject: 'user',
      factor: 'one-time-code',
      secondTo: 'panel-password',
      services: ['panel'],
      initialValue: { kind: 'defined-by-user' },
      change: { function: 'begin-code', steps: 3 },
      bruteForce: { ...GUESSING },
      cryptography:
        'RFC 6238 with HMAC-SHA-1 and a secret of 160 bits, each step taken once; recovery codes of 80 bits, each taken once, kept as HMAC-SHA-256; both sealed at rest',
    },
    {
      id: 'panel-passkey',
      description: {
        en: 'Passkeys (W3C Web Authentication) after the password; for accounts that have set one up.',
        ms: 'Kunci laluan (W3C Web Authentication) selepas kata laluan; untuk akaun yang menyediakannya.',
      },
      subject: 'user',
      factor: 'passkey',
      secondTo: 'panel-password',
      services: ['panel'],
      initialValue: { kind: 'defined-by-user' },
      change: { function: 'begin-passkey', steps: 3 },
      cryptography:
        'signatures by ECDSA P-256, Ed25519 or RSA with SHA-256 over a single-use challenge, bound to the name of the panel; the device keeps public keys only',
    },
    {
      id: 'device-certificate',
      description: {
        en: 'Certificate of this one hub, with which it and the manufacturer’s services prove themselves to each other.',
        ms: 'Sijil hab ini, yang digunakan oleh hab dan perkhidmatan pengeluar untuk saling mengesahkan diri.',
      },
      subject: 'machine',
      factor: 'certificate',
      services: ['enrolment', 'messages'],
      initialValue: {
        kind: 'issued',
        by: 'the manufacturer’s certificate authority: the initial identity in the factory, the one in use by enrolment',
      },
      cryptography: 'mutual TLS 1.3 with ECDSA P-256 certificates under the manufacturer’s root',
    },
  ],
  privilegeControls: [
    {
      id: 'loader',
      process: 'loader',
      commandLine: ['loader'],
      writableCodeBecause: COMPILED,
      user: 'root',
      privileges: ['reads both slots, writes the slot record', 'starts boot and the control loop'],
      because:
        'it is the first stage, which gives the others their start; it has no network connection and opens no key',
    },
    {
      id: 'boot',
      process: 'boot',
      commandLine: ['hub', '--slot'],
      writableCodeBecause: COMPILED,
      user: 'root',
      privileges: [
        'gives each process its account, starts the other processes, ends them, and starts again what fails',
      ],
      because: 'only root may change accounts; it has no network connection and opens no key',
    },
    {
      id: 'signer',
      process: 'signer',
      commandLine: ['signer', '--guard'],
      writableCodeBecause: COMPILED,
      user: 'hearthward-signer',
      privileges: ['reads and writes the key store', 'signs with the initial identity'],
      because:
        'it alone opens the key store, has no network connection and hands out no key but those of panel, channel and records',
    },
    {
      id: 'core',
      process: 'core',
      capabilities: ['CAP_NET_BIND_SERVICE'],
      commandLine: ['hub', '--role', 'core'],
      writableCodeBecause: COMPILED,
      user: 'hearthward-core',
      privileges: ['declared listener', 'declared outbound connections', 'its own records'],
      because:
        'it faces the network, so it can neither read the key store nor start a program; the one capability opens its declared port, which is below 1024',
    },
    {
      id: 'updater',
      process: 'updater',
      commandLine: ['hub', '--role', 'updater'],
      writableCodeBecause: COMPILED,
      user: 'hearthward-updater',
      privileges: ['writes the slot that does not run', 'the declared connection for updates'],
      because: 'it alone may change what runs, so nothing connects to it and it reads nothing that people have put in',
    },
    {
      id: 'control',
      process: 'control',
      commandLine: ['hub', '--role', 'control'],
      writableCodeBecause: COMPILED,
      user: 'hearthward-control',
      privileges: ['senses the room and switches the heating', 'takes the target temperature from core'],
      because:
        'it must go on whatever becomes of the other processes, so it has no network connection, no key and no file to write',
    },
  ],
  accessControls: [
    {
      id: 'owner',
      role: 'owner',
      description: {
        en: 'The person who set the hub up, and whom they trust with all of it, may call every function.',
      },
      functions: [
        'home',
        'status',
        'set-lamp',
        'set-target',
        'set-name',
        'change-password',
        'read-security',
        'begin-code',
        'confirm-code',
        'remove-code',
        'begin-passkey',
        'confirm-passkey',
        'remove-passkey',
        'renew-recovery-codes',
        'read-safety',
        'read-events',
        'read-privacy',
        ...OWN_DATA,
        'set-resident',
        'set-remote-management',
        'renew-keys',
        'check-integrity',
        'check-setup',
        'read-setup-check',
        'end-quarantine',
        'read-updates',
        'check-updates',
        'apply-update',
        'postpone-update',
        'choose-updates',
        'factory-reset',
        'list-accounts',
        'add-account',
        'remove-account',
        'change-role',
        'set-pin',
        'lock-pin',
        'end-sessions',
        'set-chime',
        'set-log-server',
      ],
    },
    {
      id: 'member',
      role: 'member',
      description: { en: 'Who lives in the home uses the hub and sees what it knows, and changes nobody’s rights.' },
      functions: [
        'home',
        'status',
        'set-lamp',
        'set-target',
        'read-privacy',
        ...OWN_DATA,
        'read-safety',
        'read-updates',
        'check-updates',
        'change-password',
        ...OWN_SIGN_IN,
      ],
    },
    {
      id: 'guest',
      role: 'guest',
      description: { en: 'A guest sees what the hub does now and switches the lamp.' },
      functions: ['home', 'status', 'set-lamp', 'change-password', ...OWN_SIGN_IN],
    },
    {
      id: 'installer',
      role: 'installer',
      description: { en: 'Who installs the hub tries it and names it, for one day, and learns nothing of the people.' },
      functions: [
        'home',
        'status',
        'set-lamp',
        'set-target',
        'set-name',
        'read-safety',
        'change-password',
        ...OWN_SIGN_IN,
      ],
    },
    {
      id: 'service',
      role: 'service',
      description: {
        en: 'Who helps from elsewhere reads how the hub is and what happened, and changes nothing of it.',
      },
      functions: ['home', 'read-safety', 'read-events', 'change-password', ...OWN_SIGN_IN],
    },
  ],
};
