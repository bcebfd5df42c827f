import { hash } from 'node:crypto';
import { ALPHABET, type Carrier, PASSWORD_LENGTH } from './passwords.ts';

/**
 * What a careless generator would make of a serial and a MAC: themselves and their plain digests, in the usual spellings.
 * An attacker tries these first, so a batch that resembles one of them is refused.
 */
export interface Derivation {
  readonly name: string;
  /** PASSWORD_LENGTH letters or fewer, per label */
  readonly letters: readonly string[];
  /** letters of our alphabet from groups of five bits: also compared under a mask */
  readonly isFiveBits: boolean;
}

const bare = (mac: string) => mac.replaceAll(/[^0-9a-f]/gi, '').toLowerCase();
const SOURCES: readonly (readonly [name: string, bytes: (carrier: Carrier) => Buffer])[] = [
  ['serial', ({ serial }) => Buffer.from(serial)],
  ['serial in lower case', ({ serial }) => Buffer.from(serial.toLowerCase())],
  ['MAC', ({ mac }) => Buffer.from(mac.toLowerCase())],
  ['MAC in capitals', ({ mac }) => Buffer.from(mac.toUpperCase())],
  ['MAC without colons', ({ mac }) => Buffer.from(bare(mac))],
  ['MAC in capitals without colons', ({ mac }) => Buffer.from(bare(mac).toUpperCase())],
  ['bytes of the MAC', ({ mac }) => Buffer.from(bare(mac), 'hex')],
  ['serial and MAC', ({ serial, mac }) => Buffer.from(`${serial}${mac}`)],
  ['MAC and serial', ({ serial, mac }) => Buffer.from(`${mac}${serial}`)],
  ['number in the serial', ({ serial }) => numberIn(serial)],
];
const DIGESTS = ['md5', 'sha1', 'sha256', 'sha512'] as const;

const RFC4648 = 'abcdefghijklmnopqrstuvwxyz234567';
const SPELLINGS: readonly (readonly [name: string, spell: (bytes: Buffer) => string, isFiveBits: boolean])[] = [
  ['groups of five bits', (bytes) => fiveBits(bytes, ALPHABET), true],
  ['low bits of each byte', (bytes) => Array.from(bytes, (byte) => ALPHABET[byte & 31]).join(''), true],
  ['base32', (bytes) => fiveBits(bytes, RFC4648), false],
  ['hexadecimal', (bytes) => bytes.toString('hex'), false],
  ['base64', (bytes) => bytes.toString('base64url').toLowerCase(), false],
];

/** as many bytes as a password carries */
const END_BYTES = 10;

export function* derivationsOf(carriers: readonly Carrier[]): Generator<Derivation> {
  for (const [source, bytesOf] of SOURCES) {
    const plain = carriers.map(bytesOf);
    for (const digest of [undefined, ...DIGESTS]) {
      const bytes = digest === undefined ? plain : plain.map((each) => hash(digest, each, 'buffer'));
      const starts = bytes.map((each) => each.subarray(0, PASSWORD_LENGTH));
      const ends = bytes.map((each) => each.subarray(-END_BYTES));
      for (const [spelling, spell, isFiveBits] of SPELLINGS) {
        const name = `${digest === undefined ? '' : `${digest} of the `}${source} in ${spelling}`;
        yield { name, isFiveBits, letters: starts.map((each) => spell(each).slice(0, PASSWORD_LENGTH)) };
        yield { name: `end of the ${name}`, isFiveBits, letters: ends.map((e) => spell(e).slice(-PASSWORD_LENGTH)) };
      }
    }
  }
}

/** Ten bytes, as many as a password carries. */
function numberIn(serial: string): Buffer {
  const digits = serial.replaceAll(/\D/g, '').slice(-20);
  return Buffer.from(BigInt(`0${digits}`).toString(16).padStart(20, '0').slice(-20), 'hex');
}

/** The first bits of the first byte first, as RFC 4648, 6. */
function fiveBits(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
  }
  return text;
}
