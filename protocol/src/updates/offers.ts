import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { DIGESTS } from '../algorithms.ts';
import { ReleaseVersion } from './release.ts';

/**
 * Which release is offered to which part of the fleet: `PRODUCT/offers.json`, a TUF target of the online role
 * `PRODUCT-rollout`. It can time what the offline roles have signed, and nothing else: whoever has the online keys can
 * delay a signed release or hurry it, never make one.
 */

const strict = { additionalProperties: false } as const;

/** Shares of a fleet are counted in ten-thousandths. */
export const BUCKETS = 10_000;

export const Offer = Type.Object(
  {
    version: ReleaseVersion,
    number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    /** target path of its image; the release's own custom metadata there is what counts */
    image: Type.String({ maxLength: 200 }),
    /** a halted release is withdrawn from devices that have not begun to install it */
    state: Type.Union([Type.Literal('offered'), Type.Literal('halted')]),
    /** drawn anew for each release, so that the same devices are not always the first */
    salt: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    /** devices whose bucket is below it are offered the release; BUCKETS is the whole fleet */
    below: Type.Integer({ minimum: 0, maximum: BUCKETS }),
    /** devices that are offered it whatever their bucket, as `memberOf` names them: testers, one customer */
    members: Type.Array(Type.String({ pattern: '^[0-9a-f]{32}$' }), { maxItems: 10_000 }),
    /** a device waits a random part of it before it begins, so that not all begin at once */
    jitterSeconds: Type.Integer({ minimum: 0, maximum: 7 * 86_400 }),
  },
  strict,
);
export type Offer = Static<typeof Offer>;

export const Offers = Type.Object(
  {
    v: Type.Literal(1),
    product: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    offers: Type.Array(Offer, { maxItems: 32 }),
  },
  strict,
);
export type Offers = Static<typeof Offers>;

/**
 * The device's place in the fleet for one release, 0 to BUCKETS - 1. Of 2^32 values the first 7,296 buckets get one
 * more than the others: a share differs from the asked by less than 3 in 10^6.
 */
export const bucketOf = (salt: string, deviceId: string): number =>
  digest('bucket', salt, deviceId).readUInt32BE(0) % BUCKETS;

/** How an offer names a device without telling others which it is. */
export const memberOf = (salt: string, deviceId: string): string =>
  digest('member', salt, deviceId).subarray(0, 16).toString('hex');

/** Whether the release is offered to this device now. */
export const isOffered = (offer: Offer, deviceId: string): boolean =>
  offer.state === 'offered' &&
  (bucketOf(offer.salt, deviceId) < offer.below || offer.members.includes(memberOf(offer.salt, deviceId)));

const digest = (what: 'bucket' | 'member', salt: string, deviceId: string): Buffer =>
  createHash(DIGESTS.sha256.digest).update(`hearthward update ${what} 1\n${salt}\n${deviceId}`).digest();
