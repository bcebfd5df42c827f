import { rolesOf } from '@hearthward/protocol';
import { DAY } from '../../clock.ts';

/**
 * The roles of the repository, how many keys each needs, and how long what each signs is good for.
 *
 * Expiry bounds what a device can be held back with by whoever stands between it and us (TUF's freeze attack), and what we
 * may leave undone before devices warn their owners. `again` is what is left when the services sign anew by themselves.
 */
export const ROLES = {
  /** its holders meet once a year; a meeting that was missed must not leave the fleet without a root */
  root: { threshold: 2, keys: 3, days: 2 * 365 },
  /** delegations change seldom; signed with the root at the yearly meeting at the latest */
  targets: { threshold: 2, keys: 2, days: 365 },
  /** a product that has had no release for a year is signed anew, or its support has ended */
  releases: { threshold: 2, keys: 2, days: 365 },
  /** four weeks, signed weekly: an outage over the holidays does no harm */
  rollout: { threshold: 1, keys: 1, days: 28, again: 21 },
  snapshot: { threshold: 1, keys: 1, days: 28, again: 21 },
  /** seven days, signed daily: the longest that a device can be kept from a release without its owner hearing of it */
  timestamp: { threshold: 1, keys: 1, days: 7, again: 6 },
} as const;
export type RoleKind = keyof typeof ROLES;

export const ONLINE = ['snapshot', 'timestamp'] as const;

/** Which kind a role is by its name; a name that is none of the products' is undefined. */
export function kindOf(role: string, products: readonly string[]): RoleKind | undefined {
  if (role === 'root' || role === 'targets' || role === 'snapshot' || role === 'timestamp') return role;
  for (const product of products) {
    const { releases, security, rollout } = rolesOf(product);
    if (role === releases || role === security) return 'releases';
    if (role === rollout) return 'rollout';
  }
  return undefined;
}

export const isOnline = (kind: RoleKind): boolean => 'again' in ROLES[kind];

/** TUF 1.0.33, 4.2: seconds, UTC */
export const expiryText = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** Good for the role's time from `now`, and no longer than `until`. */
export const expiryOf = (kind: RoleKind, now: number, until = Infinity): string =>
  expiryText(Math.min(now + ROLES[kind].days * DAY, until));

/** Product ids whose roles would be taken for another's, or for the repository's own. */
// G045 PL-2-3: no product line's keys speak for another's paths
export function whyNotProduct(product: string, others: readonly string[]): string | undefined {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(product) || product.length > 64) return 'is no id of a declaration';
  if (['root', 'targets', 'snapshot', 'timestamp'].includes(product)) return 'is a name of the repository’s own';
  const mine = new Set<string>(Object.values(rolesOf(product)));
  const clash = others.find(
    (other) => other !== product && Object.values(rolesOf(other)).some((role) => mine.has(role)),
  );
  return clash === undefined ? undefined : `would share roles with ${clash}`;
}
