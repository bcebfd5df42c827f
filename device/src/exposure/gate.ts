import { isIP, Socket } from 'node:net';
import { DeviceFault } from '../driver/faults.ts';

/**
 * The one way out of the process that faces the network: once the gate is closed, a socket that asks for a TCP
 * connection outside `throughGate` is destroyed before anything is sent. Files and named pipes pass: they leave no
 * device. It is for mistakes (a library that calls home, a function that dials by itself), not a wall against code that
 * means harm, which the packet filter is (decision 0044).
 */
let passing = 0;

/** What `work` dials at once may leave. */
export const throughGate = <T>(work: () => T): T => {
  passing++;
  try {
    return work();
  } finally {
    passing--;
  }
};

/**
 * `refused` hears where somebody wanted to go, as `address:port`; `*` stands for a name, which may say too much for a log.
 * Gives back how the gate is opened again.
 */
// EN 303 645 5.6-1, G044 6.6.1, G045 DS-2-1: no connection leaves this process that no declared mechanism makes
export const closeGate = (refused: (peer: string) => void): (() => void) => {
  const before = Reflect.get(Socket.prototype, 'connect') as Connect;
  const guarded = function (this: Socket, ...given: readonly unknown[]): Socket {
    const peer = passing > 0 ? undefined : tcpPeerOf(given[0], given[1]);
    if (peer === undefined) return Reflect.apply(before, this, given);
    const { host, port } = peer;
    refused(`${isIP(host) === 0 ? '*' : host}:${port}`);
    return this.destroy(
      new DeviceFault(
        'not-declared',
        `No outbound connection to ${host}:${port} is declared`,
        'Declare it under communicationMechanisms, and dial it through the device’s channel.',
      ),
    );
  };
  Reflect.set(Socket.prototype, 'connect', guarded);
  return () => {
    if (Reflect.get(Socket.prototype, 'connect') === guarded) Reflect.set(Socket.prototype, 'connect', before);
  };
};

type Connect = (this: Socket, ...given: readonly unknown[]) => Socket;

/** What `Socket.connect` takes: options, or port and host, or a path; Node’s own callers hand them over in an array. */
const tcpPeerOf = (first: unknown, second: unknown): Peer | undefined => {
  if (Array.isArray(first)) return tcpPeerOf(first[0], undefined);
  if (typeof first === 'object' && first !== null) {
    const { path, port, host } = first as { readonly path?: unknown; readonly port?: unknown; readonly host?: unknown };
    return typeof path === 'string' ? undefined : peerOf(host, port);
  }
  return Number.isNaN(Number(first)) ? undefined : peerOf(second, first);
};
interface Peer {
  readonly host: string;
  readonly port: string;
}
const peerOf = (host: unknown, port: unknown): Peer => ({
  host: typeof host === 'string' ? host : 'localhost',
  port: String(port),
});
