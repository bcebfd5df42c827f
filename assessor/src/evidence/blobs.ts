import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Content-addressed files: named by the SHA-256 of what they hold, written once. */
export function createBlobs(folder: string): (bytes: Uint8Array) => string {
  mkdirSync(folder, { recursive: true });
  return (bytes) => {
    const digest = sha256(bytes);
    const path = join(folder, digest);
    if (!existsSync(path)) writeFileSync(path, bytes);
    return digest;
  };
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
