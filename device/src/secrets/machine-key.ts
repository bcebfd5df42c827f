import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceFault } from '../driver/faults.ts';

const KEY_BYTES = 32;
const MACHINE_ID = '/etc/machine-id';

/**
 * The key that seals the keystore: 32 random bytes of a file of its own (0600), mixed with the machine's id.
 *
 * It protects a copy of the data folder without the key file, and a copy of both on another machine. It does not
 * protect against who can read the file on the machine itself: that takes a TPM or a secure element.
 */
export const keystoreKey = (keyFolder: string): Buffer => {
  const secret = readKeyFile(join(keyFolder, 'machine.key'));
  const key = Buffer.from(hkdfSync('sha256', secret, machineId(), 'hearthward/keystore/1', KEY_BYTES));
  secret.fill(0);
  return key;
};

export const makeMachineKey = (keyFolder: string): void => {
  const file = openSync(join(keyFolder, 'machine.key'), 'wx', 0o600);
  const secret = randomBytes(KEY_BYTES);
  try {
    writeSync(file, secret);
    fsyncSync(file);
  } finally {
    secret.fill(0);
    closeSync(file);
  }
};

const readKeyFile = (path: string): Buffer => {
  const file = openKeyFile(path);
  try {
    const { mode, size } = fstatSync(file);
    // EN 303 645 5.4-1, G044 6.4.1: a key that others can read is not used
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new DeviceFault(
        'key-unusable',
        `Others can read ${path}`,
        `Set its mode to 0600 and make the device anew.`,
      );
    }
    const secret = Buffer.alloc(KEY_BYTES);
    const read = readSync(file, secret);
    if (size !== KEY_BYTES || read !== KEY_BYTES || timingSafeEqual(secret, Buffer.alloc(KEY_BYTES))) {
      throw new DeviceFault('key-unusable', `${path} is not a machine key`, 'Restore it, or make the device anew.');
    }
    return secret;
  } finally {
    closeSync(file);
  }
};

const openKeyFile = (path: string): number => {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new DeviceFault(
      'not-manufactured',
      `There is no device in this data folder: ${path} is missing`,
      'Make the device in the factory first, or name its data folder.',
      cause,
    );
  }
};

/** Empty where the system has none: then the file alone makes the key. */
const machineId = (): Buffer => {
  try {
    return readFileSync(MACHINE_ID);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
};
