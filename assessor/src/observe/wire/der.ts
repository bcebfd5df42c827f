/** As much DER (X.690) as certificates and requests for them need: written from parts, read without believing a length. */
export function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, Buffer.concat(parts));
export const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, Buffer.concat(parts));
export const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
export const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.concat([Buffer.from([0]), content]));

/** 1.2.840.10045.4.3.2 */
export const ECDSA_WITH_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);

export const pem = (label: string, whole: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(whole)
    .toString('base64')
    .replaceAll(/.{64}/g, '$&\n')
    .trimEnd()}\n-----END ${label}-----\n`;

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** with tag and length */
  readonly whole: Buffer;
}

/** The elements that stand one after another; undefined where the bytes are not that. */
export function elements(bytes: Buffer): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1];
    if (first === undefined || first === 0x80 || first > 0x83) return undefined;
    const more = first < 0x80 ? 0 : first & 0x7f;
    if (at + 2 + more > bytes.length) return undefined;
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
    const start = at + 2 + more;
    if (start + length > bytes.length) return undefined;
    found.push({ tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) });
    at = start + length;
  }
  return found;
}
