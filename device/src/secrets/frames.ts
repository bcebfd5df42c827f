import type { Duplex } from 'node:stream';
import { wiping } from './wiping.ts';

/** One message between core and signer: a JSON header and bytes that never become a string. */
export interface Frame {
  readonly header: unknown;
  readonly body: Buffer;
}

const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;

/** Lengths of header and body, 32 bits big-endian each, then both. */
export const writeFrame = (stream: Duplex, header: unknown, body: Uint8Array = new Uint8Array()): void => {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(text.length, 0);
  prefix.writeUInt32BE(body.length, 4);
  const whole = Buffer.concat([prefix, text, body]);
  // Two ends in one process hand over the same bytes: the other end has read them a turn later.
  stream.write(whole, () => setImmediate(() => whole.fill(0)));
};

/** Calls `take` for each whole frame; a length beyond the bounds ends the stream. */
export const readFrames = (stream: Duplex, take: (frame: Frame) => void): void => {
  let pending: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : joined(pending, chunk);
    while (pending.length >= PREFIX_BYTES) {
      const header = pending.readUInt32BE(0);
      const body = pending.readUInt32BE(4);
      if (header > MAX_HEADER_BYTES || body > MAX_BODY_BYTES) {
        stream.destroy();
        return;
      }
      const end = PREFIX_BYTES + header + body;
      if (pending.length < end) return;
      const parsed = parse(pending.subarray(PREFIX_BYTES, PREFIX_BYTES + header).toString('utf8'));
      if (parsed === undefined) {
        stream.destroy();
        return;
      }
      take({ header: parsed, body: Buffer.from(pending.subarray(PREFIX_BYTES + header, end)) });
      pending.fill(0, 0, end);
      pending = pending.subarray(end);
    }
  });
};

/** A key may be cut in two by a chunk's end: neither piece stays behind. */
const joined = (one: Buffer, other: Buffer): Buffer =>
  wiping(one, () => wiping(other, () => Buffer.concat([one, other])));

const parse = (text: string): unknown => {
  try {
    // boundary signer-line: the other process of the pair -> Request, at most MAX_HEADER_BYTES, else the line is closed;
    // device/test/secrets/signer.test.ts
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
};
