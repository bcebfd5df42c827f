import type { Declaration } from '@hearthward/product';
import { KETTLE } from '../exposure/fake-kettle.ts';

/** A kettle with a cloud: two services that a certificate opens, the keys for them, and how these live. */
const service = (id: string, protocol: 'https' | 'mqtts'): Declaration['associatedServices'][number] => ({
  id,
  name: { en: id },
  operator: 'Kettle Works',
  protocol,
  port: 8883,
  purpose: { en: id },
  needed: false,
});
export const parameter = (
  id: string,
  more: Partial<Declaration['securityParameters'][number]> = {},
): Declaration['securityParameters'][number] => ({
  id,
  description: id,
  kind: 'critical',
  purpose: id,
  secrecy: 'never leaves the device',
  hardCoded: false,
  uniquePerDevice: true,
  generation: 'at random',
  storage: 'sealed',
  ...more,
});

export const CLOUDY: Declaration = {
  ...KETTLE,
  associatedServices: [service('joining', 'https'), service('messages', 'mqtts')],
  authenticationMechanisms: [
    ...KETTLE.authenticationMechanisms,
    {
      id: 'certificate',
      description: { en: 'its certificate' },
      subject: 'machine',
      factor: 'certificate',
      services: ['joining', 'messages'],
      initialValue: { kind: 'issued', by: 'Kettle Works' },
      cryptography: 'TLS 1.3',
    },
  ],
  communicationMechanisms: [
    ...KETTLE.communicationMechanisms.map((each) => ({ ...each, parameters: ['panel-key'] })),
    ...(['joining', 'messages'] as const).map((id): Declaration['communicationMechanisms'][number] => ({
      id: `to-${id}`,
      description: { en: id },
      direction: 'outbound',
      service: id,
      protocol: id === 'joining' ? 'https' : 'mqtts',
      authentication: 'mutual',
      cryptography: 'TLS 1.3',
      parameters: [id === 'joining' ? 'born-with' : 'link-key'],
      remotelyAccessible: true,
    })),
  ],
  securityParameters: [
    parameter('born-with', { identity: true }),
    parameter('link-key'),
    parameter('panel-key'),
    parameter('root', { kind: 'public', uniquePerDevice: false }),
  ],
};
