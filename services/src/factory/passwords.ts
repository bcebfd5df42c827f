import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type AlgorithmId, PASSWORD_HASHING, type PasswordRecord } from '@hearthward/protocol';

/** Label passwords, and the record that stands for a password wherever one is kept. */

/** 32 letters that nobody takes for one another on a small label: no `1`, `l`, `0`, `o`; lower case, for phones. */
export const ALPHABET = '23456789abcdefghijkmnpqrstuvwxyz';
/** 16 letters of 5 bits: 80 bits */
export const PASSWORD_LENGTH = 16;
/** how many letters in a row of a serial or MAC count as a tie */
const TIE_LENGTH = 4;

export interface Carrier {
  readonly serial: string;
  readonly mac: string;
}

/**
 * One password that has no tie to its carrier. `random` gives that many random bytes.
 * Five low bits of a byte choose a letter, so every letter is as likely as any other.
 */
export function makePassword(carrier: Carrier, random: (bytes: number) => Uint8Array = randomBytes): string {
  for (;;) {
    // EN 303 645 5.1-2, G044 6.1-b, G045 AU-1-4: from the system's random source, nothing of the device goes in
    const bytes = random(PASSWORD_LENGTH);
    const password = Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('');
    bytes.fill(0);
    if (!isTied(password, carrier)) return password;
  }
}

/** For `carriers` of one batch, in their order. */
export const makeBatchPasswords = (carriers: readonly Carrier[], random?: (bytes: number) => Uint8Array) =>
  carriers.map((carrier) => makePassword(carrier, random));

// EN 303 645 5.1-2: nothing that is printed or sent in the open tells anything of the password
export function isTied(password: string, { serial, mac }: Carrier): boolean {
  const secret = password.toLowerCase();
  return [serial, mac, mac.replaceAll(/[^0-9a-f]/gi, '')].some((open) => sharesRun(secret, open.toLowerCase()));
}

function sharesRun(secret: string, open: string): boolean {
  for (let start = 0; start + TIE_LENGTH <= open.length; start++)
    if (secret.includes(open.slice(start, start + TIE_LENGTH))) return true;
  return false;
}

const ALGORITHM = 'argon2id' satisfies AlgorithmId<'password-hash'>;
const { saltBytes, tagBytes } = PASSWORD_HASHING[ALGORITHM];
export const { device: DEVICE_COST, operator: OPERATOR_COST } = PASSWORD_HASHING[ALGORITHM];
type Cost = Pick<PasswordRecord, 'memoryKib' | 'passes' | 'parallelism'>;

const deriveFrom = promisify(argon2);

/** The bytes of the password are ours, and zero afterwards; Node would make such bytes of a string and leave them. */
async function derive(password: string, given: Omit<Parameters<typeof deriveFrom>[1], 'message'>): Promise<Buffer> {
  const message = Buffer.from(password, 'utf8');
  try {
    return await deriveFrom(ALGORITHM, { message, ...given });
  } finally {
    message.fill(0);
  }
}

// EN 303 645 5.1-3, G044 6.1-c, G045 AU-2-1: argon2id, a salt of its own for each
export async function recordOf(password: string, cost: Cost): Promise<PasswordRecord> {
  // no key: a salt
  const salt = randomBytes(saltBytes);
  const tag = await derive(password, {
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
    tagLength: tagBytes,
  });
  return { algorithm: ALGORITHM, ...cost, salt: salt.toString('base64url'), tag: tag.toString('base64url') };
}

/** A record that costs as much to try and that no password opens: its tag is random, not derived. */
// EN 303 645 5.1-3, G045 AU-2-3: a name that nobody has costs what one that somebody has costs
export const decoyRecord = (cost: Cost): PasswordRecord => {
  // no key: a salt, and the tag of nothing
  const [salt, tag] = [randomBytes(saltBytes), randomBytes(tagBytes)];
  return { algorithm: ALGORITHM, ...cost, salt: salt.toString('base64url'), tag: tag.toString('base64url') };
};

export async function matches(password: string, record: PasswordRecord): Promise<boolean> {
  const kept = Buffer.from(record.tag, 'base64url');
  const tag = await derive(password, {
    nonce: Buffer.from(record.salt, 'base64url'),
    memory: record.memoryKib,
    passes: record.passes,
    parallelism: record.parallelism,
    tagLength: kept.length,
  });
  try {
    return timingSafeEqual(tag, kept);
  } finally {
    tag.fill(0);
  }
}
