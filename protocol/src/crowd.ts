import type { Server, Socket } from 'node:net';

/**
 * Who has connected and has not yet said anything that we know them by: half-open connections, handshakes that stop half
 * way, requests that come a byte at a time. There are at most so many. Where there are more, whoever has waited longest of
 * the address that has sent the most goes, so that a flood of them takes neither memory nor the place of those who speak,
 * nor that of those who come from elsewhere and are about to.
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
  const waiting = linesOf();
  const open = new Map<string, Socket>();
  // EN 303 645 5.9-1, G044 6.9.1: a flood of connections that say nothing does not keep others from being served
  const makeRoom = (): void => {
    if (waiting.size() > most) waiting.takeFromLongest()?.destroy();
  };
  server.on('connection', (socket: Socket) => {
    const ends: Ends = { remoteAddress: socket.remoteAddress, remotePort: socket.remotePort };
    const name = nameOf(ends);
    open.set(name, socket);
    waiting.add(ends, socket);
    socket.once('close', () => {
      // the name may belong to another connection by now
      if (open.get(name) === socket) open.delete(name);
      waiting.remove(ends, socket);
    });
    makeRoom();
  });
  return {
    leave: (socket) => waiting.remove(socket),
    rejoin(socket) {
      const known = open.get(nameOf(socket));
      if (known) waiting.add(socket, known);
      makeRoom();
    },
    size: waiting.size,
  };
}

const nameOf = ({ remoteAddress, remotePort }: Ends): string => `${remoteAddress ?? ''} ${remotePort ?? ''}`;

/** A line of those who wait, for each address that they come from. */
const linesOf = () => {
  const lines = new Map<string, Map<number, Socket>>();
  let size = 0;
  /** `only`: nobody else who comes from there by now */
  const remove = ({ remoteAddress = '', remotePort = 0 }: Ends, only?: Socket): void => {
    const line = lines.get(remoteAddress);
    const there = line?.get(remotePort);
    if (!line || !there || (only && there !== only)) return;
    line.delete(remotePort);
    size--;
    if (line.size === 0) lines.delete(remoteAddress);
  };
  return {
    size: () => size,
    remove,
    /** at the end of its line */
    add(ends: Ends, socket: Socket): void {
      remove(ends);
      const { remoteAddress = '', remotePort = 0 } = ends;
      const line = lines.get(remoteAddress) ?? new Map<number, Socket>();
      lines.set(remoteAddress, line.set(remotePort, socket));
      size++;
    },
    takeFromLongest(): Socket | undefined {
      const [longest] = [...lines].toSorted(([, one], [, other]) => other.size - one.size);
      const [first] = longest?.[1] ?? [];
      if (longest && first) remove({ remoteAddress: longest[0], remotePort: first[0] });
      return first?.[1];
    },
  };
};
