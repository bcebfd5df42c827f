import { X509Certificate } from 'node:crypto';
import { commonName, forClients, makeCertificate } from './certificate.ts';
import type { ClientIdentity } from './hand.ts';

/**
 * A client certificate that nobody but itself vouches for, with the name of the one given where there is one: who takes
 * it looks at names and not at signatures.
 */
export function makeStranger(given: ClientIdentity | undefined): ClientIdentity {
  const { certificate, key } = makeCertificate({ name: commonName(nameOf(given)), extensions: [forClients()] });
  return { certificate, key };
}

function nameOf(given: ClientIdentity | undefined): string {
  const subject = given === undefined ? '' : new X509Certificate(given.certificate).subject;
  return /^CN=(.+)$/m.exec(subject)?.[1] ?? 'stranger';
}
