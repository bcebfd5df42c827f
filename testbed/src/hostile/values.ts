import * as fc from 'fast-check';

/** Values that nobody meant: of the wrong kind, too long, too deep, wrongly encoded. Hostile by construction. */

const LONG = [255, 256, 257, 1023, 4095, 4096, 4097, 16_383, 16_384, 20_000];

/** What has broken parsers and pages before. */
const CLASSICS = [
  '',
  ' ',
  '\u0000',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e309',
  '9007199254740993',
  '0x10',
  '٣',
  '１２',
  'true',
  '[]',
  '{}',
  '__proto__',
  'constructor',
  'toString',
  "' or 1=1 --",
  '"; drop table devices; --',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '{{7*7}}',
  '${7*7}',
  '$(id)',
  '`id`',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%zz',
  '\r\nset-cookie: a=b',
  '%0d%0aset-cookie:%20a=b',
  '\u202egnp.exe',
  '\u2028',
  '\ufeff',
  '\ud800',
  'İ',
  'ﬀ',
  '🏠'.repeat(50),
  'a\u0301'.repeat(200),
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...CLASSICS) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 64 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG).map((length) => 'A'.repeat(length)) },
);

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** Texts that claim to be JSON: of any type and shape, with doubled keys, too deep, cut off, not UTF-8. */
export const hostileJson = (keys: readonly string[]): fc.Arbitrary<Buffer> => {
  const key = fc.oneof(fc.constantFrom(...keys, '__proto__', 'constructor'), hostileText);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hostileText);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.dictionary(key, value, { maxKeys: 8 }).map((each) => Buffer.from(JSON.stringify(each))),
    },
    { weight: 2, arbitrary: fc.jsonValue().map((each) => Buffer.from(JSON.stringify(each))) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(key, value, value)
        .map(([name, one, other]) =>
          Buffer.from(
            `{${JSON.stringify(name)}:${JSON.stringify(one)},${JSON.stringify(name)}:${JSON.stringify(other)}}`,
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(10, 1_000, 5_000).map((depth) => Buffer.from(nested(depth, '[', ']'))),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(10, 1_000, 2_500).map((depth) => Buffer.from(nested(depth, '{"a":', '}'))),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc
        .dictionary(key, value)
        .map((each) => Buffer.from(JSON.stringify(each)))
        .chain((whole) => fc.nat({ max: whole.length }).map((at) => whole.subarray(0, at))),
    },
  );
};

/** A form body: names that are declared and others, values of every kind, broken percent encoding, doubled names. */
export const hostileForm = (
  names: readonly string[],
  fixed: Readonly<Record<string, string>>,
): fc.Arbitrary<Buffer> => {
  const name = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...names, '_csrf') },
    { weight: 1, arbitrary: hostileText },
  );
  const pair = fc.tuple(name, hostileText, fc.constantFrom('encoded', 'raw', 'bare')).map(([key, value, how]) => {
    if (how === 'bare') return encoded(key);
    return how === 'raw' ? `${key}=${value}` : `${encoded(key)}=${encoded(value)}`;
  });
  const start = Object.entries(fixed)
    .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
    .join('&');
  return fc
    .array(pair, { maxLength: 6 })
    .map((pairs) => Buffer.from([...(start === '' ? [] : [start]), ...pairs].join('&'), 'utf8'));
};

/** Lone surrogates have no percent encoding; they become the replacement character, as in a browser. */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
