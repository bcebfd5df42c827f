import { readEnvelope } from '../tuf/envelope.ts';
import type { Disk } from './disk.ts';
import type { Installed, SlotName } from './records.ts';
import { placesOf, readSmall, type BadSlot } from './verify.ts';

/**
 * Whether a signature reaches what a slot record names. A record is no signature: whoever can write the disk can write
 * one, and a manifest to go with it.
 */
export interface SlotTrust {
  /** text of the root metadata that the factory put in; nothing but the first image starts where there is none */
  readonly root?: string | undefined;
  /** what the factory itself installed, and pinned beside the root */
  readonly first?: Installed | undefined;
}

const MOST_BYTES = 24 * 1024 * 1024;

/** Why the image is not believed; undefined where it is. */
// EN 303 645 5.7-1, G044 6.7.1, G045 PL-1-4: a record that names what nobody signed starts nothing
export const distrusted = (
  disk: Disk,
  folder: string,
  name: SlotName,
  image: Installed,
  trust: SlotTrust,
): BadSlot | undefined => {
  if (trust.first && isSame(trust.first, image)) return undefined;
  const bytes = trust.root === undefined ? undefined : readSmall(disk, placesOf(folder, name).signed, MOST_BYTES);
  const signed = bytes && trust.root !== undefined && readEnvelope(Buffer.from(trust.root), bytes);
  return signed && isSame(signed, image) ? undefined : { ok: false, path: 'signed.json', because: 'unsigned' };
};

/** The security version too: else a record could lift an old image over the floor. */
const isSame = (one: Installed, other: Installed): boolean =>
  one.digest === other.digest && one.number === other.number && one.securityVersion === other.securityVersion;
