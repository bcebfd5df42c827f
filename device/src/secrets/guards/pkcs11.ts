import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { DeviceFault } from '../../driver/faults.ts';
import {
  elementUnreachable,
  keyUnusable,
  readSealed,
  RECOVER,
  type KeyGuard,
  type Sealed,
  type SettingsOf,
} from './guard.ts';
import { runTool } from './tool.ts';

const Wrapped = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    iv: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    wrapped: Type.String(),
  },
  { additionalProperties: false },
);
const isWrapped = (sealed: Sealed) => Value.Check(Wrapped, sealed);

const TOOL = 'pkcs11-tool';
const ID_BYTES = 8;
const IV_BYTES = 16;
/** The keystore key is random and the keystore authenticates it: a wrapped key that was altered opens nothing. */
const MECHANISM = 'AES-CBC-PAD';
/** Only the tool's own environment has it: who can read that can read the file. A command line is everyone's to read. */
const PIN_VARIABLE = 'HEARTHWARD_TOKEN_PIN';

/**
 * The keystore key wrapped by an AES-256 key that was made in a PKCS#11 token and cannot leave it, through pkcs11-tool.
 * `owner` marks this device's objects, so that devices which share a token leave each other's alone.
 */
// EN 303 645 5.4-2, G044 6.4.2, G045 CR-1-2: the keystore opens with the token alone
export const pkcs11Guard = (settings: SettingsOf<'pkcs11'>, owner: string): KeyGuard => {
  const label = `hearthward-${owner}`;

  const token = (args: readonly string[], input?: Uint8Array): Buffer => {
    const { ok, output, said } = runTool(
      TOOL,
      [
        '--module',
        settings.module,
        '--token-label',
        settings.token,
        '--login',
        '--pin',
        `env:${PIN_VARIABLE}`,
        ...args,
      ],
      {
        environment: { ...settings.environment, [PIN_VARIABLE]: readPin(settings.pinFile) },
        ...(input === undefined ? {} : { input }),
      },
    );
    if (!ok) throw tokenFault(said, settings.pinFile);
    return output;
  };

  return {
    kind: 'pkcs11',
    seal: (key) => {
      // no key: a name
      const id = randomBytes(ID_BYTES).toString('hex');
      // no key: a nonce
      const iv = randomBytes(IV_BYTES).toString('hex');
      // Not extractable unless it is asked for; --sensitive says it to tokens that would show it.
      // key machine: made by the token, and never out of it
      token(['--keygen', '--key-type', 'AES:32', '--label', label, '--id', id, '--sensitive', '--usage-decrypt']);
      const wrapped = token(['--encrypt', '-m', MECHANISM, '--iv', iv, '--id', id], key).toString('base64');
      return { id, iv, wrapped };
    },
    open: (sealed) => {
      const { id, iv, wrapped } = readSealed(sealed, isWrapped);
      return token(['--decrypt', '-m', MECHANISM, '--iv', iv, '--id', id], Buffer.from(wrapped, 'base64'));
    },
    keepOnly: (kept) => {
      const ids = new Set(kept.map((sealed) => sealed['id']));
      for (const id of objectsOf(token(['--list-objects', '--type', 'secrkey']).toString('utf8'), label)) {
        if (!ids.has(id)) token(['--delete-object', '--type', 'secrkey', '--id', id]);
      }
    },
  };
};

/** Ids of the objects with this label, as pkcs11-tool lists them. */
export const objectsOf = (listing: string, label: string): readonly string[] =>
  listing
    .split(/^(?=\S)/m)
    .filter((object) => new RegExp(`^\\s+label:\\s+${label}\\s*$`, 'm').test(object))
    .flatMap((object) => /^\s+ID:\s+([0-9a-f]+)\s*$/m.exec(object)?.[1] ?? []);

const readPin = (path: string): string => {
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw keyUnusable(`The PIN file ${path} is missing`, `Restore it, ${RECOVER}`);
  }
  // EN 303 645 5.4-1, G044 6.4.1: a PIN that others can read is not used
  if ((statSync(path).mode & 0o077) !== 0) {
    throw keyUnusable(`Others can read the PIN file ${path}`, 'Change the PIN, and set the mode of its file to 0600.');
  }
  return readFileSync(path, 'utf8').trim();
};

/** Names of return values (PKCS#11 3.0, 5.1) as pkcs11-tool prints them. */
export const tokenFault = (said: string, pinFile: string): DeviceFault => {
  if (/CKR_PIN_LOCKED/.test(said)) {
    return keyUnusable(
      'The token is locked after too many wrong PINs',
      `Unlock it with its security officer’s PIN, ${RECOVER}`,
    );
  }
  if (/CKR_PIN_/.test(said)) {
    return keyUnusable(
      `The token refuses the PIN in ${pinFile}`,
      `Put the right one there before the token locks, ${RECOVER}`,
    );
  }
  if (/key not found|CKR_(?:OBJECT|KEY)_HANDLE_INVALID|CKR_ENCRYPTED_DATA/.test(said)) {
    return keyUnusable(
      'The token does not hold the key of this device',
      `Put the token in that it was made with, ${RECOVER}`,
    );
  }
  if (/No slot with token named|CKR_TOKEN_NOT_PRESENT|No slots/.test(said)) {
    return elementUnreachable('The token is absent', 'Put the token in, then start again.');
  }
  const code = /CKR_\w+/.exec(said)?.[0];
  return elementUnreachable(
    `The token cannot be used${code === undefined ? '' : ` (${code})`}`,
    'Check that its library is installed and that the device’s user may use it, then start again.',
  );
};
