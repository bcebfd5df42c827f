import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openValue, preferred, SEALING, sealValue } from '@hearthward/protocol';
import { asFault, ServicesFault } from '../faults.ts';

/**
 * The authority's files: private keys sealed under a key file (to be kept on another medium than the
 * backups of the folder), certificates as they are. A file is whole or absent: written aside, synced, then renamed.
 */
export interface SealedFolder {
  readonly readSealed: (name: string) => Uint8Array | undefined;
  readonly writeSealed: (name: string, plain: Uint8Array) => void;
  readonly read: (name: string) => string | undefined;
  readonly write: (name: string, text: string) => void;
  /** gone for good from this folder; what a backup holds of it stays there */
  readonly remove: (name: string) => void;
}

export function openSealedFolder(folder: string): SealedFolder {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asFault(error, folder);
  }
  const key = sealingKey(folder);
  return {
    readSealed(name) {
      const bytes = readIfThere(join(folder, name));
      return bytes && unseal(key, name, bytes, folder);
    },
    // EN 303 645 5.4-1, G044 6.4.1, G045 CR-1-2: a signing key lies on the disk only sealed
    writeSealed: (name, plain) => writeWhole(join(folder, name), sealValue(ALGORITHM, key, name, plain)),
    read: (name) => readIfThere(join(folder, name))?.toString('utf8'),
    write: (name, text) => writeWhole(join(folder, name), Buffer.from(text)),
    remove(name) {
      rmSync(join(folder, name), { force: true });
      syncFolder(folder);
    },
  };
}

const ALGORITHM = preferred('sealing', Date.now());
const KEY_BYTES = SEALING[ALGORITHM].keyBytes;

function sealingKey(folder: string): Buffer {
  const file = join(folder, 'seal.key');
  const found = readIfThere(file);
  if (found?.length === KEY_BYTES) return found;
  if (found) throw new ServicesFault('data-damaged', `${file} is not a key of ${KEY_BYTES} bytes`);
  // key authority-seal, management-seal, factory-seal: one for each folder
  const key = randomBytes(KEY_BYTES);
  writeWhole(file, key);
  return key;
}

function unseal(key: Buffer, name: string, bytes: Buffer, folder: string): Uint8Array {
  const plain = openValue(() => key, name, bytes);
  if (!plain) throw new ServicesFault('data-damaged', `${join(folder, name)} was not sealed by this folder's key`);
  return plain;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw asFault(error, file);
  }
}

function writeWhole(file: string, bytes: Uint8Array): void {
  try {
    const aside = `${file}.new`;
    const handle = openSync(aside, 'w', 0o600);
    try {
      writeSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(aside, file);
    syncFolder(dirname(file));
  } catch (error) {
    throw asFault(error, file);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
