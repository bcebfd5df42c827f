/**
 * Tables that only an implementation of a primitive has, as they stand in programs: bytes in either order, numbers one
 * after the other in hexadecimal or decimal, or all digits in one text. What calls a library has none of them.
 */
export interface PrimitiveFound {
  readonly primitive: string;
  readonly form: 'bytes' | 'numbers' | 'digits';
}
interface Table {
  readonly primitive: string;
  /** bytes of one number */
  readonly width: 1 | 4 | 8;
  readonly values: readonly bigint[];
}
const table = (primitive: string, width: Table['width'], hex: string): Table => ({
  primitive,
  width,
  values: hex.split(' ').map((each) => BigInt(`0x${each}`)),
});

/** Beginnings that are long enough to be no chance. */
const TABLES: readonly Table[] = [
  // FIPS 197, figure 7 and figure 14
  table('AES', 1, '63 7c 77 7b f2 6b 6f c5 30 01 67 2b fe d7 ab 76'),
  table('AES', 1, '52 09 6a d5 30 36 a5 38 bf 40 a3 9e 81 f3 d7 fb'),
  // the S-box with MixColumns in one table, as software for 32 bits has it
  table('AES', 4, 'c66363a5 f87c7c84 ee777799 f67b7b8d'),
  // FIPS 180-4, 4.2.2, 4.2.3 and 5.3.1
  table('SHA-256', 4, '428a2f98 71374491 b5c0fbcf e9b5dba5'),
  table('SHA-512', 8, '428a2f98d728ae22 7137449123ef65cd b5c0fbcfec4d3b2f'),
  table('SHA-512', 4, '428a2f98 d728ae22 71374491 23ef65cd'),
  table('SHA-1', 4, '67452301 efcdab89 98badcfe 10325476 c3d2e1f0'),
  // RFC 1321, 3.4
  table('MD5', 4, 'd76aa478 e8c7b756 242070db c1bdceee'),
  // FIPS 180-4, 5.3.5: also the start of BLAKE2b (RFC 7693, 2.6), and so of Argon2
  table('SHA-512 or BLAKE2', 8, '6a09e667f3bcc908 bb67ae8584caa73b 3c6ef372fe94f82b'),
  // FIPS 202, 3.2.5
  table('SHA-3', 8, '0000000000000001 0000000000008082 800000000000808a 8000000080008000'),
  // RFC 8439, 2.3: the words of the text below
  table('ChaCha20', 4, '61707865 3320646e 79622d32 6b206574'),
  // FIPS 46-3: initial permutation and the first S-box
  table('DES', 1, '3a 32 2a 22 1a 12 0a 02 3c 34 2c 24 1c 14 0c 04'),
  table('DES', 1, '0e 04 0d 01 02 0f 0b 08 03 0a 06 0c 05 09 00 07'),
];
/** RFC 8439, 2.3 */
const CHACHA_TEXT = Buffer.from('expand 32-byte k');

export function primitivesIn(bytes: Uint8Array): readonly PrimitiveFound[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('latin1').toLowerCase();
  const found = new Map<string, PrimitiveFound>();
  const note = (primitive: string, form: PrimitiveFound['form']): void =>
    void found.set(`${primitive} ${form}`, { primitive, form });
  if (buffer.includes(CHACHA_TEXT)) note('ChaCha20', 'bytes');
  for (const each of FORMS) {
    if (each.bytes.some((wanted) => buffer.includes(wanted))) note(each.primitive, 'bytes');
    if (text.includes(each.digits)) note(each.primitive, 'digits');
    // the first number is looked for at once; only where it stands is the rest compared
    if (each.first.some((wanted) => text.includes(wanted)) && each.numbers.test(text)) note(each.primitive, 'numbers');
  }
  return [...found.values()];
}

const bytesOf = ({ width, values }: Table, order: 'big' | 'little'): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const one = Buffer.from(value.toString(16).padStart(width * 2, '0'), 'hex');
      return order === 'big' ? one : one.reverse();
    }),
  );

/** As programs write one number: hexadecimal with or without its leading zeros, decimal, decimal with a sign. */
const spellings = (value: bigint, width: number): readonly string[] => {
  const hex = value.toString(16);
  const signed = BigInt.asIntN(width * 8, value);
  return [`0x0*${hex}`, `${value}`, ...(signed < 0n && width > 1 ? [String(signed)] : [])];
};
const BETWEEN = '(?:u?l{0,2}|n|u(?:8|32|64))\\W{1,6}?(?:big\\w{0,8}\\W{1,3})?';

const FORMS = TABLES.map((each) => ({
  primitive: each.primitive,
  bytes: [bytesOf(each, 'big'), bytesOf(each, 'little')],
  digits: bytesOf(each, 'big').toString('hex'),
  first: spellings(each.values[0] ?? 0n, each.width).map((one) => one.replace('0x0*', '')),
  numbers: new RegExp(
    `(?<![\\w.])${each.values.map((value) => `(?:${spellings(value, each.width).join('|')})`).join(BETWEEN)}(?![0-9])`,
  ),
}));
