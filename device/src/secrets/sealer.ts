import { hkdfSync } from 'node:crypto';
import { DERIVATION, openValue, preferred, SEALING, sealValue, type SealingId } from '@hearthward/protocol';
import type { Sealer } from '../seams.ts';

const { digest } = DERIVATION['hkdf-sha256'];

/**
 * Authenticated encryption with a key per purpose and per algorithm: HKDF of `rootKey`, both in its `info`, the purpose
 * again as associated data. It seals with `algorithm` and opens what any algorithm of the registry sealed, so that what
 * an older release left can be read once and sealed anew. `close` wipes every key.
 */
// EN 303 645 5.4-1, G044 6.4.1, G045 DS-1-3: what is sensitive lies on the disk sealed
export const createSealer = (
  rootKey: Uint8Array,
  algorithm: SealingId = preferred('sealing', Date.now()),
): Sealer & { readonly close: () => void } => {
  const root = Buffer.from(rootKey);
  const keys = new Map<string, Buffer>();
  let closed = false;

  // G045 CR-1-3: no two purposes, and no two algorithms, share a key
  const keyFor = (purpose: string, by: SealingId): Buffer => {
    if (closed) throw new Error('the sealer is closed');
    const { format, keyBytes } = SEALING[by];
    const info = `hearthward/seal/${format}/${purpose}`;
    const known = keys.get(info);
    if (known) return known;
    // key machine, keystore, data, store: one derived for each label of theirs
    const key = Buffer.from(hkdfSync(digest, root, Buffer.alloc(0), info, keyBytes));
    keys.set(info, key);
    return key;
  };

  return {
    seal: (purpose, plain, by = algorithm) => sealValue(by, keyFor(purpose, by), purpose, plain),
    open: (purpose, sealed) => openValue((by) => keyFor(purpose, by), purpose, sealed),
    close: () => {
      closed = true;
      root.fill(0);
      for (const key of keys.values()) key.fill(0);
      keys.clear();
    },
  };
};
