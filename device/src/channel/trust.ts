import { X509Certificate } from 'node:crypto';

/** True where `chain` leads from its first certificate to one of `anchors`, each issued by the next and in its time. */
// EN 303 645 5.5-1, G045 AU-3-2: who is not certified by the manufacturer's roots is not believed
export const leadsToAnchor = (
  chain: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: Date,
): boolean => {
  const [own, ...others] = chain;
  if (!own || !isCurrent(own, now)) return false;
  let current = own;
  const left = [...others];
  for (;;) {
    if (anchors.some((anchor) => issued(anchor, current) || anchor.fingerprint256 === current.fingerprint256))
      return true;
    const next = left.findIndex((each) => each.ca && issued(each, current) && isCurrent(each, now));
    if (next < 0) return false;
    [current] = left.splice(next, 1) as [X509Certificate];
  }
};

export const parseCertificates = (pems: readonly string[]): readonly X509Certificate[] =>
  pems.map((each) => new X509Certificate(each));

/** Common name of a subject; undefined where there is none or more than one. */
export const commonName = (certificate: X509Certificate): string | undefined => {
  const names = certificate.subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .map((line) => line.slice(3));
  return names.length === 1 ? names[0] : undefined;
};

const issued = (authority: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

const isCurrent = (certificate: X509Certificate, now: Date): boolean =>
  certificate.validFromDate <= now && now <= certificate.validToDate;
