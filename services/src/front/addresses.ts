import type { Listen, Listeners } from '../server.ts';

/** How addresses that we listen at are called by who connects. */

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const ANY = new Set(['0.0.0.0', '::']);

export const originOf = ({ address, port }: Listen) => `https://${hostFor(address)}:${port}`;

export const hostFor = (address: string) => {
  if (LOOPBACK.has(address) || ANY.has(address)) return 'localhost';
  return address.includes(':') ? `[${address}]` : address;
};

/** What the server certificate is good for. */
export function namesOf(listen: Listeners, site: string | undefined): readonly string[] {
  const host = site ? new URL(site).hostname.replaceAll(/[[\]]/g, '') : undefined;
  const bound = Object.values(listen).flatMap(({ address }: Listen) => (ANY.has(address) ? [] : [address]));
  return [...new Set([...(host ? [host] : []), 'localhost', '127.0.0.1', '::1', ...bound])];
}
