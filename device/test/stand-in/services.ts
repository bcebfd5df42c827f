import { createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import { certsOnly, makeAuthority, newKeyPair, type Authority } from './authority.ts';

/** What a device needs of its manufacturer's services, and no more: EST and MQTT over mutual TLS, on loopback. */
export interface Services {
  readonly authority: Authority;
  readonly urls: { readonly enrolment: string; readonly messages: string; readonly site: string };
  /** common name and path of each enrolment */
  readonly enrolments: { readonly by: string; readonly path: string }[];
  readonly messages: { readonly by: string; readonly topic: string; readonly body: unknown }[];
  /** resolves with the first message of a topic's last part, or rejects when the services stop */
  readonly message: (end: string) => Promise<{ readonly by: string; readonly topic: string; readonly body: unknown }>;
  /** bytes that devices have written inside TLS */
  readonly heard: { enrolment: number; messages: number };
  /** whether each connection to the messages began with a full handshake or a resumed one */
  readonly handshakes: ('full' | 'resumed')[];
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
}

export const startServices = async (
  options: {
    readonly issueTo?: string;
    readonly serverAuthority?: Authority;
    readonly authority?: Authority;
    /** what cacerts shows, PEM; its own root where absent */
    readonly cacerts?: readonly string[];
    /** what a check of the set-up is answered with, by path; undefined: nothing, for ever */
    readonly checks?: (
      path: string,
      body: string,
      socket: TLSSocket,
    ) => { readonly status: number; readonly body: string } | undefined;
    /** public files of the site, by path */
    readonly site?: (path: string) => Uint8Array | undefined;
    /** what stands in the place of each service shows instead */
    readonly shows?: Partial<
      Record<'enrolment' | 'messages', { readonly key: string | Buffer; readonly cert: string }>
    >;
  } = {},
): Promise<Services> => {
  const authority = options.authority ?? makeAuthority('Test Root');
  const server = newKeyPair();
  const secured = {
    key: server.pem,
    cert: (options.serverAuthority ?? authority).issue({
      name: 'services.test',
      publicKey: server.publicKey,
      server: true,
    }),
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  } as const;
  const enrolments: Services['enrolments'] = [];
  const messages: Services['messages'] = [];
  const sockets = new Set<Socket>();
  const heard = { enrolment: 0, messages: 0 };
  const handshakes: Services['handshakes'] = [];
  let changed = Promise.withResolvers<void>();

  const est = createHttps({ ...secured, ...options.shows?.enrolment }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const by = nameOf(request.socket as TLSSocket);
      if (request.url?.startsWith('/.well-known/hearthward/')) {
        const answer = options.checks?.(request.url, Buffer.concat(chunks).toString(), request.socket as TLSSocket);
        return answer && void response.writeHead(answer.status).end(answer.body);
      }
      // no wishes (RFC 7030, 4.5.2)
      if (request.url?.endsWith('/csrattrs')) return void response.writeHead(404).end();
      if (request.url?.endsWith('/cacerts'))
        return response.end(certsOnly(options.cacerts ?? [authority.certificate]).toString('base64'));
      enrolments.push({ by, path: request.url ?? '' });
      const publicKey = publicKeyOf(Buffer.from(Buffer.concat(chunks).toString('latin1'), 'base64'));
      const own = authority.issue({ name: options.issueTo ?? by, publicKey });
      response.setHeader('content-type', 'application/pkcs7-mime; smime-type=certs-only');
      return response.end(certsOnly([own, authority.certificate]).toString('base64'));
    });
  });
  const mqtt = createTls({ ...secured, ...options.shows?.messages }, (socket) => {
    handshakes.push(socket.isSessionReused() ? 'resumed' : 'full');
    const by = nameOf(socket);
    answerMqtt(socket, (topic, payload) => {
      messages.push({ by, topic, body: JSON.parse(payload) });
      changed.resolve();
      changed = Promise.withResolvers();
    });
  });
  const site = createHttps({ ...secured, requestCert: false }, (request, response) => {
    const whole = options.site?.(request.url ?? '');
    if (!whole) return void response.writeHead(404).end();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (first === undefined || last === undefined) return void response.end(whole);
    const part = whole.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${whole.length}`;
    return void response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
  });
  est.on('secureConnection', (socket) => socket.on('data', (chunk: Buffer) => (heard.enrolment += chunk.length)));
  mqtt.on('secureConnection', (socket) => socket.on('data', (chunk: Buffer) => (heard.messages += chunk.length)));
  for (const each of [est, mqtt, site]) {
    each.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    each.listen(0, '127.0.0.1');
    await once(each, 'listening');
  }
  const portOf = (each: { address: () => unknown }) => (each.address() as AddressInfo).port;
  const dropConnections = () => sockets.forEach((socket) => socket.destroy());
  return {
    authority,
    urls: {
      enrolment: `https://127.0.0.1:${portOf(est)}`,
      messages: `mqtts://127.0.0.1:${portOf(mqtt)}`,
      site: `https://127.0.0.1:${portOf(site)}`,
    },
    enrolments,
    messages,
    heard,
    handshakes,
    message: async (end) => {
      for (;;) {
        const found = messages.find(({ topic }) => topic.endsWith(end));
        if (found) return found;
        await changed.promise;
      }
    },
    dropConnections,
    close: async () => {
      dropConnections();
      await Promise.all([est, mqtt, site].map((each) => new Promise((resolve) => each.close(resolve))));
    },
  };
};

const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

/** SubjectPublicKeyInfo of a certification request: third part of its first part. */
const publicKeyOf = (csr: Buffer): KeyObject => {
  const info = parts(parts(csr)[0]?.body ?? Buffer.alloc(0))[0];
  const key = parts(info?.body ?? Buffer.alloc(0))[2];
  return createPublicKey({ key: key?.whole ?? Buffer.alloc(0), format: 'der', type: 'spki' });
};

const parts = (der: Buffer): { readonly whole: Buffer; readonly body: Buffer }[] => {
  const found = [];
  for (let at = 0; at < der.length;) {
    const first = der[at + 1] ?? 0;
    const long = first < 0x80 ? 0 : first - 0x80;
    const length = long === 0 ? first : der.readUIntBE(at + 2, long);
    const end = at + 2 + long + length;
    found.push({ whole: der.subarray(at, end), body: der.subarray(at + 2 + long, end) });
    at = end;
  }
  return found;
};

/** MQTT 3.1.1 as far as a device speaks it: CONNECT, PUBLISH at QoS 1, PINGREQ. */
const answerMqtt = (socket: TLSSocket, published: (topic: string, payload: string) => void): void => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const packet = nextPacket(pending);
      if (!packet) return;
      pending = pending.subarray(packet.end);
      const { type, body } = packet;
      if (type === 1) socket.write(Buffer.of(0x20, 2, 0, 0));
      if (type === 12) socket.write(Buffer.of(0xd0, 0));
      if (type === 3) {
        const length = body.readUInt16BE(0);
        published(body.subarray(2, 2 + length).toString(), body.subarray(4 + length).toString());
        socket.write(Buffer.concat([Buffer.of(0x40, 2), body.subarray(2 + length, 4 + length)]));
      }
    }
  });
};

const nextPacket = (
  bytes: Buffer,
): { readonly type: number; readonly body: Buffer; readonly end: number } | undefined => {
  let length = 0;
  for (let index = 1; index < 5; index++) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (index - 1);
    if ((byte & 0x80) !== 0) continue;
    const start = index + 1;
    if (bytes.length < start + length) return undefined;
    return { type: (bytes[0] ?? 0) >> 4, body: bytes.subarray(start, start + length), end: start + length };
  }
  return undefined;
};
