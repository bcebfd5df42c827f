import { createHmac, timingSafeEqual } from 'node:crypto';
import { MAC } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { viewOf, wiping } from '../../secrets/wiping.ts';

/**
 * Codes for the day on which the phone is lost. Each opens once. The device keeps a keyed hash of each: with 80 random
 * bits there is nothing that a slow hash would protect, and ten slow ones at every try would burden the device.
 */
export const RecoveryCodes = Type.Object(
  {
    /** of the hashes below, 256 bits, base64url */
    key: Type.String({ minLength: 43, maxLength: 43 }),
    /** HMAC-SHA-256 of each code that was not used yet, base64url */
    tags: Type.Array(Type.String({ minLength: 43, maxLength: 43 }), { maxItems: 10 }),
  },
  { additionalProperties: false },
);
export type RecoveryCodes = Static<typeof RecoveryCodes>;

const COUNT = 10;
/** 16 letters of 32 are 80 bits (asked for are at least 64, NIST SP 800-63B section 3.1.2). */
const LENGTH = 16;
const GROUP = 4;
/** As on the label: nothing that looks like something else. */
const LETTERS = '23456789abcdefghijkmnpqrstuvwxyz';

/** Ten new codes as people write them down, and what the device keeps of them. */
// EN 303 645 5.4-1, G045 AU-2-1: shown once, kept as keyed hashes
export function newRecoveryCodes(random: (bytes: number) => Uint8Array): {
  readonly shown: readonly string[];
  readonly kept: RecoveryCodes;
} {
  // key recovery: one for each set of codes
  const key = wiping(random(32), (bytes) => viewOf(bytes).toString('base64url'));
  const codes = Array.from({ length: COUNT }, () => draw(random));
  return { shown: codes.map(grouped), kept: { key, tags: codes.map((code) => tagOf(key, code)) } };
}

/** What is left after this code was used; undefined where it is none of them. */
export function without(kept: RecoveryCodes, code: string): RecoveryCodes | undefined {
  const given = Buffer.from(tagOf(kept.key, plain(code)));
  // every tag is compared, so that the time says nothing of which one it was
  const matches = kept.tags.map((tag) => timingSafeEqual(Buffer.from(tag), given));
  if (!matches.includes(true)) return undefined;
  return { key: kept.key, tags: kept.tags.filter((_, at) => !matches[at]) };
}

/** 256 is a multiple of 32: no letter is likelier than another. */
const draw = (random: (bytes: number) => Uint8Array): string =>
  wiping(random(LENGTH), (bytes) => Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join(''));
const grouped = (code: string): string => code.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? code;
/** Written with or without lines and spaces, in capitals or not. */
const plain = (code: string): string => code.toLowerCase().replace(/[\s-]/g, '');
const tagOf = (key: string, code: string): string =>
  wiping(Buffer.from(key, 'base64url'), (bytes) =>
    // key recovery
    createHmac(MAC['hmac-sha256'].digest, bytes).update(code).digest('base64url'),
  );
