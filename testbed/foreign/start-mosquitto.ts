import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { answering, freePort, spawnLogged, type Started } from './running.ts';

const PROGRAMS = [
  '/usr/sbin/mosquitto',
  '/usr/bin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
];

/**
 * Mosquitto with its own defaults. The configuration that Debian ships names no listener, and without one the broker is
 * in local-only mode and asks for no account: the same as with a port alone.
 */
export async function startMosquitto(dir: string): Promise<Started> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined) return { ok: false, because: 'the program mosquitto is not installed' };
  const port = await freePort();
  const child = spawnLogged(program, ['-p', String(port)], dir);
  await answering(child, () => exchange(port, []), dir);
  // Something of a home that the broker keeps: what a stranger must not be able to read.
  await exchange(port, [retained('home/hall/presence', 'nobody')]);
  const state = async () => (await exchange(port, [subscription('#')], 500)).toString('latin1');
  return {
    ok: true,
    running: { process: child, port, url: `mqtt://127.0.0.1:${port}`, state, tidy: () => Promise.resolve([]) },
  };
}

/** MQTT 3.1.1, chapter 3: connects without a name, sends packets, gives the bytes that came back after CONNACK. */
async function exchange(port: number, packets: readonly Buffer[], listenMs = 100): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.setTimeout(2_000, () => socket.destroy(new Error('the broker does not answer')));
  await once(socket, 'connect');
  socket.write(Buffer.from([0x10, 12, ...text('MQTT'), 4, 2, 0, 60, 0, 0]));
  await once(socket, 'data');
  for (const packet of packets) socket.write(packet);
  await pause(listenMs);
  socket.end(Buffer.from([0xe0, 0]));
  await once(socket, 'close');
  const all = Buffer.concat(parts);
  if (all[0] !== 0x20 || all[3] !== 0) throw new Error(`CONNACK refuses with ${all[3]}`);
  return all.subarray(4);
}

const text = (value: string): number[] => [0, Buffer.byteLength(value), ...Buffer.from(value)];
const packet = (type: number, body: readonly number[]): Buffer => Buffer.from([type, body.length, ...body]);
const retained = (topic: string, payload: string): Buffer => packet(0x31, [...text(topic), ...Buffer.from(payload)]);
const subscription = (filter: string): Buffer => packet(0x82, [0, 1, ...text(filter), 0]);
