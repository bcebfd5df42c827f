import type { TLSSocket } from 'node:tls';
import { MAX_MESSAGE_BYTES } from '@hearthward/protocol';

/**
 * Stands between a device's socket and the MQTT broker, because the broker would gather a packet of any announced length:
 * reads the fixed headers (MQTT 3.1.1, 2.2) and ends the connection before the first byte of a packet that is too long.
 */

/** topic, packet identifier and header beside the longest message */
export const MAX_PACKET_BYTES = MAX_MESSAGE_BYTES + 512;

export interface Framing {
  /** bytes of the current packet still to come */
  readonly left: number;
  /** header bytes seen: none, the type, or the type and some digits of the length */
  readonly header: 'none' | { readonly digits: number; readonly length: number };
}
export const atStart: Framing = { left: 0, header: 'none' };

/** Follows one chunk; `undefined` where a packet announces more than `most` bytes or a length that is none. */
export function follow(framing: Framing, chunk: Uint8Array, most = MAX_PACKET_BYTES): Framing | undefined {
  let { left, header } = framing;
  for (let at = 0; at < chunk.length;) {
    if (left > 0) {
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      at += taken;
      continue;
    }
    const byte = chunk[at++] ?? 0;
    if (header === 'none') {
      header = { digits: 0, length: 0 };
      continue;
    }
    const digits: number = header.digits + 1;
    const length: number = header.length + (byte & 0x7f) * 128 ** header.digits;
    const more = (byte & 0x80) !== 0;
    if (length > most || (more && digits === LENGTH_DIGITS)) return undefined;
    header = more ? { digits, length } : 'none';
    left = more ? 0 : length;
  }
  return { left, header };
}
const LENGTH_DIGITS = 4;

/**
 * Follows what comes in where it comes in, before anybody has kept a byte of it. A stream between socket and broker would
 * do the same for 5 KiB of memory a connection.
 */
// EN 303 645 5.13-1: hostile lengths end here
export function follows(socket: TLSSocket, onTooLong: () => void): void {
  let framing: Framing | undefined = atStart;
  const push = socket.push.bind(socket);
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!(chunk instanceof Uint8Array)) return push(chunk, encoding);
    framing = framing && follow(framing, chunk);
    if (framing) return push(chunk, encoding);
    onTooLong();
    socket.destroy();
    return false;
  };
}
