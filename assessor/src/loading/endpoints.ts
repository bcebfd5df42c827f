import type { ResolvedEndpoint } from '../observe/wire/hand.ts';
import type { Endpoint, Target } from '../target.ts';
import { isNear, type Resolve } from './addresses.ts';
import { readText } from './given-files.ts';
import type { Problem } from './problem.ts';

/** Where the endpoints of a target really are. */
export function endpointsOf(target: Target): readonly (readonly [path: string, id: string, endpoint: Endpoint])[] {
  return [
    ...Object.entries(target.services).map(([id, endpoint]) => [`/services/${id}`, id, endpoint] as const),
    ...Object.entries(target.associatedServices ?? {}).map(
      ([id, endpoint]) => [`/associatedServices/${id}`, id, endpoint] as const,
    ),
    ...(target.site === undefined ? [] : [['/site', 'site', target.site] as const]),
  ];
}

/** Host -> address to connect to. A name that leads anywhere else than near is refused, whichever of its addresses it is. */
export async function nearAddresses(
  file: string,
  target: Target,
  resolveName: Resolve,
  problems: Problem[],
): Promise<ReadonlyMap<string, string>> {
  const hosts = new Map<string, string>();
  for (const [path, , { url }] of endpointsOf(target)) {
    const host = hostOf(url);
    if (host !== undefined) hosts.set(host, path);
    else
      problems.push({
        file,
        path: `${path}/url`,
        message: 'is no address that can be read',
        cure: 'write it as https://host:port',
      });
  }
  if (target.host !== undefined) hosts.set(target.host.address, '/host/address');
  if (target.host?.control !== undefined) hosts.set(target.host.control, '/host/control');
  for (const [id, { dialled, here }] of Object.entries(target.redirects ?? {})) {
    hosts.set(dialled.address, `/redirects/${id}/dialled/address`);
    hosts.set(here.address, `/redirects/${id}/here/address`);
  }
  const allowed = new Set(target.authorisation.publicHosts ?? []);
  const addresses = new Map<string, string>();
  for (const [host, path] of hosts) {
    const found = await resolveName(host).catch(() => []);
    const [first] = found;
    if (first === undefined) {
      problems.push({
        file,
        path,
        message: `the name ${host} does not resolve`,
        cure: 'correct it, or give an address',
      });
    } else if (!allowed.has(host) && !found.every(isNear)) {
      const message = `${host} is at ${found.join(', ')}, which is neither loopback nor private`;
      problems.push({
        file,
        path,
        message,
        cure: 'if the authorisation covers it, name it in /authorisation/publicHosts',
      });
    } else addresses.set(host, first);
  }
  return addresses;
}

const hostOf = (url: string): string | undefined => URL.parse(url)?.hostname.replace(/^\[|\]$/g, '');

const DEFAULT_PORT = { http: 80, https: 443, mqtt: 1883, mqtts: 8883 } as const;

export async function resolveEndpoint(
  file: string,
  path: string,
  id: string,
  endpoint: Endpoint,
  addresses: ReadonlyMap<string, string>,
  resolve: (path: string) => string,
  problems: Problem[],
): Promise<ResolvedEndpoint | undefined> {
  const url = URL.parse(endpoint.url);
  const host = hostOf(endpoint.url);
  if (!url || host === undefined) return undefined;
  const scheme = (['http', 'https', 'mqtt', 'mqtts'] as const).find((known) => `${known}:` === url.protocol);
  const address = addresses.get(host);
  if (scheme === undefined || address === undefined) return undefined;
  const trust =
    endpoint.trust === undefined ? undefined : await readText(file, `${path}/trust`, resolve(endpoint.trust), problems);
  return {
    id,
    scheme,
    host,
    address,
    port: url.port === '' ? DEFAULT_PORT[scheme] : Number(url.port),
    ...(trust === undefined ? {} : { trust }),
    ...(endpoint.fingerprint === undefined ? {} : { fingerprint: endpoint.fingerprint }),
  };
}
