import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A pair of hands in a network namespace (`namespaces.ts` starts it there): it listens, and tries what it can reach. It
 * does what its parent asks over the line that Node gives it, and ends with it.
 */
export interface Place {
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}
export type Asked =
  | { readonly listen: Place }
  /** true where what was sent came back */
  | { readonly reach: Place; readonly from?: string }
  /** true where somebody takes the connection, whatever they speak */
  | { readonly dial: Place }
  /** opens a connection and keeps it; true where it stands */
  | { readonly keep: Place }
  /** true where what is sent over the connection that was kept to this place comes back */
  | { readonly again: Place };
export interface Question {
  readonly number: number;
  readonly asked: Asked;
}

/** On one machine an answer takes under a millisecond; what has not come by then was dropped. */
const WITHIN_MILLIS = 700;
const kept = new Map<string, Socket>();
const keyOf = ({ address, port }: Place): string => `${address} ${port}`;

const listen = ({ transport, address, port }: Place): Promise<boolean> =>
  new Promise((resolve, reject) => {
    if (transport === 'udp') {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.on('message', (message, from) => socket.send(message, from.port, from.address));
      socket.once('error', reject).bind(port, address, () => resolve(true));
      return;
    }
    const server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
    server.once('error', reject).listen(port, address, () => resolve(true));
  });

const reach = ({ transport, address, port }: Place, from: string | undefined): Promise<boolean> => {
  if (transport === 'tcp')
    return open({ transport, address, port }, from).then((socket) => (socket ? over(socket, true) : false));
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const end = (reached: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(reached);
    };
    const timer = setTimeout(end, WITHIN_MILLIS, false);
    socket.once('message', () => end(true)).on('error', () => undefined);
    const send = (): void => socket.send('ping', port, address);
    if (from === undefined) send();
    else socket.bind(0, from, send);
  });
};

const open = ({ address, port }: Place, from?: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, ...(from === undefined ? {} : { localAddress: from }) });
    const failed = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(failed, WITHIN_MILLIS);
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed).on('error', () => undefined);
      resolve(socket);
    });
  });

const over = (socket: Socket, last: boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const end = (back: boolean): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      if (last) socket.destroy();
      resolve(back);
    };
    const timer = setTimeout(end, WITHIN_MILLIS, false);
    socket.once('data', () => end(true));
    socket.write('ping');
  });

const answer = async (asked: Asked): Promise<boolean> => {
  if ('listen' in asked) return listen(asked.listen);
  if ('reach' in asked) return reach(asked.reach, asked.from);
  if ('again' in asked) {
    const socket = kept.get(keyOf(asked.again));
    return socket ? over(socket, false) : false;
  }
  if ('dial' in asked) {
    const dialled = await open(asked.dial);
    dialled?.destroy();
    return dialled !== undefined;
  }
  const socket = await open(asked.keep);
  if (!socket) return false;
  kept.set(keyOf(asked.keep), socket);
  return over(socket, false);
};

process.on('message', ({ number, asked }: Question) => {
  answer(asked).then(
    (ok) => process.send?.({ number, ok }),
    (thrown: unknown) => process.send?.({ number, because: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ number: 0, ok: true });
