/**
 * The little of DER (X.690) that a device writes and reads itself: certification requests, one self-signed certificate,
 * answers of enrolment. Written here so that the process that holds the keys runs no code but Node's and ours.
 */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, Buffer.concat(parts));
export const setOf = (...parts: readonly Uint8Array[]): Buffer => tagged(0x31, Buffer.concat(parts));
export const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes);
export const bitString = (bytes: Uint8Array): Buffer => tagged(0x03, Buffer.concat([Buffer.of(0), bytes]));
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'));
export const printable = (text: string): Buffer => tagged(0x13, Buffer.from(text, 'ascii'));
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.of(value ? 0xff : 0));
/** context-specific, constructed */
export const context = (number: number, ...parts: readonly Uint8Array[]): Buffer =>
  tagged(0xa0 + number, Buffer.concat(parts));
/** context-specific, primitive */
export const contextPrimitive = (number: number, bytes: Uint8Array): Buffer => tagged(0x80 + number, bytes);

/** A non-negative integer from its big-endian bytes. */
export const integer = (bytes: Uint8Array): Buffer => {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const significant = bytes.subarray(start);
  const padded = ((significant[0] ?? 0) & 0x80) === 0 ? significant : Buffer.concat([Buffer.of(0), significant]);
  return tagged(0x02, padded);
};

/** Dotted object identifier. */
export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
};

/** UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
export const time = (at: Date): Buffer => {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d{3}/g, '');
  return at.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), 'ascii'))
    : tagged(0x18, Buffer.from(digits, 'ascii'));
};

export const pem = (label: string, der: Uint8Array): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

const tagged = (tag: number, body: Uint8Array): Buffer => Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);

const lengthOf = (length: number): Buffer => {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 + bytes.length, ...bytes]);
};

const base128 = (value: number): readonly number[] => {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) + 128);
  return bytes;
};

/** One element of hostile DER. */
export interface Element {
  readonly tag: number;
  readonly whole: Buffer;
  readonly body: Buffer;
}

/** Hostile input: DER elements side by side; undefined where lengths do not fit, are indefinite or take too many bytes. */
export const elements = (der: Buffer): readonly Element[] | undefined => {
  const found: Element[] = [];
  let at = 0;
  while (at < der.length) {
    const first = der[at + 1];
    if (first === undefined) return undefined;
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (lengthBytes > 4 || first === 0x80 || at + 2 + lengthBytes > der.length) return undefined;
    const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > der.length) return undefined;
    found.push({
      tag: der[at] ?? 0,
      whole: der.subarray(at, start + length),
      body: der.subarray(start, start + length),
    });
    at = start + length;
  }
  return found;
};

/** The elements of the one element with this tag that `der` is; undefined where it is anything else. */
export const inside = (der: Buffer, tag: number): readonly Element[] | undefined => {
  const [outer, ...rest] = elements(der) ?? [];
  return outer?.tag === tag && rest.length === 0 ? elements(outer.body) : undefined;
};
