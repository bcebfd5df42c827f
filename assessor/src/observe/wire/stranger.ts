import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { bits, der, ECDSA_WITH_SHA256, oid, pem, sequence, set } from './der.ts';
import type { ClientIdentity } from './hand.ts';

/**
 * A client certificate that nobody but itself vouches for, with the name of the one given where there is one: who takes
 * it looks at names and not at signatures. Written in DER (RFC 5280, X.690); its key lives as long as the run.
 */
export function makeStranger(given: ClientIdentity | undefined): ClientIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const name = sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(nameOf(given))))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(Date.now() - DAY), time(Date.now() + DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(EXTENDED_KEY_USAGE, der(0x04, sequence(CLIENT_AUTH))))),
  );
  const whole = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
  return {
    certificate: pem('CERTIFICATE', whole),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const DAY = 86_400_000;

function nameOf(given: ClientIdentity | undefined): string {
  const subject = given === undefined ? '' : new X509Certificate(given.certificate).subject;
  return /^CN=(.+)$/m.exec(subject)?.[1] ?? 'stranger';
}

/** GeneralizedTime without fractions */
const time = (at: number): Buffer => der(0x18, Buffer.from(new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '')));

/** 2.5.4.3, 2.5.29.37, 1.3.6.1.5.5.7.3.2 */
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const EXTENDED_KEY_USAGE = oid(0x55, 0x1d, 0x25);
const CLIENT_AUTH = oid(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02);
