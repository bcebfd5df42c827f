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
      name: 'OpenSSL, as Node.js carries it',
      review: 'widely deployed and publicly reviewed; its maintainers publish advisories',
    },
  ],
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
        'factory-reset',
        'panel-pages',
      ],
      method:
        'every input is read through the field that is declared for it (type, range, length, choices); unknown fields and bodies over the limit are refused',
    },
    {
      id: 'certificates-and-messages',
      covers: ['home', 'status', 'read-security', 'read-safety', 'read-events', 'read-privacy'],
      method: 'these functions take no input; a query string is ignored',
    },
  ],
};
