import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DERIVATION } from '@hearthward/protocol';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { createSealer } from '../sealer.ts';
import { viewOf, wiping } from '../wiping.ts';
import { keyUnusable, readSealed, RECOVER, type KeyGuard, type Sealed } from './guard.ts';

const KEY_BYTES = 32;
const ID_BYTES = 4;
const MACHINE_ID = '/etc/machine-id';
const PURPOSE = 'keystore-key';
const MACHINE_KEY_FILE = /^machine\.[0-9a-f]{8}\.key$/;

const Wrapped = Type.Object(
  { file: Type.String({ pattern: MACHINE_KEY_FILE.source }), wrapped: Type.String() },
  { additionalProperties: false },
);
const isWrapped = (sealed: Sealed) => Value.Check(Wrapped, sealed);

/**
 * The keystore key wrapped under a machine key: 32 random bytes of a file of its own (0600), mixed with the machine's id.
 *
 * It protects a copy of the data folder without the key file, and a copy of both on another machine. It does not
 * protect against who can read the file on the machine itself: that takes a TPM or a secure element.
 */
export const softwareGuard = (folder: string): KeyGuard => ({
  kind: 'software',
  seal: (key) => {
    const file = makeMachineKey(folder);
    const sealer = machineSealer(folder, file);
    try {
      return { file, wrapped: Buffer.from(sealer.seal(PURPOSE, key)).toString('base64') };
    } finally {
      sealer.close();
    }
  },
  open: (sealed) => {
    const { file, wrapped } = readSealed(sealed, isWrapped);
    const sealer = machineSealer(folder, file);
    try {
      const key = sealer.open(PURPOSE, Buffer.from(wrapped, 'base64'));
      if (key === undefined) {
        throw keyUnusable(
          'The keystore does not open with this machine’s key',
          `Run the device on the machine that it was made on, ${RECOVER}`,
        );
      }
      return viewOf(key);
    } finally {
      sealer.close();
    }
  },
  keepOnly: (kept) => {
    const files = new Set(kept.map((sealed) => sealed['file']));
    for (const name of readdirSync(folder)) {
      if (MACHINE_KEY_FILE.test(name) && !files.has(name)) rmSync(join(folder, name));
    }
  },
});

const machineSealer = (folder: string, file: string) => {
  const secret = readKeyFile(join(folder, file));
  const key = wiping(secret, () =>
    // key machine: mixed with the machine’s id
    Buffer.from(hkdfSync(DERIVATION['hkdf-sha256'].digest, secret, machineId(), 'hearthward/keystore/1', KEY_BYTES)),
  );
  return wiping(key, () => createSealer(key));
};

/** A machine key is never written over: the one in use stays whole whenever the power goes. */
const makeMachineKey = (folder: string): string => {
  // no key: a name
  const name = `machine.${randomBytes(ID_BYTES).toString('hex')}.key`;
  const file = openSync(join(folder, name), WHEN_SYNCED, 0o600);
  // key machine
  const secret = randomBytes(KEY_BYTES);
  try {
    writeSync(file, secret);
  } finally {
    secret.fill(0);
    closeSync(file);
  }
  return name;
};

/** Each write waits for the disk: under Node's permission model, in which the signer runs, a file cannot be synced. */
const WHEN_SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_SYNC;

const readKeyFile = (path: string): Buffer => {
  const file = openKeyFile(path);
  try {
    const { mode, size } = fstatSync(file);
    // EN 303 645 5.4-1, G044 6.4.1: a key that others can read is not used
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw keyUnusable(`Others can read ${path}`, 'Set its mode to 0600 and make the device anew.');
    }
    const secret = Buffer.alloc(KEY_BYTES);
    const read = readSync(file, secret);
    if (size !== KEY_BYTES || read !== KEY_BYTES || timingSafeEqual(secret, Buffer.alloc(KEY_BYTES))) {
      secret.fill(0);
      throw keyUnusable(`${path} is not a machine key`, `Restore it, ${RECOVER}`);
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
    throw keyUnusable(`The machine key ${path} is missing`, `Restore it, ${RECOVER}`, cause);
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
