import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { closeGate } from './gate.ts';
import { plainAddress, type KernelSocket, type Place } from './kernel.ts';

/** What a process that is the device's alone can close again of what it has opened, whoever of it did. */
export interface Oversight {
  /** the network namespace is the product's own: what other processes open in it is looked at as well */
  readonly wholeSystem: boolean;
  /** closes the listener, datagram socket or accepted connection of this process that the kernel shows; whether it could */
  readonly shut: (socket: KernelSocket) => boolean;
  /** connections that the gate did not let out, those of before too; one hearer */
  readonly onRefused: (hear: (peer: string) => void) => void;
  readonly end: () => void;
}

/** From Node's own channels, so that nothing has to be told what it opens. To be called before anything is opened. */
export const overseeProcess = (wholeSystem: boolean): Oversight => {
  const servers = new Set<Server>();
  const datagrams = new Set<DatagramSocket>();
  const accepted = new Set<Socket>();
  const early: string[] = [];
  let hear = (peer: string): void => void early.push(peer);

  const keep = <Each extends Closing>(all: Set<Each>, each: Each): void => {
    all.add(each);
    each.once('close', () => all.delete(each));
  };
  const heard: readonly (readonly [string, (message: unknown) => void])[] = [
    ['tracing:net.server.listen:asyncEnd', (message) => keep(servers, (message as { server: Server }).server)],
    ['net.server.socket', (message) => keep(accepted, (message as { socket: Socket }).socket)],
    ['udp.socket', (message) => keep(datagrams, (message as { socket: DatagramSocket }).socket)],
  ];
  for (const [channel, listener] of heard) subscribe(channel, listener);
  const openGate = closeGate((peer) => hear(peer));

  const shutListener = ({ address, port }: KernelSocket): boolean => {
    const found = [...servers].filter((server) => isAt(server.address(), { address, port }));
    for (const server of found) {
      server.close();
      (server as { closeAllConnections?: () => void }).closeAllConnections?.();
    }
    return found.length > 0;
  };
  const shutDatagrams = ({ port }: KernelSocket): boolean => {
    const found = [...datagrams].filter((socket) => boundTo(socket) === port);
    for (const socket of found) socket.close();
    return found.length > 0;
  };
  const shutConnection = ({ port }: KernelSocket, peer: Place): boolean => {
    const found = [...accepted].filter((socket) => socket.localPort === port && socket.remotePort === peer.port);
    for (const socket of found) socket.destroy();
    return found.length > 0;
  };

  return {
    wholeSystem,
    shut: (socket) => {
      if (socket.family === 'udp') return shutDatagrams(socket);
      if (socket.family !== 'tcp') return false;
      return socket.peer ? shutConnection(socket, socket.peer) : shutListener(socket);
    },
    onRefused: (hearer) => {
      hear = hearer;
      for (const peer of early.splice(0)) hear(peer);
    },
    end: () => {
      openGate();
      for (const [channel, listener] of heard) unsubscribe(channel, listener);
    },
  };
};

interface Closing {
  readonly once: (event: 'close', listener: () => void) => unknown;
}

const isAt = (bound: ReturnType<Server['address']>, { address, port }: Place): boolean =>
  typeof bound === 'object' &&
  bound !== null &&
  bound.port === port &&
  plainAddress(bound.address) === plainAddress(address);

/** Undefined while it is bound to no port. */
const boundTo = (socket: DatagramSocket): number | undefined => {
  try {
    return socket.address().port;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EBADF') return undefined;
    throw cause;
  }
};
