import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ifThere } from '../driver/absent.ts';

/**
 * What the kernel says is open: every table of sockets that this network namespace has (Linux, proc(5)). Refuses to guess:
 * a table that is not there has no rows, and a row that is not of its table's form is left out.
 */
export interface Place {
  readonly address: string;
  readonly port: number;
}
export interface KernelSocket extends Place {
  readonly family: 'tcp' | 'udp' | 'udplite' | 'sctp' | 'raw' | 'icmp' | 'packet' | 'unix';
  /** where it is connected to; undefined where it takes what comes */
  readonly peer?: Place;
  /** of this process */
  readonly own: boolean;
}

/** As the kernel's tables have it: neither zones nor the IPv6 form of IPv4 addresses, so that one place is written in one way. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');

/** Undefined where there are no tables to read. */
export const kernelSockets = (): readonly KernelSocket[] | undefined => {
  if (process.platform !== 'linux') return undefined;
  const own = ownSockets();
  return TABLES.flatMap(({ name, rows }) =>
    // without an inode nobody holds it any more: what is left of it is the kernel's
    rows(tableAt(`/proc/self/net/${name}`)).flatMap(({ inode, ...socket }) =>
      inode === '0' ? [] : [{ ...socket, own: own.has(inode) }],
    ),
  );
};

type Row = Omit<KernelSocket, 'own'> & { readonly inode: string };

/** States of the kernel's tables (include/net/tcp_states.h): a UDP socket that is connected says so as well. */
const STATE = { established: '01', synSent: '02', closeWait: '08', listen: '0A', unconnected: '07' } as const;
const CONNECTED: ReadonlySet<string> = new Set([STATE.established, STATE.synSent, STATE.closeWait]);

/** Rows of tcp, udp, udplite, raw and icmp, of either version of IP, that listen or are connected. */
export const inetRows =
  (family: KernelSocket['family']) =>
  (table: string): readonly Row[] =>
    columnsOf(table).flatMap(([, local = '', remote = '', state = '', , , , , , inode = '']) => {
      const [place, peer] = [placeOf(local), placeOf(remote)];
      if (!place || !peer || !/^\d+$/.test(inode)) return [];
      if (CONNECTED.has(state)) return [{ family, ...place, peer, inode }];
      return state === (family === 'tcp' ? STATE.listen : STATE.unconnected) ? [{ family, ...place, inode }] : [];
    });

/** Rows of packet: sockets that see frames below every protocol. */
export const packetRows = (table: string): readonly Row[] =>
  columnsOf(table).flatMap(({ 8: inode = '' }) =>
    /^\d+$/.test(inode) ? [{ family: 'packet', address: '*', port: 0, inode }] : [],
  );

/** Rows of unix that listen: the flag of a socket that accepts (SO_ACCEPTCON, include/linux/net.h). */
export const unixRows = (table: string): readonly Row[] =>
  columnsOf(table).flatMap(({ 3: flags = '', 6: inode = '' }) =>
    flags === '00010000' && /^\d+$/.test(inode) ? [{ family: 'unix', address: '*', port: 0, inode }] : [],
  );

/** Rows of sctp/eps: port in decimal, then the addresses as people write them. */
export const sctpRows = (table: string): readonly Row[] =>
  columnsOf(table).flatMap(({ 5: port = '', 7: inode = '', 8: address = '*' }) =>
    /^\d+$/.test(port) && /^\d+$/.test(inode) ? [{ family: 'sctp', address, port: Number(port), inode }] : [],
  );

const TABLES: readonly { readonly name: string; readonly rows: (table: string) => readonly Row[] }[] = [
  ...(['tcp', 'udp', 'udplite', 'raw', 'icmp'] as const).flatMap((family) => [
    { name: family, rows: inetRows(family) },
    { name: `${family}6`, rows: inetRows(family) },
  ]),
  { name: 'packet', rows: packetRows },
  { name: 'sctp/eps', rows: sctpRows },
  { name: 'unix', rows: unixRows },
];

const columnsOf = (table: string): readonly (readonly string[])[] =>
  table
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));

/** The kernel writes addresses as 32-bit words in host order, hexadecimal. */
const placeOf = (column: string): Place | undefined => {
  const [, hex, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(column) ?? [];
  if (hex === undefined || port === undefined) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  return { address: addressOf(bytes), port: Number.parseInt(port, 16) };
};

const addressOf = (bytes: readonly number[]): string => {
  if (bytes.length === 4) return bytes.join('.');
  // an IPv4 peer of a socket for both (RFC 4291, 2.5.5.2)
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff)
    return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return shortened(groups);
};

/** The longest run of zeros as two colons (RFC 5952, 4.2). */
const shortened = (groups: readonly string[]): string => {
  const runs = groups.map((_, from) => {
    const end = groups.findIndex((group, index) => index >= from && group !== '0');
    return { from, length: (end === -1 ? groups.length : end) - from };
  });
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), { from: 0, length: 0 });
  if (longest.length < 2) return groups.join(':');
  return `${groups.slice(0, longest.from).join(':')}::${groups.slice(longest.from + longest.length).join(':')}`;
};

const ownSockets = (): ReadonlySet<string> =>
  new Set(
    readdirSync('/proc/self/fd').flatMap((descriptor) => {
      // it may close between listing and reading
      const target = ifThere(() => readlinkSync(`/proc/self/fd/${descriptor}`));
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      return inode === undefined ? [] : [inode];
    }),
  );

/** A kernel without a protocol has no table of it. */
const tableAt = (path: string): string => ifThere(() => readFileSync(path, 'utf8'));
