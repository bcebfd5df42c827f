import { X509Certificate } from 'node:crypto';
import { MASKS, type Mask } from '../../impostor.ts';
import { commonName, forAuthorities, forServers, makeCertificate, named, subjectOf } from '../wire/certificate.ts';
import type { ClientIdentity, Hand, ResolvedEndpoint } from '../wire/hand.ts';

/** What a false service shows. Whoever looks at names alone believes it; whoever looks at all of it does not. */
export function masksOf(hand: Hand, endpoint: ResolvedEndpoint): readonly Mask[] {
  return MASKS.filter((mask) => mask !== 'misnamed' || ofTheGenuine(hand, endpoint) !== undefined);
}

/** @param host by which the device knows the service */
export function wear(mask: Mask, host: string, hand: Hand, endpoint: ResolvedEndpoint): ClientIdentity | undefined {
  switch (mask) {
    case 'self-signed':
      return makeCertificate({ name: commonName(host), extensions: [named(host), forServers()] });
    case 'foreign-authority': {
      // under the name of the genuine authority, where that is known
      const name = (endpoint.trust && subjectOf(endpoint.trust)) || commonName('another authority');
      const issuer = makeCertificate({ name, extensions: [forAuthorities()] });
      const own = makeCertificate({ name: commonName(host), extensions: [named(host), forServers()], issuer });
      return { key: own.key, certificate: own.certificate + issuer.certificate };
    }
    case 'misnamed':
      return ofTheGenuine(hand, endpoint);
  }
}

/** The identity of a unit, where it is certified under the anchors of the service: genuine, and not the service's. */
function ofTheGenuine(hand: Hand, endpoint: ResolvedEndpoint): ClientIdentity | undefined {
  const identity = hand.clientIdentity;
  if (identity === undefined || endpoint.trust === undefined) return undefined;
  const [own, ...others] = certificatesIn(identity.certificate);
  return own !== undefined && leads(own, others, certificatesIn(endpoint.trust)) ? identity : undefined;
}

function leads(from: X509Certificate, over: readonly X509Certificate[], to: readonly X509Certificate[]): boolean {
  if (to.some((anchor) => issued(anchor, from))) return true;
  const next = over.find((each) => issued(each, from));
  return (
    next !== undefined &&
    leads(
      next,
      over.filter((each) => each !== next),
      to,
    )
  );
}

const issued = (issuer: X509Certificate, one: X509Certificate): boolean =>
  one.checkIssued(issuer) && one.verify(issuer.publicKey);
const certificatesIn = (pem: string): readonly X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (each) => new X509Certificate(each),
  );
