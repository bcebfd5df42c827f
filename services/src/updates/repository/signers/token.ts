import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { DIGESTS, SIGNATURES } from '@hearthward/protocol';
import { ServicesFault } from '../../../faults.ts';
import { type RoleKey, roleKey, type RoleSigner } from './keys.ts';

/**
 * An offline key in a PKCS#11 token, through pkcs11-tool (OpenSC): it is made there and cannot leave it. The tool's
 * Ed25519 signs a thousand bytes at most, so that a token's key is P-256 and signs the digest.
 */
export interface TokenSettings {
  /** shared library of the token's maker */
  readonly module: string;
  /** label of the token */
  readonly token: string;
  /** file with the PIN, which only this user reads */
  readonly pinFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const TOOL = 'pkcs11-tool';
/** A fixed path: who may write elsewhere must not choose what gets the PIN. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const LONGEST_MILLIS = 60_000;
/** Only the tool's own environment has it: a command line is everyone's to read. */
const PIN_VARIABLE = 'HEARTHWARD_TOKEN_PIN';
const LABEL = 'hearthward-update';

/** Makes a key in the token; the id by which it is asked for later. */
export function makeTokenKey(settings: TokenSettings, holder: string): { readonly id: string; readonly key: RoleKey } {
  // no key: a name
  const id = randomBytes(8).toString('hex');
  const { key } = SIGNATURES['ecdsa-p256-sha256'];
  // not extractable unless it is asked for; --sensitive says it to tokens that would show it
  // key update-holder: made by the token, and never out of it
  run(settings, ['--keypairgen', '--key-type', `EC:${key.curve}`, '--label', LABEL, '--id', id, '--sensitive']);
  return { id, key: roleKey(publicIn(settings, id), holder) };
}

/** @throws ServicesFault `key-refused`, `token-absent` */
// EN 303 645 5.4-2, G045 CR-1-2, CR-1-3: where there is a token, no copy of the key exists
export function openToken(settings: TokenSettings, id: string, holder: string): RoleSigner {
  if (!/^[0-9a-f]{2,64}$/.test(id)) throw new ServicesFault('key-refused', `${JSON.stringify(id)} is no id of a key`);
  const key = roleKey(publicIn(settings, id), holder);
  const { digest, web } = SIGNATURES['ecdsa-p256-sha256'];
  return {
    key,
    sign: (bytes) =>
      run(
        settings,
        ['--sign', '--mechanism', web.name, '--signature-format', 'openssl', '--id', id],
        createHash(digest ?? DIGESTS.sha256.digest)
          .update(bytes)
          .digest(),
      ),
    close: () => undefined,
  };
}

function publicIn(settings: TokenSettings, id: string) {
  const found = run(settings, ['--read-object', '--type', 'pubkey', '--id', id]);
  try {
    // by version of the tool it is PEM, or DER
    return found.subarray(0, 1).toString() === '-'
      ? createPublicKey(found)
      : createPublicKey({ key: found, format: 'der', type: 'spki' });
  } catch (error) {
    throw new ServicesFault('key-refused', `the token has no key ${id}`, error);
  }
}

function run(settings: TokenSettings, args: readonly string[], input?: Uint8Array): Buffer {
  const { module, token, pinFile } = settings;
  const done = spawnSync(
    TOOL,
    ['--module', module, '--token-label', token, '--login', '--pin', `env:${PIN_VARIABLE}`, ...args],
    {
      input: input ?? Buffer.alloc(0),
      env: { PATH, LC_ALL: 'C', ...settings.environment, [PIN_VARIABLE]: readPin(pinFile) },
      timeout: LONGEST_MILLIS,
      maxBuffer: 256 * 1024,
    },
  );
  if (done.error) throw new ServicesFault('token-absent', `${TOOL} could not be run`, done.error);
  if (done.status !== 0) throw tokenFault(done.stderr.toString('utf8'), settings);
  return done.stdout;
}

function readPin(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new ServicesFault('key-refused', `the PIN file ${file} is missing`);
  // EN 303 645 5.4-1, G044 6.4.1: a PIN that others can read is not used
  if ((found.mode & 0o077) !== 0) throw new ServicesFault('key-refused', `others can read the PIN file ${file}`);
  return readFileSync(file, 'utf8').trim();
}

/** Names of return values (PKCS#11 3.0, 5.1) as the tool prints them. */
function tokenFault(said: string, { pinFile, token }: TokenSettings): ServicesFault {
  if (/CKR_PIN_LOCKED/.test(said)) return new ServicesFault('key-refused', `the token ${token} is locked`);
  if (/CKR_PIN_/.test(said))
    return new ServicesFault('key-refused', `the token ${token} refuses the PIN in ${pinFile}`);
  if (/not found|CKR_(?:OBJECT|KEY)_HANDLE_INVALID/.test(said) && !/slot/i.test(said))
    return new ServicesFault('key-refused', `the token ${token} does not hold that key`);
  return new ServicesFault(
    'token-absent',
    `the token ${token} cannot be used (${/CKR_\w+/.exec(said)?.[0] ?? 'absent'})`,
  );
}
