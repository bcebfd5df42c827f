import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import { preferred } from '@hearthward/protocol';
import {
  type Generation,
  type GenerationParts,
  labelOf,
  randomSerial,
  signing,
  useOf,
  validity,
} from './generations.ts';
import type { Link } from './kept.ts';
import { LIFETIMES, RENEW_CONFIRMATIONS_WITHIN } from './lifetimes.ts';
import { belongs, vouchersFor } from './server-certificate.ts';
import { generateKeys, issue, pemOf, readCertificate, signedBy } from './x509.ts';

/** What signs confirmations: a key for documents, and the certificates by which it is the manufacturer's, without the root. */
export interface Confirming {
  readonly key: KeyObject;
  readonly certificates: readonly string[];
}

// EN 303 645 5.4-1, G045 CR-1-2, CR-1-3: a key of its own, which no listener has and no connection can use
export async function confirmingCredentials(
  { files, uses, clock }: GenerationParts,
  above: { readonly service: Generation; readonly roots: readonly Generation[]; readonly links: readonly Link[] },
): Promise<Confirming> {
  const certificates = async (own: string) => [own, pemOf(above.service.certificate), ...(await vouchersFor(above))];
  const own = files.read(CERTIFICATE);
  const sealed = files.readSealed(KEY);
  if (own !== undefined && sealed !== undefined && belongs(own, sealed) && (await isGood(own)))
    return { key: keyIn(sealed), certificates: await certificates(own) };
  const issuer = signing(above.service);
  // key confirmations
  const pair = await generateKeys(preferred('signature', clock.now()));
  const certificate = await issue(
    {
      subject: [{ O: ['Hearthward'] }, { CN: ['confirmations of erasures'] }],
      serial: randomSerial(),
      ...validity(clock, LIFETIMES.confirmations, issuer),
      use: { kind: 'documents' },
    },
    pair.publicKey,
    issuer,
  );
  uses.append(
    useOf(labelOf(above.service), certificate, clock, { who: 'services', why: 'certificate of confirmations' }),
  );
  const pkcs8 = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
  files.writeSealed(KEY, pkcs8);
  files.write(CERTIFICATE, pemOf(certificate));
  const key = keyIn(pkcs8);
  pkcs8.fill(0);
  return { key, certificates: await certificates(pemOf(certificate)) };

  async function isGood(pem: string): Promise<boolean> {
    const kept = readCertificate(pem);
    const lasts = kept.notAfter.getTime() - clock.now() > RENEW_CONFIRMATIONS_WITHIN;
    return lasts && signedBy(kept, above.service.certificate);
  }
}

const KEY = 'confirmations.key';
const CERTIFICATE = 'confirmations.pem';

const keyIn = (pkcs8: Uint8Array): KeyObject =>
  // key confirmations: as it was made, or read again
  createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
