import type { Declaration } from '@hearthward/product';
import { LAMP, MECHANISM } from './fake-declaration.ts';

/** A lamp that gets certificates of its maker at one service, and shows them at another. */
const service = (id: string, protocol: 'https' | 'mqtts'): Declaration['associatedServices'][number] => ({
  id,
  name: { en: id },
  operator: 'Lamp Works',
  protocol,
  port: 8883,
  purpose: { en: id },
  needed: false,
});
export const CLOUD: Declaration = {
  ...LAMP,
  associatedServices: [service('joining', 'https'), service('messages', 'mqtts')],
  authenticationMechanisms: [
    MECHANISM,
    {
      id: 'certificate',
      description: { en: 'its certificate' },
      subject: 'machine',
      factor: 'certificate',
      services: ['joining', 'messages'],
      initialValue: { kind: 'issued', by: 'Lamp Works' },
      cryptography: 'TLS 1.3',
    },
  ],
  communicationMechanisms: [
    {
      id: 'up',
      description: { en: 'Up' },
      direction: 'outbound',
      service: 'messages',
      protocol: 'mqtts',
      authentication: 'mutual',
      cryptography: 'TLS 1.3',
      parameters: [],
      remotelyAccessible: true,
    },
  ],
};
