import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealer } from '../seams.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** first byte of every sealed value, so that a later format can be told apart */
const FORMAT = 1;

/**
 * AES-256-GCM with a key per purpose: HKDF-SHA-256 of the data key, the purpose as `info`, and again as associated data.
 * Sealed bytes: format (1), nonce (12), tag (16), ciphertext. `close` wipes every key.
 */
// EN 303 645 5.4-1, G044 6.4.1, G045 DS-1-3: what is sensitive lies on the disk sealed
export const createSealer = (dataKey: Uint8Array): Sealer & { readonly close: () => void } => {
  const root = Buffer.from(dataKey);
  const keys = new Map<string, Buffer>();
  let closed = false;

  const keyFor = (purpose: string): Buffer => {
    if (closed) throw new Error('the sealer is closed');
    const known = keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `hearthward/seal/1/${purpose}`, KEY_BYTES));
    keys.set(purpose, key);
    return key;
  };

  return {
    seal: (purpose, plain) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body]);
    },
    open: (purpose, sealed) => {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== FORMAT) return undefined;
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(tag);
      const plain = decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([plain, decipher.final()]);
      } catch {
        // GCM reports a wrong key, purpose or altered byte in one way only: the tag does not match.
        plain.fill(0);
        return undefined;
      }
    },
    close: () => {
      closed = true;
      root.fill(0);
      for (const key of keys.values()) key.fill(0);
      keys.clear();
    },
  };
};
