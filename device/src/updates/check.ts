import { DIGESTS, Offers, offersPath, Release, rolesOf, type Offer } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { FetchFailed, readRange, type HttpGet } from './download/ranges.ts';
import type { CheckFailure, OfferedRelease } from './steps/events.ts';
import type { Believed, Target, UpdateMetadata } from './tuf/client.ts';
import { measure } from './tuf/measure.ts';
import type { RefusalCode } from './tuf/metadata.ts';

/** One question to the repository: which releases are offered, each as its offline roles signed it. */
export type Checked =
  | { readonly ok: true; readonly offers: readonly OfferedRelease[]; readonly unfounded: readonly Offer[] }
  | { readonly ok: false; readonly because: CheckFailure };

/** Larger offers name more devices one by one than a product can need (protocol: 32 offers of 10,000 members). */
const MOST_OFFERS_BYTES = 16 * 1024 * 1024;

// EN 303 645 5.3-7, 5.3-9, 5.3-10, G044 6.3.7, 6.3.9, 6.3.10, TS 103 645 4.3-7: an offer counts for nothing until the offline roles have named its release
export const checkOffers = async (
  metadata: UpdateMetadata,
  get: HttpGet,
  product: string,
  signal: AbortSignal,
): Promise<Checked> => {
  const believed = await metadata.refresh();
  if (!believed.ok) return failed(failureOf(believed.code));
  const found = await believed.target(offersPath(product));
  // a product that has had no rollout yet
  if (!found.ok)
    return found.code === 'no-such-target' ? { ok: true, offers: [], unfounded: [] } : failed(failureOf(found.code));
  // whoever may name releases could offer them as well, but nobody else may
  if (found.target.role !== rolesOf(product).rollout) return failed('untrusted');
  const bytes = await readTarget(get, found.target, MOST_OFFERS_BYTES, signal);
  if (!bytes.ok) return failed(bytes.because);
  const offers = parsed(bytes.bytes);
  if (!Value.Check(Offers, offers) || offers.product !== product) return failed('malformed');
  const read: OfferedRelease[] = [];
  const unfounded: Offer[] = [];
  for (const offer of offers.offers) {
    const release = await releaseOf(believed, offer, product);
    // one release that cannot be read keeps no other from being found
    if (release) read.push(release);
    else unfounded.push(offer);
  }
  return { ok: true, offers: read, unfounded };
};

/** The release that an offer names; undefined where the offline roles do not know it, or say what no schema reads. */
const releaseOf = async (believed: Believed, offer: Offer, product: string): Promise<OfferedRelease | undefined> => {
  const found = await believed.target(offer.image);
  if (!found.ok) return undefined;
  const { path, length, hashes, custom, role } = found.target;
  const { releases, security } = rolesOf(product);
  if ((role !== releases && role !== security) || !Value.Check(Release, custom)) return undefined;
  // the role for releases that only mend can bring nothing else
  if (role === security && custom.kind !== 'security') return undefined;
  const sha256 = hashes[DIGESTS.sha256.digest];
  return sha256 === undefined ? undefined : { offer, release: custom, target: { path, sha256, length } };
};

export type ReadTarget =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly because: 'unreachable' | 'malformed' | 'untrusted' };

/** A small target, whole and held against what was signed of it. */
export const readTarget = async (
  get: HttpGet,
  target: Target,
  mostBytes: number,
  signal: AbortSignal,
): Promise<ReadTarget> => {
  if (target.length > mostBytes) return { ok: false, because: 'malformed' };
  const held = measure(target);
  const pieces: Uint8Array[] = [];
  const range = { from: 0, to: target.length, total: target.length };
  try {
    for await (const piece of readRange(get, addressOf(target), range, { signal })) {
      held.add(piece);
      pieces.push(piece);
    }
  } catch (thrown) {
    if (!(thrown instanceof FetchFailed)) throw thrown;
    return { ok: false, because: thrown.code === 'not-the-repository' ? 'untrusted' : 'unreachable' };
  }
  return held.holds() ? { ok: true, bytes: Buffer.concat(pieces) } : { ok: false, because: 'untrusted' };
};

/** Where a target lies below the address of the repository. */
export const addressOf = ({ address }: Target): string => `targets/${address}`;

const failureOf = (code: RefusalCode): CheckFailure => {
  switch (code) {
    case 'expired':
      return 'expired';
    case 'absent':
    case 'unreachable':
    case 'too-slow':
      return 'unreachable';
    case 'malformed':
    case 'wrong-edition':
      return 'malformed';
    case 'wrong-type':
    case 'unsigned':
    case 'rollback':
    case 'mix-and-match':
    case 'not-listed':
    case 'too-many-roles':
    case 'no-such-target':
    case 'too-long':
      return 'untrusted';
  }
};

const parsed = (bytes: Buffer): unknown => {
  try {
    // no boundary: a file whose digest is signed; update-release and update-offers say what becomes of it
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // signed, and no JSON: the schema refuses it
    return undefined;
  }
};

const failed = (because: CheckFailure): Checked => ({ ok: false, because });
