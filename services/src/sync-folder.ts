import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes the names in a folder durable: a new file, or one that was renamed, is there after a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
