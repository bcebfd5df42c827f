import { randomBytes } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { codeOf } from '../wire/hand.ts';

/**
 * Where the connections of a device arrive that a laboratory's redirect leads here while something listens. A knock at
 * the place that the device dials shows that it does; whoever only looks whether the door is open is let go.
 */
export interface Door {
  /** the next connection, with what it said first; undefined where none came */
  readonly next: (withinMs: number) => Promise<Visitor | undefined>;
  readonly close: () => Promise<void>;
}
export interface Visitor {
  readonly socket: Socket;
  /** not yet taken from the socket */
  readonly first: Buffer;
}
export interface Place {
  readonly address: string;
  readonly port: number;
}
export type Opened = { readonly ok: true; readonly door: Door } | { readonly ok: false; readonly because: string };

export async function openDoor(here: Place, dialled: Place, withinMs: number): Promise<Opened> {
  // no TLS record begins with this octet (RFC 8446, 5.1), nor any text
  const token = Buffer.concat([Buffer.from([0]), randomBytes(15)]);
  const sockets = new Set<Socket>();
  const waiting: Visitor[] = [];
  let take: ((visitor: Visitor) => void) | undefined;
  const knocked = Promise.withResolvers<true>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return void socket.destroy();
      if (first.equals(token)) {
        knocked.resolve(true);
        return void socket.destroy();
      }
      socket.unshift(first);
      if (take === undefined) waiting.push({ socket, first });
      else take({ socket, first });
    });
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const fault = await listen(server, here);
  if (fault !== undefined) return { ok: false, because: `cannot listen at ${here.address}:${here.port} (${fault})` };
  const until = performance.now() + withinMs;
  let leadsHere = false;
  while (!leadsHere && performance.now() < until)
    leadsHere = await Promise.race([knocked.promise, knock(dialled, token).then(() => false)]);
  if (!leadsHere) {
    await close();
    const at = `${dialled.address}:${dialled.port}`;
    return { ok: false, because: `what is sent to ${at} does not arrive at ${here.address}:${here.port}` };
  }
  const next: Door['next'] = (ms) =>
    new Promise((resolve) => {
      for (let early = waiting.shift(); early !== undefined; early = waiting.shift())
        if (!early.socket.destroyed) return resolve(early);
      const timer = setTimeout(() => settle(undefined), ms);
      const settle = (visitor: Visitor | undefined): void => {
        clearTimeout(timer);
        take = undefined;
        resolve(visitor);
      };
      take = settle;
    });
  return { ok: true, door: { next, close } };
}

const listen = (server: Server, { address, port }: Place): Promise<string | undefined> =>
  new Promise((resolve) => {
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen(port, address, () => resolve(undefined));
  });

/** The first may find the redirect still leading elsewhere: it looks now and then who listens. */
const KNOCK_MS = 150;
const knock = ({ address, port }: Place, token: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port }, () => socket.write(token));
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(done, KNOCK_MS);
    socket.once('end', done);
    socket.once('error', () => undefined);
  });
