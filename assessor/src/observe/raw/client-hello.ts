import { randomBytes } from 'node:crypto';
import { connect, isIP } from 'node:net';
import type { Greeting, HelloOffer } from '../../model.ts';
import { codeOf, oneLine, type Waits } from '../wire/hand.ts';

/**
 * One TLS ClientHello, written by hand: what today’s libraries can no longer offer (SSL 3.0, RC4, export suites) a
 * server may still accept, and only an offer shows it. Nothing but the hello is sent; the first record of the answer decides.
 */
export function greet(
  endpoint: { readonly address: string; readonly host: string; readonly port: number },
  offer: HelloOffer,
  waits: Waits,
): Promise<Greeting> {
  return new Promise((resolve) => {
    const socket = connect({ host: endpoint.address, port: endpoint.port });
    let received = Buffer.alloc(0);
    let connected = false;
    let settled = false;
    const finish = (greeting: Greeting): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      resolve(greeting);
    };
    const timer = setTimeout(() => finish({ outcome: 'unreachable', detail: 'no answer in time' }), waits.connect);
    socket.once('connect', () => {
      connected = true;
      socket.write(clientHello(offer, endpoint.host));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const read = readAnswer(received);
      if (read !== undefined) finish(read);
    });
    socket.once('error', (error) =>
      finish(
        connected && codeOf(error) === 'ECONNRESET'
          ? { outcome: 'refused', detail: 'connection reset' }
          : { outcome: 'unreachable', detail: oneLine(error.message) },
      ),
    );
    socket.once('close', () =>
      finish(
        connected ? { outcome: 'refused', detail: 'connection closed' } : { outcome: 'unreachable', detail: 'closed' },
      ),
    );
  });
}

const ALERT = 21;
const HANDSHAKE = 22;
const SERVER_HELLO = 2;

/** The first record (RFC 8446, 5.1): an alert, or a handshake that opens with a ServerHello. */
export function readAnswer(bytes: Buffer): Greeting | undefined {
  if (bytes.length < 7) return undefined;
  const type = bytes[0];
  if (type === ALERT) return { outcome: 'refused', detail: `alert ${bytes[6] ?? 0}` };
  if (type !== HANDSHAKE || bytes[1] !== 3) return { outcome: 'unreachable', detail: 'the answer is not TLS' };
  if (bytes[5] !== SERVER_HELLO) return { outcome: 'refused', detail: `handshake message ${bytes[5] ?? 0}` };
  // record 5, handshake header 4, version 2, random 32, session id
  const at = 5 + 4 + 2 + 32;
  const length = bytes[at];
  if (length === undefined || bytes.length < at + 1 + length + 2) return undefined;
  return { outcome: 'accepted', suite: bytes.readUInt16BE(at + 1 + length), detail: 'ServerHello' };
}

/** RFC 8446, 4.1.2; up to 1.2 as in RFC 5246, 7.4.1.2. */
export function clientHello(offer: HelloOffer, host: string): Buffer {
  const legacy = Math.min(offer.version, 0x0303);
  const suites = Buffer.alloc(offer.suites.length * 2);
  offer.suites.forEach((suite, index) => suites.writeUInt16BE(suite, index * 2));
  const body = Buffer.concat([
    two(legacy),
    randomBytes(32),
    Buffer.from([32]),
    randomBytes(32),
    sized(2, suites),
    Buffer.from([1, 0]),
    // SSL 3.0 knows no extensions
    offer.version === 0x0300 ? Buffer.alloc(0) : sized(2, extensions(offer.version, host)),
  ]);
  const message = Buffer.concat([Buffer.from([1, 0]), two(body.length), body]);
  return Buffer.concat([Buffer.from([HANDSHAKE]), two(Math.min(legacy, 0x0301)), two(message.length), message]);
}

function extensions(version: number, host: string): Buffer {
  // x25519, P-256, P-384, P-521, and groups for the old finite-field suites
  const groups = Buffer.from('001d 0017 0018 0019 0100 0101'.replaceAll(' ', ''), 'hex');
  const signatures = Buffer.from(
    '0403 0503 0603 0807 0804 0805 0806 0401 0501 0601 0203 0201 0202'.replaceAll(' ', ''),
    'hex',
  );
  const parts = [
    ...(isIP(host) === 0
      ? [extension(0, sized(2, Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(host))])))]
      : []),
    extension(10, sized(2, groups)),
    extension(11, sized(1, Buffer.from([0]))),
    extension(13, sized(2, signatures)),
    extension(0xff01, Buffer.from([0])),
  ];
  if (version >= 0x0304) {
    parts.push(extension(43, sized(1, Buffer.from('03040303', 'hex'))));
    // any 32 bytes are a public value of X25519 (RFC 7748, 5)
    parts.push(extension(51, sized(2, Buffer.concat([two(0x001d), sized(2, randomBytes(32))]))));
  }
  return Buffer.concat(parts);
}

const two = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const sized = (bytes: 1 | 2, body: Buffer): Buffer =>
  Buffer.concat([bytes === 1 ? Buffer.from([body.length]) : two(body.length), body]);
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([two(type), sized(2, body)]);
