import { connect, type TLSSocket } from 'node:tls';
import type { Measured } from '../measured.ts';
import type { Identity } from './hold.ts';
import { startHolder, type Holder } from './holder.ts';

/**
 * Memory of one front-end process per idle connection of a device, mutual TLS and MQTT; the yardstick is the broker alone
 * behind the same TLS, in a process of its own. The promise is at most 1.2 times as much with 2,000 connections.
 */
export const connections = async (): Promise<readonly Measured[]> => {
  const yardstickValue = await perConnection('bare');
  const value = await perConnection('ours');
  return [{ what: `${COUNT} connections`, value, unit: 'KiB each', yardstick: 'bare broker', yardstickValue }];
};

const COUNT = 2000;
const AT_ONCE = 50;
/** Memory that is paid once, for code and caches, is paid with these. */
const WARM = 200;

const perConnection = async (kind: 'ours' | 'bare'): Promise<number> => {
  const holder = await startHolder(kind, COUNT + WARM);
  try {
    const warm = await open(holder, holder.identities.slice(0, WARM));
    const before = await holder.memory();
    const held = await open(holder, holder.identities.slice(WARM));
    const after = await holder.memory();
    for (const socket of [...warm, ...held]) socket.destroy();
    return (after.rss - before.rss) / COUNT / 1024;
  } finally {
    await holder.stop();
  }
};

const open = async (to: Holder, identities: readonly Identity[]): Promise<readonly TLSSocket[]> => {
  const sockets: TLSSocket[] = [];
  for (let at = 0; at < identities.length; at += AT_ONCE)
    sockets.push(
      ...(await Promise.all(identities.slice(at, at + AT_ONCE).map((each, n) => openOne(to, each, at + n)))),
    );
  return sockets;
};

/** Resolves once the broker has accepted: CONNACK with return code 0 (MQTT 3.1.1, 3.2). */
const openOne = ({ port, anchors }: Holder, { key, cert }: Identity, at: number): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const id = Buffer.from(`held${at}`.padEnd(12, '-'));
    const head = Buffer.from([0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0x01, 0x2c, 0, id.length]);
    const socket = connect({ host: '127.0.0.1', port, ca: anchors, key, cert, minVersion: 'TLSv1.3' }, () =>
      socket.write(Buffer.concat([head, id])),
    );
    let answer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < 4) return;
      if (answer[3] === 0) resolve(socket);
      else reject(new Error('not accepted'));
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
