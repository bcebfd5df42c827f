/** MQTT 3.1.1 (OASIS standard, 2014) packets, as many as a probe needs; written so that wrong ones can be sent too. */
export interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const SUBACK = 9;

export function connectPacket(options: {
  readonly clientId: string;
  readonly user?: string;
  readonly password?: string;
  readonly keepAliveSeconds: number;
}): Buffer {
  const flags = 0x02 | (options.user === undefined ? 0 : 0x80) | (options.password === undefined ? 0 : 0x40);
  return packet(
    0x10,
    Buffer.concat([
      text('MQTT'),
      Buffer.from([4, flags, options.keepAliveSeconds >> 8, options.keepAliveSeconds & 255]),
      text(options.clientId),
      options.user === undefined ? Buffer.alloc(0) : text(options.user),
      options.password === undefined ? Buffer.alloc(0) : text(options.password),
    ]),
  );
}
export const subscribePacket = (id: number, topic: string): Buffer =>
  packet(0x82, Buffer.concat([number(id), text(topic), Buffer.from([1])]));
export const publishPacket = (id: number, topic: string, payload: string): Buffer =>
  packet(0x32, Buffer.concat([text(topic), number(id), Buffer.from(payload)]));
export const pubackPacket = (id: number): Buffer => packet(0x40, number(id));
export const disconnectPacket = (): Buffer => packet(0xe0, Buffer.alloc(0));

/** A server may not send more than this to a probe; what is longer ends the connection. */
const LARGEST_PACKET = 1024 * 1024;

/** Cuts a stream into packets. `broken` says that what came is not MQTT. */
export function createReader(): (chunk: Buffer) => { readonly packets: readonly Packet[]; readonly broken: boolean } {
  let kept: Buffer = Buffer.alloc(0);
  return (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    const packets: Packet[] = [];
    for (;;) {
      const length = lengthOf(kept);
      if (length === 'broken' || (typeof length === 'object' && length.size > LARGEST_PACKET))
        return { packets, broken: true };
      if (length === 'short' || kept.length < length.start + length.size) return { packets, broken: false };
      const head = kept[0] ?? 0;
      packets.push({
        type: head >> 4,
        flags: head & 15,
        body: kept.subarray(length.start, length.start + length.size),
      });
      kept = kept.subarray(length.start + length.size);
    }
  };
}

export function readPublish(packet: Packet): { topic: string; payload: string; id: number | undefined } | undefined {
  if (packet.body.length < 2) return undefined;
  const end = 2 + packet.body.readUInt16BE(0);
  const quality = (packet.flags >> 1) & 3;
  const start = end + (quality > 0 ? 2 : 0);
  if (start > packet.body.length) return undefined;
  return {
    topic: packet.body.subarray(2, end).toString('utf8'),
    payload: packet.body.subarray(start).toString('utf8'),
    id: quality > 0 ? packet.body.readUInt16BE(end) : undefined,
  };
}

function lengthOf(bytes: Buffer): 'short' | 'broken' | { readonly start: number; readonly size: number } {
  let size = 0;
  for (let at = 1; at <= 4; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return 'short';
    size += (byte & 127) * 128 ** (at - 1);
    if ((byte & 128) === 0) return { start: at + 1, size };
  }
  return 'broken';
}

function packet(head: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    length.push(rest > 0 ? digit | 128 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}
const number = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
const text = (value: string): Buffer => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);
