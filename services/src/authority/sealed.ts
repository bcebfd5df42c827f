import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openValue, preferred, SEALING, sealValue } from '@hearthward/protocol';
import { syncFolder } from '../sync-folder.ts';
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
  sealingKey(folder).fill(0);
  return {
    readSealed(name) {
      const bytes = readIfThere(join(folder, name));
      return bytes && unseal(name, bytes, folder);
    },
    // EN 303 645 5.4-1, G044 6.4.1, G045 CR-1-2: a signing key lies on the disk only sealed
    writeSealed(name, plain) {
      // read each time, since another process may have replaced it meanwhile
      const key = readKey(folder, NEXT) ?? sealingKey(folder);
      writeWhole(join(folder, name), sealValue(ALGORITHM, key, name, plain));
      key.fill(0);
    },
    read: (name) => readIfThere(join(folder, name))?.toString('utf8'),
    write: (name, text) => writeWhole(join(folder, name), Buffer.from(text)),
    remove(name) {
      rmSync(join(folder, name), { force: true });
      syncFolder(folder);
    },
  };
}

/**
 * A new sealing key, and every sealed file of the folder sealed anew under it, one after the other: until the last one is,
 * both keys are there and open what they sealed, so that services go on, and what a crash interrupted is finished here.
 */
// EN 303 645 5.5-8, G044 6.5.8, G045 CR-1-3: what guards the manufacturer's keys is replaced while they are in use
export function renewSeal(folder: string): void {
  if (!readKey(folder, NEXT)) {
    // key authority-seal, management-seal, factory-seal, update-seal, privacy-seal: the successor of one of them
    writeWhole(join(folder, NEXT), randomBytes(KEY_BYTES));
  }
  const files = openSealedFolder(folder);
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.key') || name === CURRENT || name === NEXT) continue;
    const plain = files.readSealed(name);
    if (!plain) continue;
    files.writeSealed(name, plain);
    plain.fill(0);
  }
  renameSync(join(folder, NEXT), join(folder, CURRENT));
  syncFolder(folder);
}

const CURRENT = 'seal.key';
const NEXT = 'seal.next.key';
const ALGORITHM = preferred('sealing', Date.now());
const KEY_BYTES = SEALING[ALGORITHM].keyBytes;

function sealingKey(folder: string): Buffer {
  const found = readKey(folder, CURRENT);
  if (found) return found;
  // key authority-seal, management-seal, factory-seal, update-seal, privacy-seal: one for each folder
  const key = randomBytes(KEY_BYTES);
  writeWhole(join(folder, CURRENT), key);
  return key;
}

function readKey(folder: string, name: string): Buffer | undefined {
  const file = join(folder, name);
  const found = readIfThere(file);
  if (found && found.length !== KEY_BYTES)
    throw new ServicesFault('data-damaged', `${file} is not a key of ${KEY_BYTES} bytes`);
  return found;
}

function unseal(name: string, bytes: Buffer, folder: string): Uint8Array {
  for (const which of [CURRENT, NEXT]) {
    const key = which === CURRENT ? sealingKey(folder) : readKey(folder, which);
    const plain = key && openValue(() => key, name, bytes);
    key?.fill(0);
    if (plain) return plain;
  }
  throw new ServicesFault('data-damaged', `${join(folder, name)} was not sealed by this folder's key`);
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
