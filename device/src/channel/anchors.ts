import { X509Certificate } from 'node:crypto';

/**
 * Which roots of the manufacturer a device believes, over the years (RFC 7030 4.1.3, RFC 4210 4.4). The factory puts the
 * first ones in; further ones are learnt from services that the device has authenticated, and only where a root that it
 * believes already has signed the new root's key. One that the services no longer show makes way for one that they do.
 * Computes on certificates alone: no disk, no network, and the time is given.
 */
export interface AnchorsLearnt {
  /** PEM, newest first; never empty where `held` was not */
  readonly anchors: readonly string[];
  readonly learnt: number;
  readonly retired: number;
  /** roots that were shown and that nobody vouched for */
  readonly refused: number;
}

/** Roots that roll over every decade or two meet in twos, perhaps in threes; each costs a kilobyte of the keystore. */
const ANCHORS_MOST = 4;

/** A part: which roots are believed from now on, of those held and of those that the services showed. */
export type LearnAnchors = typeof learnAnchors;

// EN 303 645 5.5-1, 5.5-8, G044 6.5.8, G045 AU-3-2: trust moves only along signatures of what is trusted already
export const learnAnchors = (
  held: readonly X509Certificate[],
  offered: readonly X509Certificate[],
  now: Date,
): AnchorsLearnt => {
  const good = (each: X509Certificate): boolean => each.ca && each.validFromDate <= now && now <= each.validToDate;
  const candidates = offered.filter((each) => good(each) && isOwnIssuer(each) && !held.some((one) => same(one, each)));
  const believed = held.filter((each) => now <= each.validToDate);
  const learnt: X509Certificate[] = [];
  for (let round = 0; round < candidates.length; round++) {
    const next = candidates.find(
      (each) => !learnt.includes(each) && isVouchedFor(each, [...believed, ...learnt], offered.filter(good)),
    );
    if (!next) break;
    learnt.push(next);
  }
  const newestShown = newestFirst([...learnt, ...believed.filter((each) => offered.some((one) => same(one, each)))])[0];
  const kept = believed.filter(
    (each) =>
      !newestShown ||
      offered.some((one) => same(one, each)) ||
      each.validFromDate.getTime() >= newestShown.validFromDate.getTime(),
  );
  const anchors = newestFirst([...learnt, ...kept]).slice(0, ANCHORS_MOST);
  // A clock that is far ahead must not leave the device with nobody to believe.
  const chosen = anchors.length > 0 ? anchors : held;
  return {
    anchors: chosen.map((each) => each.toString()),
    learnt: learnt.filter((each) => chosen.includes(each)).length,
    retired: held.filter((each) => !chosen.includes(each)).length,
    refused: candidates.length - learnt.length,
  };
};

/** New-with-old: the same name and key in a certificate that a believed root signed. */
const isVouchedFor = (
  root: X509Certificate,
  believed: readonly X509Certificate[],
  links: readonly X509Certificate[],
): boolean =>
  links.some(
    (link) =>
      link.subject === root.subject &&
      link.publicKey.equals(root.publicKey) &&
      believed.some((old) => link.checkIssued(old) && link.verify(old.publicKey)),
  );

const isOwnIssuer = (each: X509Certificate): boolean => each.checkIssued(each) && each.verify(each.publicKey);
const same = (one: X509Certificate, other: X509Certificate): boolean => one.fingerprint256 === other.fingerprint256;
const newestFirst = (all: readonly X509Certificate[]): readonly X509Certificate[] =>
  [...all].sort((a, b) => b.validFromDate.getTime() - a.validFromDate.getTime());
