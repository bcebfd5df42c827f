import { isIP } from 'node:net';
import { isNear, resolveHost } from '../../loading/addresses.ts';
import type { Target } from '../../target.ts';

/**
 * The address behind a host of the target file, for probes that speak below HTTP and TLS. Only what the target file
 * may reach: loopback, private, link-local, or a host that it names as public.
 */
export async function addressBehind(target: Target, host: string): Promise<string | undefined> {
  const bare = host.replace(/^\[|\]$/g, '');
  const addresses = isIP(bare) === 0 ? await resolveHost(bare) : [bare];
  const named = target.authorisation.publicHosts?.includes(bare) === true;
  return addresses.find((address) => named || isNear(address));
}
