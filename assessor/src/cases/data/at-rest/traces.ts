import { randomBytes } from 'node:crypto';
import {
  constants,
  deflateSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { Type, type Static } from 'typebox';
import type { Probe } from '../../../model.ts';
import { open, type Part, type Reading } from '../../access/evidence.ts';
import { choiceNeedles, textNeedles, type Marker } from './markers.ts';

/** Where a marker lies readable: in the bytes of a file as they are, and in compressed streams within them. */
export interface Trace {
  readonly item: string;
  readonly as: string;
  /** of the first one, in bytes from the beginning of the file; that of the stream where it lies in one */
  readonly offset: number;
  readonly count: number;
}

export const tracesIn = (bytes: Uint8Array, markers: readonly Marker[]): readonly Trace[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return merged([
    ...plainTraces(buffer, markers),
    ...[...streamsIn(buffer)].flatMap(({ kind, offset, inside }) =>
      plainTraces(inside, markers).map((each) => ({ ...each, as: `${each.as} in a ${kind} stream`, offset })),
    ),
  ]);
};

function plainTraces(buffer: Buffer, markers: readonly Marker[]): readonly Trace[] {
  return markers.flatMap(({ item, needles }) =>
    needles.flatMap(({ as, bytes }) => {
      const offset = buffer.indexOf(bytes);
      if (offset < 0) return [];
      let count = 0;
      for (let at = offset; at >= 0; at = buffer.indexOf(bytes, at + bytes.length)) count += 1;
      return [{ item, as, offset, count }];
    }),
  );
}

/** One for each item and form. */
const merged = (traces: readonly Trace[]): readonly Trace[] =>
  [...Map.groupBy(traces, ({ item, as }) => `${item} ${as}`).values()].flatMap((alike) => {
    const [first] = alike.toSorted((a, b) => a.offset - b.offset);
    return first === undefined ? [] : [{ ...first, count: alike.reduce((sum, { count }) => sum + count, 0) }];
  });

interface Stream {
  readonly kind: 'gzip' | 'zlib' | 'zstd';
  readonly offset: number;
  readonly inside: Buffer;
}
/** Random bytes look like the beginning of a stream now and then; what does not open is none. */
const MOST_STREAMS = 5_000;
const MOST_INSIDE = 8 * 1024 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b, 8]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** RFC 1950, 2.2: a window of 32 kB, and the check bits of each level */
const ZLIB = [0x01, 0x5e, 0x9c, 0xda].map((flags) => Buffer.from([0x78, flags]));

function* streamsIn(buffer: Buffer): Generator<Stream> {
  let left = MOST_STREAMS;
  const room = { maxOutputLength: MOST_INSIDE };
  const flush = { ...room, finishFlush: constants.Z_SYNC_FLUSH };
  const ways = [
    { kind: 'gzip', magic: GZIP, open: (at: Buffer) => inflateRawSync(withoutGzipHeader(at), flush) },
    ...ZLIB.map((magic) => ({ kind: 'zlib', magic, open: (at: Buffer) => inflateSync(at, flush) }) as const),
    {
      kind: 'zstd',
      magic: ZSTD,
      open: (at: Buffer) => zstdDecompressSync(at, { ...room, finishFlush: constants.ZSTD_e_continue }),
    },
  ] as const;
  for (const { kind, magic, open } of ways) {
    for (let at = buffer.indexOf(magic); at >= 0 && left > 0; at = buffer.indexOf(magic, at + 1)) {
      left -= 1;
      const inside = opened(() => open(buffer.subarray(at)));
      if (inside !== undefined && inside.length > 0) yield { kind, offset: at, inside };
    }
  }
}

function opened(open: () => Buffer): Buffer | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** RFC 1952, 2.3: what follows a stream is none of it, and a reader of gzip would take it for another. */
function withoutGzipHeader(buffer: Buffer): Buffer {
  const flags = buffer[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (buffer[at] ?? 0) + 256 * (buffer[at + 1] ?? 0);
  for (const named of [8, 16]) if ((flags & named) !== 0) at = buffer.indexOf(0, at) + 1;
  if ((flags & 2) !== 0) at += 2;
  return buffer.subarray(at);
}

/** Whether the search finds one form in which a value may lie. */
export const Sample = Type.Object({ as: Type.String(), found: Type.Boolean() }, { additionalProperties: false });

export function recordSamples(probe: Probe): void {
  for (const { as, bytes, marker } of samples())
    probe.record('sample', 'product', { as, found: tracesIn(bytes, [marker]).some((each) => each.as === as) });
}

/** What a search says that finds nothing rests on this. */
export const judgeSamples = (rows: readonly Reading<Static<typeof Sample>>[]): readonly Part[] => [
  ...(rows.length === 0 ? [open('that the search finds what it is for')] : []),
  ...rows.filter(({ data }) => !data.found).map(({ id, data }) => open(`that the search finds ${data.as}`, [id])),
];

/** One of every form, made afresh, to show that the search finds what it is for. */
export function samples(): readonly { readonly as: string; readonly bytes: Buffer; readonly marker: Marker }[] {
  const value = randomBytes(10).toString('hex');
  const needles = textNeedles(value);
  const marker: Marker = { item: 'sample', kind: 'text', value, needles };
  const choice: Marker = { ...marker, kind: 'choice', needles: choiceNeedles('lamp', 'on') };
  const around = (part: string | Buffer): Buffer =>
    Buffer.concat([randomBytes(64), Buffer.from(part), randomBytes(64)]);
  const plain = `{"name":"${value}"}`;
  const wide = Buffer.from(plain, 'utf16le');
  const hex = Buffer.from(plain).toString('hex');
  const split = [around(plain.slice(0, 14)), around(plain.slice(14))];
  return [
    { as: 'plain text', bytes: around(plain), marker },
    { as: 'plain text', bytes: Buffer.concat(split), marker },
    { as: 'plain text', bytes: around('{"lamp":true}'), marker: choice },
    { as: 'UTF-16', bytes: around(wide), marker },
    { as: 'UTF-16', bytes: around(Buffer.from(wide).swap16()), marker },
    ...['', 'x', 'xx'].map((lead) => ({ as: 'base64', bytes: around(btoa(lead + plain)), marker })),
    { as: 'hexadecimal', bytes: around(hex), marker },
    { as: 'URL encoding', bytes: around(hex.replaceAll(/../g, '%$&')), marker },
    { as: 'JSON inside of JSON', bytes: around(JSON.stringify('{"lamp":true}')), marker: choice },
    { as: 'plain text in a gzip stream', bytes: around(gzipSync(plain)), marker },
    { as: 'plain text in a zlib stream', bytes: around(deflateSync(plain)), marker },
    { as: 'plain text in a zstd stream', bytes: around(zstdCompressSync(plain)), marker },
  ];
}
