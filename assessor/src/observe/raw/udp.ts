import { createSocket } from 'node:dgram';
import type { UdpState } from '../../model.ts';
import { codeOf } from '../wire/hand.ts';

/**
 * Asks a few UDP ports a question that their usual service answers. A connected socket learns of an ICMP “port
 * unreachable” as ECONNREFUSED, which alone shows that a port is closed; silence may be a filter or a service that
 * does not care to answer, and is reported as such.
 */
/** Long enough for an answer on a home network. */
const PATIENCE_MS = 700;
/** The first datagram may bring the ICMP message, the second meets it. */
const TRIES = 2;

export function askUdp(address: string, port: number, payload: Uint8Array): Promise<UdpState> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    let tries = 0;
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const finish = (state: UdpState): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.close();
      resolve(state);
    };
    const ask = (): void => {
      if (settled) return;
      tries += 1;
      socket.send(payload, (error) => {
        if (error !== null) finish(codeOf(error) === 'ECONNREFUSED' ? 'closed' : 'silent');
      });
      timer = setTimeout(() => (tries < TRIES ? ask() : finish('silent')), PATIENCE_MS / TRIES);
    };
    socket.on('error', (error) => finish(codeOf(error) === 'ECONNREFUSED' ? 'closed' : 'silent'));
    // no boundary: whether anything answers counts, not what
    socket.on('message', () => finish('answered'));
    socket.on('connect', ask);
    socket.connect(port, address);
  });
}

/** Whatever comes back until nobody answers any more. */
export function hearUdp(address: string, port: number, payload: Uint8Array): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    let heard = Buffer.alloc(0);
    const finish = (): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      resolve(heard.length === 0 ? undefined : printableIn(heard));
    };
    const timer = setTimeout(finish, PATIENCE_MS);
    // boundary announced: the product that is tried -> printableIn, at most MOST_HEARD, else the rest is not heard;
    // assessor/test/cases/exposure/announced.test.ts
    socket.on('message', (message) => {
      heard = Buffer.concat([heard, message]);
      if (heard.length >= MOST_HEARD) finish();
    });
    // nobody is there
    socket.once('error', finish);
    socket.connect(port, address, () => socket.send(payload, () => undefined));
  });
}
const MOST_HEARD = 16 * 1024;

/** Names of DNS are labels with their lengths before them: a length reads as a break, as everything else that is no text. */
const printableIn = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .subarray(0, MOST_HEARD)
    .toString('latin1')
    .replace(/[^ -~]+/g, '\n')
    .trim();

/** A question of mDNS for whatever has this name, with the answer to whoever asks (RFC 6762, 5.4, 6.7). */
export const multicastQuestion = (name: string): Uint8Array =>
  Buffer.concat([
    hex('0000 0000 0001 0000 0000 0000'),
    ...name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')])),
    hex('00 00ff 8001'),
  ]);

export interface UdpQuestion {
  readonly port: number;
  readonly service: string;
  readonly payload: Uint8Array;
}
const hex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');
/** A DNS question for `.`, type NS (RFC 1035, 4.1); mDNS takes the same form (RFC 6762, 18). */
const DNS = hex('4857 0100 0001 0000 0000 0000 00 0002 0001');

export const UDP_QUESTIONS: readonly UdpQuestion[] = [
  { port: 53, service: 'DNS', payload: DNS },
  // BOOTREQUEST with the DHCP magic cookie and DHCPINFORM (RFC 2131, RFC 2132)
  {
    port: 67,
    service: 'DHCP',
    payload: Buffer.concat([hex('0101 0600 48572031'), Buffer.alloc(228), hex('63825363 350108 ff')]),
  },
  // read request (RFC 1350)
  { port: 69, service: 'TFTP', payload: Buffer.from('\0\u0001absent\0octet\0', 'latin1') },
  // NTP client request, version 4 (RFC 5905)
  { port: 123, service: 'NTP', payload: Buffer.concat([hex('23'), Buffer.alloc(47)]) },
  // NetBIOS node status of `*` (RFC 1002)
  {
    port: 137,
    service: 'NetBIOS',
    payload: hex(`4857 0000 0001 0000 0000 0000 20 434b ${'41'.repeat(30)} 00 0021 0001`),
  },
  // SNMP v1 get of sysDescr.0 with community `public` (RFC 1157)
  {
    port: 161,
    service: 'SNMP',
    payload: hex('3026 020100 0406 7075626c6963 a019 0201 01 020100 020100 300e 300c 0608 2b06010201010100 0500'),
  },
  // IKE header (RFC 7296)
  { port: 500, service: 'IKE', payload: hex('4857202020202020 0000000000000000 21 20 22 08 00000000 0000001c') },
  // SSDP search (UPnP Device Architecture)
  {
    port: 1900,
    service: 'UPnP',
    payload: Buffer.from(
      'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
    ),
  },
  { port: 5353, service: 'mDNS', payload: DNS },
  // CoAP GET /.well-known/core (RFC 7252)
  {
    port: 5683,
    service: 'CoAP',
    payload: Buffer.concat([hex('40014857 bb'), Buffer.from('.well-known'), hex('04'), Buffer.from('core')]),
  },
];
