import type { Declaration } from '@hearthward/product';
import { plainAddress, type KernelSocket, type Place } from './kernel.ts';

/** What the kernel shows, held against what the declaration has. No clock, no disk, no network. */

export type Basic = NonNullable<Declaration['basicProtocols']>[number]['protocol'];
export interface Opening extends Place {
  readonly service: string;
}

/** What there may be, now. */
export interface Expected {
  /** listeners that the device has opened, where they really listen */
  readonly open: readonly Opening[];
  /** every declared listener of this product at its place, whatever the state */
  readonly declared: readonly Opening[];
  /** declared listeners over UDP of this state, which the system or the product opens */
  readonly datagrams: readonly { readonly port: number }[];
  /** connections of this process that a declared mechanism made */
  readonly connections: readonly { readonly local: Place; readonly peer: Place }[];
  /** where declared mechanisms of this state lead; without an address, wherever the name leads */
  readonly services: readonly { readonly address?: string; readonly port: number }[];
  readonly basics: ReadonlySet<Basic>;
  /** the network namespace is the product's own: what others in it open counts as well */
  readonly wholeSystem: boolean;
}

export type DriftReason = 'not-declared' | 'not-open' | 'wrong-address' | 'wrong-state' | 'undeclared-connection';
export interface Drift {
  /** address and port, after the protocol where it is not TCP */
  readonly listener: string;
  readonly because: DriftReason;
  /** where it is one of this process, which may be able to close it */
  readonly own?: KernelSocket;
}

// EN 303 645 5.6-1, 5.6-5, TS 103 645 4.6-1, 4.6-3, G044 6.6.1, 6.6.5, G045 DS-2-1, PL-3-1: whatever is open is declared, here, now and at this address
export const driftsOf = (expected: Expected, sockets: readonly KernelSocket[]): readonly Drift[] => {
  const counted = sockets.filter((socket) => socket.own || (expected.wholeSystem && socket.family !== 'unix'));
  const unexplained = counted.flatMap((socket) => {
    const because = reasonOf(expected, socket);
    if (because === undefined) return [];
    const place = because === 'undeclared-connection' ? (socket.peer ?? socket) : socket;
    return [{ listener: nameOf(socket.family, place), because, ...(socket.own ? { own: socket } : {}) }];
  });
  const missing = expected.open
    .filter((opening) => !counted.some((socket) => socket.family === 'tcp' && !socket.peer && isAt(socket, opening)))
    .map((opening) => ({ listener: nameOf('tcp', opening), because: 'not-open' }) as const);
  return [...unexplained, ...missing].filter(
    (drift, index, all) => all.findIndex((each) => isSame(each, drift)) === index,
  );
};

export const isSame = (one: Drift, other: Drift): boolean =>
  one.listener === other.listener && one.because === other.because;

/** Undefined where the declaration explains it. */
const reasonOf = (expected: Expected, socket: KernelSocket): DriftReason | undefined => {
  switch (socket.family) {
    case 'tcp':
      return socket.peer ? ofConnection(expected, socket, socket.peer) : ofListener(expected, socket);
    case 'udp':
      return ofDatagrams(expected, socket);
    // frames and messages of the network itself: of the system's own programs, and never of ours
    case 'packet':
      return !socket.own && expected.basics.has('dhcp') ? undefined : 'not-declared';
    case 'raw':
    case 'icmp':
      return !socket.own && (expected.basics.has('icmp') || expected.basics.has('ndp')) ? undefined : 'not-declared';
    case 'udplite':
    case 'sctp':
    case 'unix':
      return 'not-declared';
  }
};

const ofListener = ({ open, declared }: Expected, socket: KernelSocket): DriftReason | undefined => {
  if (open.some((opening) => isAt(socket, opening))) return undefined;
  if (open.some(({ port }) => port === socket.port)) return 'wrong-address';
  return declared.some(({ port }) => port === socket.port) ? 'wrong-state' : 'not-declared';
};

/** Somebody called a declared listener; or a declared mechanism called its service. */
const ofConnection = (expected: Expected, socket: KernelSocket, peer: Place): DriftReason | undefined => {
  if (expected.open.some(({ port }) => port === socket.port)) return undefined;
  const explained = socket.own
    ? expected.connections.some(({ local, peer: to }) => local.port === socket.port && to.port === peer.port)
    : !mayLeave(peer) ||
      expected.services.some(({ address, port }) => port === peer.port && (address ?? peer.address) === peer.address);
  return explained ? undefined : 'undeclared-connection';
};

/** Ports of the client's end of DHCP (RFC 2131, 4.1; RFC 8415, 7.2), and of NTP, whose client may listen on it (RFC 5905, 7.2). */
const BASIC_PORTS = { dhcp: [68, 546], ntp: [123] } as const;
const ASKED = { dns: 53, ntp: 123 } as const;

const ofDatagrams = ({ datagrams, basics }: Expected, socket: KernelSocket): DriftReason | undefined => {
  const { peer } = socket;
  if (datagrams.some(({ port }) => port === socket.port)) return undefined;
  if (!peer) {
    const basic = (['dhcp', 'ntp'] as const).some(
      (each) => !socket.own && basics.has(each) && BASIC_PORTS[each].some((port) => port === socket.port),
    );
    return basic ? undefined : 'not-declared';
  }
  // a resolver connects to each address that it found, and sends nothing, to see by which it would go (RFC 6724)
  const asks = (['dns', 'ntp'] as const).some((each) => basics.has(each) && peer.port === ASKED[each]);
  return asks || peer.port === 0 || !mayLeave(peer) ? undefined : 'undeclared-connection';
};

const mayLeave = ({ address }: Place): boolean => !address.startsWith('127.') && address !== '::1';

const isAt = (socket: Place, opening: Place): boolean =>
  socket.port === opening.port && plainAddress(socket.address) === plainAddress(opening.address);

const nameOf = (family: KernelSocket['family'], { address, port }: Place): string =>
  `${family === 'tcp' ? '' : `${family} `}${address}:${port}`;
