import { isOffered } from '@hearthward/protocol';
import type { Candidate, UpdateState } from '../state.ts';
import type { DeviceFacts, OfferedRelease, OfferRefusal } from './events.ts';

/** Whether a release is for this device; signatures have been checked before. Rules are stated once, in this order. */
// EN 303 645 5.3-2, 5.3-9, G044 6.3.2, 6.3.9, G045 PL-2-3: another product's, another model's or an older one is refused
export const refusalOf = (
  state: UpdateState,
  { offer, release, target }: OfferedRelease,
  device: DeviceFacts,
): OfferRefusal | undefined => {
  const { installed } = state;
  // the online role names a release, and what the offline roles signed about it is what counts
  if (offer.image !== target.path || offer.version !== release.version || offer.number !== release.number) {
    return 'offer-mismatch';
  }
  if (release.product !== device.product) return 'wrong-product';
  if (!release.models.includes(device.model)) return 'wrong-model';
  if (offer.state === 'halted') return 'halted';
  if (!isOffered(offer, device.deviceId)) return 'not-in-share';
  if (installed && release.number <= installed.number) return 'not-newer';
  if (release.securityVersion < state.floor) return 'below-floor';
  if (installed && release.securityVersion < installed.securityVersion) return 'security-version-fell';
  if (installed && release.fromNumber !== undefined && installed.number < release.fromNumber) return 'not-from-here';
  if (release.unpackedBytes > device.slotBytes) return 'too-large';
  if (state.failed.some(({ digest }) => digest === target.sha256)) return 'failed-before';
  if (release.number <= state.failedUpTo) return 'failed-before';
  if (state.quarantinedAt !== null && release.number <= state.quarantinedAt) return 'quarantined';
  return undefined;
};

/** Refusals that say that something is wrong, and not only that this device has no part in an offer. */
export const isNews = (refusal: OfferRefusal): boolean =>
  refusal === 'offer-mismatch' ||
  refusal === 'wrong-product' ||
  refusal === 'below-floor' ||
  refusal === 'security-version-fell' ||
  refusal === 'too-large';

/**
 * The newest of those that install by themselves, else the newest: a feature release that waits for somebody does not
 * stand in the way of a security release that does not have to.
 */
// EN 303 645 5.3-8, G044 6.3.8: a security release waits for no other one
export const bestOf = (
  accepted: readonly OfferedRelease[],
  { choice }: Pick<UpdateState, 'choice'>,
): OfferedRelease | undefined => {
  const newestFirst = [...accepted].sort((one, other) => other.release.number - one.release.number);
  return newestFirst.find(({ release }) => choice.automatic[release.kind]) ?? newestFirst[0];
};

export const candidateOf = ({ release, target }: OfferedRelease): Candidate => ({
  image: { digest: target.sha256, number: release.number, securityVersion: release.securityVersion },
  version: release.version,
  kind: release.kind,
  downtimeSeconds: release.downtimeSeconds,
  path: target.path,
  length: target.length,
});
