import type { Server, Socket } from 'node:net';

/**
 * Who has connected and has not yet said anything that we know them by: half-open connections, handshakes that stop half
 * way, requests that come a byte at a time. There are at most so many, and whoever has waited longest goes first, so
 * that a flood of them takes neither memory nor the place of those who speak.
 */
export interface Crowd {
  /** who is at the other end is known, or has asked a whole question: it is nobody of the crowd any more */
  readonly leave: (socket: Ends) => void;
  /** an answer was given; the next question may be slow again */
  readonly rejoin: (socket: Ends) => void;
  readonly size: () => number;
}
/** What names a connection on either side of TLS. */
export interface Ends {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** `most`: how many of them there may be; some 20 kB each while a handshake is under way. */
export function keepCrowd(server: Server, most: number): Crowd {
  const waiting = new Map<string, Socket>();
  const open = new Map<string, Socket>();
  // EN 303 645 5.9-1, G044 6.9.1: a flood of connections that say nothing does not keep others from being served
  const dropOldest = (): void => {
    const [oldest] = waiting;
    if (!oldest || waiting.size <= most) return;
    waiting.delete(oldest[0]);
    oldest[1].destroy();
  };
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.set(name, socket);
    waiting.set(name, socket);
    socket.once('close', () => {
      // the name may belong to another connection by now
      if (open.get(name) === socket) open.delete(name);
      if (waiting.get(name) === socket) waiting.delete(name);
    });
    dropOldest();
  });
  return {
    leave: (socket) => void waiting.delete(nameOf(socket)),
    rejoin(socket) {
      const name = nameOf(socket);
      const known = open.get(name);
      if (known) waiting.set(name, known);
      dropOldest();
    },
    size: () => waiting.size,
  };
}

const nameOf = ({ remoteAddress, remotePort }: Ends): string => `${remoteAddress ?? ''} ${remotePort ?? ''}`;
