import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine, UNIT_ADDRESS, type Line } from '../src/line.ts';

/**
 * A line besieged: each of its listeners in turn gets so many connections that never say anything whole, and somebody
 * honest comes three times while they stand there. A program of its own, because it needs more descriptors than a test
 * runner has. Prints one JSON line.
 *
 *   node siege.ts COUNT
 */
export interface Besieged {
  readonly listener: string;
  readonly opened: number;
  /** milliseconds that each honest visitor waited for the answer; -1 where there was none */
  readonly waited: readonly number[];
  /** of the besiegers, still connected at the end */
  readonly left: number;
  /** MiB that the whole process grew by, besiegers included */
  readonly grewBy: number;
}

interface Place {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** what a slow client with a good certificate begins with, and never ends */
  readonly begins: Buffer;
  readonly client: { readonly key: string; readonly cert: string } | undefined;
  readonly ask: () => Promise<boolean>;
}

const SLOW = 60;
const PATIENCE = 10_000;
/** record header of a ClientHello of 512 bytes, and its first bytes: the rest never comes (RFC 8446, 5.1) */
const TRUNCATED_HELLO = Buffer.from('160301020001000001fc0303', 'hex');
const AT_ONCE = 250;

const besiege = async (place: Place, count: number): Promise<Besieged> => {
  const before = process.memoryUsage().rss;
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - opened) }, (_, at) => halfOpen(place, opened + at));
    sockets.push(...(await Promise.all(batch)));
  }
  const slow = await Promise.all(Array.from({ length: SLOW }, () => slowClient(place)));
  const waited: number[] = [];
  for (let visitor = 0; visitor < 3; visitor++) {
    const came = performance.now();
    waited.push((await place.ask()) ? performance.now() - came : -1);
  }
  const result = {
    listener: place.name,
    opened: count + SLOW,
    waited,
    left: [...sockets, ...slow].filter((socket) => !socket.destroyed).length,
    grewBy: (process.memoryUsage().rss - before) / 1024 / 1024,
  };
  for (const socket of [...sockets, ...slow]) socket.destroy();
  return result;
};

const halfOpen = ({ host, port }: Place, at: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => {
      socket.removeListener('error', reject);
      socket.on('error', () => undefined);
      if (at % 2 === 1) socket.write(TRUNCATED_HELLO.subarray(0, 1 + (at % TRUNCATED_HELLO.length)));
      resolve(socket);
    });
    socket.resume();
    socket.once('error', reject);
  });

const slowClient = ({ host, port, begins, client }: Place): Promise<Socket> =>
  new Promise((resolve) => {
    const socket: TLSSocket = connectTls({ host, port, rejectUnauthorized: false, ...client }, () => {
      socket.write(begins);
      resolve(socket);
    });
    socket.resume();
    socket.on('error', () => resolve(socket));
    socket.once('close', () => resolve(socket));
  });

const get = (host: string, port: number, path: string, more: object = {}): Promise<boolean> =>
  new Promise((resolve) => {
    const options = { host, port, path, agent: false as const, rejectUnauthorized: false, timeout: PATIENCE, ...more };
    const asked = request(options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve((answer.statusCode ?? 500) < 400));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', () => resolve(false));
    asked.end();
  });

/** CONNECT of MQTT 3.1.1 with client identifier `siege`; the answer's fourth byte is 0 where it is accepted. */
const CONNECT = Buffer.from('101100044d5154540402003c00057369656765', 'hex');
const connectMqtt = (host: string, port: number, client: object): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTls({ host, port, rejectUnauthorized: false, ...client }, () => socket.write(CONNECT));
    const done = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(PATIENCE, () => done(false));
    let answer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4) done(answer[0] === 0x20 && answer[3] === 0);
    });
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });

const placesOf = (line: Line, panelPort: number): readonly Place[] => {
  const { https, enrolment, mqtts } = line.services.addresses;
  const bench = {
    key: readFileSync(join(line.dir, 'bench.key'), 'utf8'),
    cert: readFileSync(join(line.dir, 'bench.crt'), 'utf8'),
  };
  const http = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const at = ({ address: host, port }: { readonly address: string; readonly port: number }) => ({ host, port });
  return [
    {
      name: 'panel',
      host: UNIT_ADDRESS,
      port: panelPort,
      begins: http,
      client: undefined,
      ask: () => get(UNIT_ADDRESS, panelPort, '/login'),
    },
    {
      name: 'site',
      ...at(https),
      begins: http,
      client: undefined,
      ask: () => get(https.address, https.port, '/.well-known/security.txt'),
    },
    {
      name: 'enrolment',
      ...at(enrolment),
      begins: http,
      client: bench,
      ask: () => get(enrolment.address, enrolment.port, '/.well-known/est/cacerts', bench),
    },
    {
      name: 'messages',
      ...at(mqtts),
      begins: CONNECT.subarray(0, 7),
      client: bench,
      ask: () => connectMqtt(mqtts.address, mqtts.port, bench),
    },
  ];
};

if (import.meta.main) {
  const dir = mkdtempSync(join(tmpdir(), 'siege-'));
  const line = await startLine({ dir, declaration, product: hub });
  const unit = await line.startUnit('besieged');
  try {
    const results: Besieged[] = [];
    for (const place of placesOf(line, unit.port)) results.push(await besiege(place, Number(process.argv[2] ?? 300)));
    process.stdout.write(`${JSON.stringify(results)}\n`);
  } finally {
    await unit.stop();
    await line.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
