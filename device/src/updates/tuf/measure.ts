import { createHash, type Hash } from 'node:crypto';
import { METADATA_DIGESTS } from '@hearthward/protocol';
import type { Hashes } from './metadata.ts';

/** What metadata says of a file's bytes; `length` in bytes. */
export interface Named {
  readonly length?: number | undefined;
  readonly hashes?: Hashes | undefined;
}

/** Holds bytes, piece by piece as they come, against what metadata says of them. */
export interface Measure {
  /** false as soon as there are more bytes than were named: nothing of what follows needs to be read */
  readonly add: (piece: Uint8Array) => boolean;
  /** whether these were the bytes, all of them */
  readonly holds: () => boolean;
}

/**
 * Every digest that this device believes has to hold, and there has to be one where any is named: a name that nobody
 * knows vouches for nothing.
 */
// EN 303 645 5.3-9, 5.3-10, TS 103 645 4.3-1, G044 6.3.9, 6.3.10, G045 PL-2-3: other bytes than the signed ones are none
export const measure = ({ length, hashes }: Named): Measure => {
  const wanted = believed(hashes);
  const running = wanted?.map(([name, value]): [Hash, string] => [createHash(METADATA_DIGESTS[name].digest), value]);
  let seen = 0;
  return {
    add: (piece) => {
      seen += piece.length;
      if (length !== undefined && seen > length) return false;
      for (const [hash] of running ?? []) hash.update(piece);
      return true;
    },
    holds: () => {
      if (length !== undefined && seen !== length) return false;
      if (!running) return true;
      return running.length > 0 && running.every(([hash, value]) => hash.copy().digest('hex') === value);
    },
  };
};

type DigestName = keyof typeof METADATA_DIGESTS;

const believed = (hashes: Hashes | undefined): [DigestName, string][] | undefined =>
  hashes &&
  (Object.keys(METADATA_DIGESTS) as DigestName[]).flatMap((name): [DigestName, string][] => {
    const value = Object.hasOwn(hashes, name) ? hashes[name] : undefined;
    return value === undefined ? [] : [[name, value]];
  });

/** The digest under which a repository with consistent snapshots keeps a target; undefined where none is believed. */
export const namingDigest = (hashes: Hashes): string | undefined => believed(hashes)?.[0]?.[1];
