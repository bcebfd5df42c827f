import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/**
 * What counts as one source: an IPv4 address, or the /64 of an IPv6 address, since one host may use any address of it
 * (RFC 4291 section 2.5.4).
 */
export function sourceOf(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(bare)) return bare;
  if (bare === '::1') return bare;
  const [head = '', tail] = bare.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** Whether an address is on a network that the device itself is on; one that is routed here from beyond is not. */
export function isInTheHome(
  address: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): boolean {
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv4(bare) && !isIPv6(bare)) return false;
  const near = new BlockList();
  for (const { cidr } of Object.values(interfaces).flatMap((each) => each ?? [])) {
    const [network = '', prefix = ''] = (cidr ?? '').split('/');
    if (network !== '') near.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
  }
  return near.check(bare, isIPv4(bare) ? 'ipv4' : 'ipv6');
}
