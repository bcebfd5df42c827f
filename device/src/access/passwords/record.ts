import { argon2, timingSafeEqual } from 'node:crypto';
import { PASSWORD_HASHING, type AlgorithmId, type PasswordRecord } from '@hearthward/protocol';
import { wiping } from '../../secrets/wiping.ts';

/**
 * Passwords at rest: argon2id (RFC 9106), parameters beside the result, so that they can rise.
 * Never the password itself; work is bounded, so that guesses do not take the device's memory.
 */

const ALGORITHM = 'argon2id' satisfies AlgorithmId<'password-hash'>;
export const { device: PARAMETERS } = PASSWORD_HASHING[ALGORITHM];
const { saltBytes, tagBytes } = PASSWORD_HASHING[ALGORITHM];
type Parameters = Pick<PasswordRecord, 'memoryKib' | 'passes' | 'parallelism'>;
export const SALT_BYTES = saltBytes;

/** @param salt 16 random bytes */
export async function passwordRecord(
  password: string,
  salt: Uint8Array,
  parameters: Parameters = PARAMETERS,
): Promise<PasswordRecord> {
  const tag = await derive(password, salt, parameters, tagBytes);
  // EN 303 645 5.4-1, 5.1-3, G044 6.1-c, G045 AU-2-1: a salted memory-hard hash, never the password
  return { algorithm: ALGORITHM, ...pick(parameters), salt: base64url(salt), tag: base64url(tag) };
}

export async function verifyPassword(record: PasswordRecord, password: string): Promise<boolean> {
  const expected = Buffer.from(record.tag, 'base64url');
  const tag = await derive(password, Buffer.from(record.salt, 'base64url'), record, expected.length);
  return wiping(tag, () => timingSafeEqual(tag, expected));
}

/** Whether any parameter is below those of today. */
export const needsRehash = (record: PasswordRecord, parameters: Parameters = PARAMETERS): boolean =>
  record.memoryKib < parameters.memoryKib ||
  record.passes < parameters.passes ||
  record.parallelism < parameters.parallelism;

/** A record that costs as much as `like` and that no password opens: its tag is random, not derived. */
export const decoyRecord = (like: PasswordRecord, random: (bytes: number) => Uint8Array): PasswordRecord => ({
  algorithm: ALGORITHM,
  ...pick(like),
  salt: base64url(random(SALT_BYTES)),
  tag: base64url(random(tagBytes)),
});

/**
 * Whether a password opens one of the records. Without an account the decoy is tried, so that a name that does not
 * exist costs what one that exists costs.
 */
export async function checkCredential(
  records: readonly PasswordRecord[],
  password: string,
  decoy: PasswordRecord,
  verify: typeof verifyPassword,
): Promise<boolean> {
  // EN 303 645 5.1-3, G045 AU-2-3: the same work whether or not the account exists
  const results = await Promise.all((records.length === 0 ? [decoy] : records).map((each) => verify(each, password)));
  return records.length > 0 && results.includes(true);
}

const pick = ({ memoryKib, passes, parallelism }: Parameters): Parameters => ({ memoryKib, passes, parallelism });
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function derive(password: string, nonce: Uint8Array, parameters: Parameters, tagLength: number): Promise<Buffer> {
  // NFC, so that the same password typed on another keyboard is the same bytes (NIST SP 800-63B)
  const message = Buffer.from(password.normalize('NFC'), 'utf8');
  const { memoryKib: memory, passes, parallelism } = parameters;
  return new Promise<Buffer>((resolve, reject) => {
    argon2(ALGORITHM, { message, nonce, parallelism, tagLength, memory, passes }, (fault, tag) => {
      if (fault) reject(fault);
      else resolve(tag);
    });
  }).finally(() => message.fill(0));
}
