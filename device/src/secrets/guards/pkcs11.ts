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

  /** Asked without the PIN, so that it costs no try. */
  const flags = (): readonly TokenFlag[] => {
    const { ok, output } = runTool(TOOL, ['--module', settings.module, '--list-token-slots'], {
      environment: settings.environment ?? {},
    });
    return ok ? flagsOf(output.toString('utf8'), settings.token) : [];
  };

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
    if (!ok) throw tokenFault(said, settings.pinFile, flags());
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

export type TokenFlag = 'locked' | 'last-try';
/** CK_TOKEN_INFO (PKCS#11 3.0, 3.2): as pkcs11-tool words them, and as bits where it has no word for one. */
const FLAGS: readonly { readonly flag: TokenFlag; readonly words: string; readonly bit: number }[] = [
  { flag: 'locked', words: 'user pin locked', bit: 0x4_0000 },
  { flag: 'last-try', words: 'final user pin try', bit: 0x2_0000 },
];

/** What the token of that label says of its user's PIN, in the listing of all slots. */
export const flagsOf = (listing: string, label: string): readonly TokenFlag[] => {
  const slot = listing.split(/^(?=Slot )/m).find((each) => /^ +token label +: (.*?) *$/m.exec(each)?.[1] === label);
  const line = /^ +token flags +: (.*)$/m.exec(slot ?? '')?.[1]?.toLowerCase() ?? '';
  const words = line.split(/, */).map((each) => each.trim());
  const bits = Number.parseInt(/other flags=0x([0-9a-f]+)/.exec(line)?.[1] ?? '0', 16);
  return FLAGS.filter(({ words: named, bit }) => words.includes(named) || (bits & bit) !== 0).map(({ flag }) => flag);
};

/** Return values (PKCS#11 3.0, 5.1) that tell what a person can do, by their numbers. */
const RETURNED = {
  pin: [0xa0, 0xa1, 0xa2, 0xa3],
  locked: [0xa4],
  otherKey: [0x40, 0x41, 0x60, 0x82],
  absent: [0xe0],
} as const;

/**
 * Why the tool failed: by the number of the return value, by its name where there is no number, and by what the token
 * says of itself, since tokens also lock at a try that they call no more than wrong.
 */
export const tokenFault = (said: string, pinFile: string, flags: readonly TokenFlag[] = []): DeviceFault => {
  const number = Number.parseInt(
    /CKR_\w+ \(0x([0-9a-f]+)\)|rv = \(?0x([0-9a-f]+)/i.exec(said)?.slice(1).find(Boolean) ?? '',
    16,
  );
  const is = (numbers: readonly number[], names: RegExp): boolean => numbers.includes(number) || names.test(said);
  if (flags.includes('locked') || is(RETURNED.locked, /CKR_PIN_LOCKED/)) {
    return keyUnusable(
      'The token is locked after too many wrong PINs',
      `Unlock it with its security officer’s PIN, ${RECOVER}`,
    );
  }
  if (is(RETURNED.pin, /CKR_PIN_/)) {
    const left = flags.includes('last-try') ? '; one try is left' : '';
    return keyUnusable(
      `The token refuses the PIN in ${pinFile}${left}`,
      `Put the right one there before the token locks, ${RECOVER}`,
    );
  }
  if (is(RETURNED.otherKey, /key not found|CKR_(?:OBJECT|KEY)_HANDLE_INVALID|CKR_ENCRYPTED_DATA/)) {
    return keyUnusable(
      'The token does not hold the key of this device',
      `Put the token in that it was made with, ${RECOVER}`,
    );
  }
  if (is(RETURNED.absent, /No slot with token named|CKR_TOKEN_NOT_PRESENT|No slots/)) {
    return elementUnreachable('The token is absent', 'Put the token in, then start again.');
  }
  const code = /CKR_\w+/.exec(said)?.[0];
  return elementUnreachable(
    `The token cannot be used${code === undefined ? '' : ` (${code})`}`,
    'Check that its library is installed and that the device’s user may use it, then start again.',
  );
};
