import { connect } from 'node:net';
import type { PortProbe } from '../../model.ts';
import { askUdp, hearUdp } from '../raw/udp.ts';
import type { Hand } from './hand.ts';

/**
 * Full TCP connect to every port asked for. A port is open when two connections in a row are accepted, so that a
 * passing listener of another program on the host is less likely to be taken for the target's.
 */
const AT_ONCE = 384;
/** Loopback answers in microseconds; a private network within this, or the port is filtered. */
const LOOPBACK_MS = 500;
const NETWORK_MS = 1500;

export function createPorts(hand: Hand, aliasAddress: (address: string) => string): PortProbe {
  return {
    scanTcp: async (address, ports) => {
      hand.budget.spendRequest();
      const wanted = portsOf(ports);
      const host = aliasAddress(address);
      const patience = host.startsWith('127.') || host === '::1' ? LOOPBACK_MS : NETWORK_MS;
      const open: number[] = [];
      let scanned = 0;
      let next = 0;
      const worker = async (): Promise<void> => {
        for (let at = next++; at < wanted.length; at = next++) {
          const port = wanted[at] ?? 0;
          const first = await knock(host, port, patience);
          if (first !== 'unknown') scanned += 1;
          if (first === 'open' && (await knock(host, port, patience)) === 'open') open.push(port);
        }
      };
      // most ports answer with an error that nobody reads: its stack trace would take a quarter of the scan
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0;
      try {
        await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, worker));
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
      return { open: open.sort((a, b) => a - b), scanned };
    },
    udp: (address, port, payload) => {
      hand.budget.spendRequest();
      return askUdp(aliasAddress(address), port, payload);
    },
    hear: (address, port, payload) => {
      hand.budget.spendRequest();
      return hearUdp(aliasAddress(address), port, payload);
    },
  };
}

export function portsOf(text: string): readonly number[] {
  const ports = new Set<number>();
  for (const part of text.split(',')) {
    const [from, to] = part.split('-').map(Number);
    if (from === undefined || !Number.isInteger(from)) continue;
    const last = to === undefined || !Number.isInteger(to) ? from : to;
    for (let port = Math.max(1, from); port <= Math.min(65_535, last); port += 1) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}

function knock(host: string, port: number, patience: number): Promise<'open' | 'closed' | 'unknown'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (state: 'open' | 'closed' | 'unknown'): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(state);
    };
    const timer = setTimeout(() => done('closed'), patience);
    socket.once('connect', () => {
      // A connect to a free port of the ephemeral range of the own host may meet itself (simultaneous open).
      done(socket.localPort === port && socket.localAddress === socket.remoteAddress ? 'closed' : 'open');
    });
    socket.once('error', (error: Error & { code?: string }) =>
      done(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' ? 'closed' : 'unknown'),
    );
  });
}
