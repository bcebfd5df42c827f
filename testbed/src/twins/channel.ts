import type { TLSSocket } from 'node:tls';
import { inPlaceOf } from '../impostor.ts';
import type { Twin } from '../twin.ts';

/** Faults of the associated services that the device talks to: whom they let in. */

/** MQTT 3.1.1, 3.2: connection accepted, whoever it is */
const CONNACK_ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const welcome = (socket: TLSSocket): void => void socket.once('data', () => socket.write(CONNACK_ACCEPTED));
const welcomeWithCertificate = (socket: TLSSocket): void =>
  socket.getPeerX509Certificate() ? welcome(socket) : void socket.destroy();

export const CHANNEL_TWINS: readonly Twin[] = [
  {
    name: 'asks-no-client-certificate',
    case: 'mutual-authentication',
    topic: 'mutual-authentication',
    fault: 'the service that takes the messages asks its clients for no certificate',
    made: {
      by: 'company',
      start: (target) => inPlaceOf(target, 'messages', { minVersion: 'TLSv1.3', requestCert: false }, welcome),
    },
  },
  {
    name: 'takes-any-certificate',
    case: 'certificate-authentication',
    topic: 'certificate-authentication',
    fault: 'the service that takes the messages wants a certificate, and takes one that vouches for itself',
    made: {
      by: 'company',
      start: (target) => inPlaceOf(target, 'messages', ANY_CERTIFICATE, welcomeWithCertificate),
    },
  },
];

const ANY_CERTIFICATE = { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false } as const;
