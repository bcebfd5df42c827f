import { readFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import type { Target } from '@hearthward/assessor';
import { certifyAnyName, enrolmentInPlace } from '../stand-ins/false-enrolment.ts';
import { inPlaceOf } from '../stand-ins/impostor.ts';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';

/** Faults of both ends of the channel: whom the device believes; whom its services let in, whom they certify. */

/** MQTT 3.1.1, 3.2: connection accepted, whoever it is */
const CONNACK_ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
export const welcome = (socket: TLSSocket): void => void socket.once('data', () => socket.write(CONNACK_ACCEPTED));
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
  part(
    'believes-any-server',
    'mutual-authentication',
    'mutual-authentication',
    'the device checks nothing of what answers in place of the services',
    (good) => ({ clientTls: (anchors, now) => ({ ...good.clientTls(anchors, now), rejectUnauthorized: false }) }),
  ),
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
  {
    name: 'keeps-old-certificates-alive',
    case: 'certificate-lifecycle',
    topic: 'certificate-lifecycle',
    fault: 'the service that takes the messages lets in whoever has a certificate of the manufacturer, replaced or not',
    made: {
      by: 'company',
      start: (target) => inPlaceOf(target, 'messages', { ...OF_THE_MANUFACTURER, ca: rootsOf(target) }, welcome),
    },
  },
  {
    name: 'renews-nothing',
    case: 'certificate-lifecycle',
    topic: 'certificate-lifecycle',
    fault: 'the enrolment service tells its authorities and refuses every renewal',
    made: { by: 'company', start: (target, dir) => enrolmentInPlace(target, dir, () => undefined) },
  },
  part(
    'renews-never',
    'certificate-renewal',
    'certificate-lifecycle',
    'the device asks for a certificate where it has none, and never again',
    (good) => ({ renewal: { ...good.renewal, need: ({ until }) => (until === null ? 'must' : 'none') } }),
  ),
  {
    name: 'gives-all-units-one-identity',
    case: 'device-identity-unique',
    topic: 'device-identity-unique',
    fault: 'every unit leaves the factory with the certificate and the key of the first',
    made: { by: 'artefact', plant: withOneIdentity },
  },
  {
    name: 'certifies-any-name',
    case: 'device-identity-unique',
    topic: 'device-identity-unique',
    fault: 'the enrolment service certifies a unit under whatever name its request bears',
    made: { by: 'company', start: (target, dir) => enrolmentInPlace(target, dir, certifyAnyName) },
  },
];

const ANY_CERTIFICATE = { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false } as const;
export const OF_THE_MANUFACTURER = { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true } as const;

export const rootsOf = (target: Target): string =>
  readFileSync(target.associatedServices?.['messages']?.trust ?? '', 'utf8');

export function withOneIdentity(target: Target): Target {
  const { clientIdentity } = target;
  if (clientIdentity === undefined) return target;
  const { certificate, key } = clientIdentity;
  return { ...target, clientIdentity: { certificate, key, forRenewal: { certificate, key } } };
}
