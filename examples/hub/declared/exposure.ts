import type { Declaration } from '@hearthward/product';

/** What is open, and how it talks: IXIT 11, 12, 13, 15, 27, 29. */
export const exposure: Pick<
  Declaration,
  | 'interfaces'
  | 'softwareServices'
  | 'communicationMechanisms'
  | 'networkSecurityImplementations'
  | 'userInterfaces'
  | 'inputValidation'
  | 'basicProtocols'
  | 'remoteManagement'
> = {
  interfaces: [
    {
      id: 'lan',
      description: { en: 'Ethernet to the home network', ms: 'Ethernet ke rangkaian rumah' },
      kind: 'network',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised'],
      purpose: 'panel for the people at home, connections to the manufacturer’s services',
      protection: 'only the declared listener accepts connections; TLS on every connection',
    },
    {
      id: 'power',
      description: { en: 'Socket of the power supply', ms: 'Soket bekalan kuasa' },
      kind: 'physical',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised'],
      purpose: 'power; it carries no data',
    },
    {
      id: 'button',
      description: { en: 'Button on the case', ms: 'Butang pada bekas' },
      kind: 'physical',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised'],
      purpose:
        'a short press lets the people at home sign in although others guess, and choose a new password with the one on the label; held for ten seconds, it erases what people have put in',
      protection: 'it takes somebody at the device; nothing that comes over a network does what it does',
    },
  ],
  softwareServices: [
    {
      id: 'panel',
      description: { en: 'The hub’s panel, as web pages', ms: 'Panel hab, sebagai halaman web' },
      interface: 'lan',
      protocol: 'https',
      transport: 'tcp',
      port: 443,
      states: ['factory-default', 'initialised'],
      purpose: 'set-up, use and care of the hub by the people at home',
      authentication: ['panel-password'],
      tls: { minimumVersion: '1.2', clientCertificate: false },
      discloses: ['a login form that names neither manufacturer, model nor version', 'the panel’s TLS certificate'],
    },
  ],
  communicationMechanisms: [
    {
      id: 'panel-https',
      description: { en: 'Browser to panel over HTTPS' },
      direction: 'inbound',
      service: 'panel',
      protocol: 'https',
      port: 443,
      tls: { minimumVersion: '1.2', clientCertificate: false },
      authentication: 'server',
      cryptography: 'TLS 1.2 with forward secrecy and authenticated encryption only, or TLS 1.3; ECDSA P-256',
      parameters: ['panel-key', 'account-password', 'label-password'],
      remotelyAccessible: true,
    },
    {
      id: 'enrolment',
      description: { en: 'Enrolment over secure transport (EST, RFC 7030)' },
      direction: 'outbound',
      service: 'enrolment',
      protocol: 'https',
      port: 8443,
      tls: { minimumVersion: '1.3', clientCertificate: true },
      authentication: 'mutual',
      cryptography: 'TLS 1.3 with the initial identity as client certificate; ECDSA P-256',
      parameters: ['initial-identity', 'trust-anchors'],
      remotelyAccessible: true,
      dialledOn: { function: 'renew-keys', field: 'keys', value: 'connection' },
    },
    {
      id: 'messages',
      description: { en: 'Readings and security events over MQTT 3.1.1' },
      direction: 'outbound',
      service: 'messages',
      protocol: 'mqtts',
      port: 8883,
      tls: { minimumVersion: '1.3', clientCertificate: true },
      authentication: 'mutual',
      cryptography: 'TLS 1.3 with the local identity as client certificate; ECDSA P-256',
      parameters: ['local-identity', 'trust-anchors'],
      remotelyAccessible: true,
    },
  ],
  networkSecurityImplementations: [
    {
      id: 'openssl',
      name: 'OpenSSL, as Node.js carries it: TLS, certificates, every cryptographic primitive',
      version: '3.5.8',
      component: 'node',
      review: 'widely deployed and publicly reviewed; its maintainers publish advisories',
    },
    {
      id: 'node',
      name: 'Node.js: sockets, TLS streams, HTTP parser',
      version: '26.10.0',
      link: 'https://github.com/nodejs/node/blob/main/SECURITY.md',
      component: 'node',
      review: 'widely deployed and publicly developed; its policy says how reports are taken and disclosed',
    },
    {
      id: 'tufjs-models',
      name: 'TUF models for JavaScript: keys and signatures of update metadata',
      version: '5.0.2',
      packages: ['@tufjs/models'],
      review: 'kept by the TUF project; npm carries it to check where packages come from',
    },
    {
      id: 'tufjs-canonical-json',
      name: 'Canonical JSON: the bytes that signatures of update metadata are made over',
      version: '2.0.0',
      packages: ['@tufjs/canonical-json'],
      review: 'kept by the TUF project; npm carries it to check where packages come from',
    },
    {
      id: 'fastify',
      name: 'Fastify: routing of the panel',
      version: '5.12.8',
      link: 'https://github.com/fastify/fastify/blob/main/SECURITY.md',
      packages: ['fastify'],
      review: 'public project of the OpenJS Foundation with a security policy and a team for it',
    },
    {
      id: 'simplewebauthn',
      name: 'SimpleWebAuthn: reads what passkeys answer',
      version: '14.0.3',
      packages: ['@simplewebauthn/server'],
      review: 'public project whose source everybody can read; nobody of this product has seen a review of it',
    },
    {
      id: 'mqtt',
      name: 'MQTT.js: MQTT 3.1.1 client',
      version: '5.16.0',
      packages: ['mqtt'],
      review: 'public project whose source everybody can read; nobody of this product has seen a review of it',
    },
  ],
  basicProtocols: [
    {
      id: 'addresses',
      protocol: 'arp',
      runBy: 'the home network; the host’s kernel keeps the table',
      mayChange: 'which neighbour receives the hub’s packets',
      bound: 'whoever receives them has no certificate that the hub believes, and sees ciphertext',
    },
    {
      id: 'configuration',
      protocol: 'dhcp',
      runBy: 'the router of the home; the host’s client asks it',
      mayChange: 'address, router and name servers of the hub',
      bound: 'it leads packets astray at most; the services’ names and certificates are checked on each connection',
    },
    {
      id: 'names',
      protocol: 'dns',
      runBy: 'the name servers that the router names',
      mayChange: 'to which address the names of the services lead',
      bound: 'what answers there must prove that name by a certificate under the manufacturer’s roots',
    },
    {
      id: 'control',
      protocol: 'icmp',
      runBy: 'routers and neighbours; the host’s kernel answers',
      mayChange: 'size of packets and the next hop',
      bound: 'availability alone; the kernel ignores redirects where the host is set up as documented',
    },
    {
      id: 'time',
      protocol: 'ntp',
      runBy: 'the host’s time service',
      mayChange: 'the system’s clock',
      bound: 'expiry is compared with a floor that never falls; a clock set back is a logged event',
    },
  ],
  remoteManagement: {
    description: {
      en: 'Support by the manufacturer’s operators: state, log, restart, new certificate.',
      ms: 'Sokongan oleh pengendali pengeluar: keadaan, log, mula semula, sijil baharu.',
    },
    byDefault: 'off',
    switch: { function: 'set-remote-management', field: 'remote', off: 'off', longestHours: 24 },
    commands: [
      { id: 'status', description: { en: 'tells version and running time' }, securityRelevant: false },
      { id: 'send-log', description: { en: 'sends the newest events that were kept at home' }, securityRelevant: true },
      { id: 'restart', description: { en: 'restarts the hub’s processes' }, securityRelevant: true },
      { id: 'renew-certificate', description: { en: 'asks for a new certificate' }, securityRelevant: true },
    ],
    authentication:
      'only through the mutually authenticated connection that the hub opens itself; each command is signed by the operators’ key (Ed25519), numbered, and lasts a quarter of an hour',
    shown:
      'a banner on every page while it is on, with when it was last used and a button that ends it; events in the log',
  },
  userInterfaces: [
    {
      id: 'panel-pages',
      description: { en: 'Pages of the panel', ms: 'Halaman panel' },
      service: 'panel',
      entry: '/',
      languages: ['en', 'ms'],
    },
  ],
  inputValidation: [
    {
      id: 'declared-fields',
      covers: [
        'set-lamp',
        'set-target',
        'set-name',
        'change-password',
        'begin-code',
        'confirm-code',
        'remove-code',
        'begin-passkey',
        'confirm-passkey',
        'remove-passkey',
        'renew-recovery-codes',
        'set-sharing',
        'set-remote-management',
        'renew-keys',
        'factory-reset',
        'add-account',
        'remove-account',
        'change-role',
        'set-pin',
        'lock-pin',
        'end-sessions',
        'panel-pages',
      ],
      method:
        'every input is read through the field that is declared for it (type, range, length, choices); unknown fields and bodies over the limit are refused',
    },
    {
      id: 'certificates-and-messages',
      covers: ['home', 'status', 'read-security', 'read-safety', 'read-events', 'read-privacy', 'list-accounts'],
      method: 'these functions take no input; a query string is ignored',
    },
  ],
};
