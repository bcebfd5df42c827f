import { createDecipheriv, createHmac, type CipherGCMTypes } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * Reads along a TLS handshake to see what Node does not tell: whether the server asked for a client certificate.
 * Up to TLS 1.2 the request stands in clear. In TLS 1.3 (RFC 8446, 5.2, 7.3) it is decrypted with the secret that
 * our own side of the handshake gives out (`keylog`). It only listens; nothing of it is sent.
 */
export interface Wiretap {
  readonly stream: Duplex;
  /** a line in the format of SSLKEYLOGFILE */
  readonly keylog: (line: Buffer) => void;
  readonly certificateRequested: (cipher: string) => boolean;
  /** records that the other end has sent so far */
  readonly records: () => readonly TlsRecord[];
}

/** TLS HandshakeType certificate_request (RFC 8446, 4; RFC 5246, 7.4). */
const CERTIFICATE_REQUEST = 13;
const HANDSHAKE_RECORD = 22;
const APPLICATION_RECORD = 23;
/** The server's first flight is far smaller; a server that sends more than this before it finishes is not followed. */
const MOST_BYTES = 256 * 1024;

export function tap(socket: Socket): Wiretap {
  const received: Buffer[] = [];
  let size = 0;
  let secret: Buffer | undefined;
  const stream = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk, encoding, done) => {
      socket.write(chunk, encoding, done);
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    if (size < MOST_BYTES) received.push(chunk);
    size += chunk.length;
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  return {
    stream,
    records: () => recordsOf(Buffer.concat(received)),
    keylog: (line) => {
      const [label, , value] = line.toString('latin1').trim().split(' ');
      if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET' && value !== undefined) secret = Buffer.from(value, 'hex');
    },
    certificateRequested: (cipher) => {
      const records = recordsOf(Buffer.concat(received));
      const clear = messagesOf(records.filter((record) => record.type === HANDSHAKE_RECORD));
      if (secret === undefined) return clear.includes(CERTIFICATE_REQUEST);
      const sealed = records.filter((record) => record.type === APPLICATION_RECORD);
      return messagesOf(open(sealed, secret, cipher)).includes(CERTIFICATE_REQUEST);
    },
  };
}

export interface TlsRecord {
  readonly type: number;
  readonly header: Buffer;
  readonly body: Buffer;
}

export function recordsOf(bytes: Buffer): readonly TlsRecord[] {
  const records: TlsRecord[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    const length = bytes.readUInt16BE(at + 3);
    if (at + 5 + length > bytes.length) break;
    records.push({
      type: bytes[at] ?? 0,
      header: bytes.subarray(at, at + 5),
      body: bytes.subarray(at + 5, at + 5 + length),
    });
    at += 5 + length;
  }
  return records;
}

/** Handshake message types of a flight, in order; what follows encrypted in TLS 1.2 reads as an unknown type and ends it. */
function messagesOf(records: readonly { readonly body: Buffer }[]): readonly number[] {
  const bytes = Buffer.concat(records.map((record) => record.body));
  const types: number[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = bytes.readUIntBE(at + 1, 3);
    if (at + 4 + length > bytes.length) break;
    types.push(bytes[at] ?? 0);
    at += 4 + length;
  }
  return types;
}

/** Records of the server's encrypted flight; stops at the first that the handshake secret does not open. */
function open(records: readonly TlsRecord[], secret: Buffer, cipher: string): readonly { readonly body: Buffer }[] {
  const hash = cipher.endsWith('SHA384') ? 'sha384' : 'sha256';
  const name: CipherGCMTypes | 'chacha20-poly1305' = cipher.includes('CHACHA20')
    ? 'chacha20-poly1305'
    : cipher.includes('AES_256')
      ? 'aes-256-gcm'
      : 'aes-128-gcm';
  const key = expand(hash, secret, 'key', name === 'aes-128-gcm' ? 16 : 32);
  const iv = expand(hash, secret, 'iv', 12);
  const opened: { readonly body: Buffer }[] = [];
  for (const [index, record] of records.entries()) {
    const nonce = Buffer.from(iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8);
    const plain = decrypt(name, key, nonce, record);
    if (plain === undefined) break;
    let end = plain.length;
    while (end > 0 && plain[end - 1] === 0) end -= 1;
    if (plain[end - 1] === HANDSHAKE_RECORD) opened.push({ body: plain.subarray(0, end - 1) });
  }
  return opened;
}

function decrypt(
  name: CipherGCMTypes | 'chacha20-poly1305',
  key: Buffer,
  nonce: Buffer,
  record: TlsRecord,
): Buffer | undefined {
  if (record.body.length < 17) return undefined;
  const sealed = record.body.subarray(0, -16);
  const tag = record.body.subarray(-16);
  const decipher = createDecipheriv(name as CipherGCMTypes, key, nonce, { authTagLength: 16 });
  decipher.setAAD(record.header);
  decipher.setAuthTag(tag);
  const plain = decipher.update(sealed);
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // after the server's Finished the keys change: the flight is over
    return undefined;
  }
}

/** HKDF-Expand-Label of RFC 8446, 7.1, with an empty context. Node gives HKDF whole, so one round of expand is done by HMAC. */
function expand(hash: 'sha256' | 'sha384', secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([length >> 8, length & 255, name.length]), name, Buffer.from([0])]);
  return createHmac(hash, secret)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length);
}
