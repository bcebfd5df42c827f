import {
  DIGESTS,
  readSignatures,
  rolesOf,
  SIGNATURE_LIMITS,
  signaturesPath,
  type SignatureFormat,
} from '@hearthward/protocol';
import { readTarget } from '../../updates/check.ts';
import type { HttpGet } from '../../updates/download/ranges.ts';
import type { UpdateMetadata } from '../../updates/tuf/client.ts';
import { decideSet, refusedFor } from './decide.ts';
import type { SignatureFolder } from './folder.ts';

/** As the product declares it. */
export interface AskedSet {
  readonly product: string;
  readonly format: SignatureFormat;
  readonly freshDays: number;
}

/**
 * One look for a newer set, with each check for updates: named by metadata that is believed, held against what was signed,
 * read line by line, and only then put where the scanner reads. What is not taken leaves the set that is there.
 *
 * The number is kept before the file is put in its place: a power cut between the two costs the set, which is then fetched
 * again, and never lets an older one back.
 */
export const bringSignatures = async (
  {
    metadata,
    get,
    folder,
  }: { readonly metadata: UpdateMetadata; readonly get: HttpGet; readonly folder: SignatureFolder },
  { product, format, freshDays }: AskedSet,
  signal: AbortSignal,
): Promise<void> => {
  const believed = await metadata.refresh();
  const found = believed.ok ? await believed.target(signaturesPath(product, format)) : undefined;
  // nobody to ask, or no set yet: the clock of the set that is here goes on
  if (!found?.ok) return;
  const { target } = found;
  const before = folder.state();
  const offered = { custom: target.custom, digest: target.hashes[DIGESTS.sha256.digest], role: target.role };
  const decision = decideSet(before, offered, { product, role: rolesOf(product).security, freshDays });
  if (decision.kind === 'refuse') return folder.keep(decision.state);
  if (decision.kind === 'keep' && folder.digest() === decision.state.held?.digest) {
    if (before.refused !== null) folder.keep(decision.state);
    return;
  }
  const read = await readTarget(get, target, SIGNATURE_LIMITS.bytes, signal);
  if (!read.ok) return read.because === 'unreachable' ? undefined : folder.keep(refusedFor(before, read.because).state);
  // G044 7-f, EN 303 645 5.13-1: a set that the scanner could not read would leave the device without one
  if (!readSignatures(format, read.bytes).ok) return folder.keep(refusedFor(before, 'malformed').state);
  folder.keep(decision.state);
  folder.place(read.bytes);
};
