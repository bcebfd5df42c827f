import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { DIGESTS } from '../algorithms.ts';

/**
 * Whose personal data it is, as device and services call the person to each other: a pseudonym that the device draws, 128
 * bits, base64url. It is no name, and no name can be reckoned from it; a device that is set up anew draws others.
 */
export const Subject = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' });
export type Subject = Static<typeof Subject>;

/**
 * How a person opens their data at the services, with the device or without it: an account has no name and no address, only
 * a code that the person keeps. The services hold its public part and what verifies the secret one.
 */
export const AccountLink = Type.Object(
  {
    account: Type.String({ pattern: '^[a-z2-7]{8}$', description: 'public part of the code' }),
    verifier: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'SHA-256 of the code, base64url' }),
  },
  { additionalProperties: false },
);
export type AccountLink = Static<typeof AccountLink>;

/**
 * How a code is written: nine groups of four signs of RFC 4648's base32, in lower case, with no 0, 1, 8, 9 to be mistaken for
 * letters. The first 8 signs (40 bits) name the account, the other 28 (140 bits) open it.
 */
export const ACCOUNT_CODE = { alphabet: 'abcdefghijklmnopqrstuvwxyz234567', signs: 36, named: 8, group: 4 } as const;

/** Hostile text; undefined where it is no code. Spaces, hyphens and capitals are as people write them. */
export function accountOfCode(text: string): AccountLink | undefined {
  const signs = text.toLowerCase().replaceAll(/[\s-]+/g, '');
  const { alphabet, named } = ACCOUNT_CODE;
  if (signs.length !== ACCOUNT_CODE.signs || Array.from(signs).some((sign) => !alphabet.includes(sign)))
    return undefined;
  return {
    account: signs.slice(0, named),
    verifier: createHash(DIGESTS.sha256.digest).update(`hearthward account 1\n${signs}`).digest('base64url'),
  };
}
