import { spawnSync } from 'node:child_process';
import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { firewallRules, type Declaration, type FirewallOptions, type ProductState } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { every } from '../driver/every.ts';
import type { InstalledBundle } from '../manufacture/bundle.ts';
import { openDocuments } from '../updates/running/documents.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { endpointsOf } from './outbound.ts';
import type { OfWall, ToWall } from './wall-line.ts';

/**
 * The packet filter around a product that has its network namespace for itself (decision 0044), put up by `boot` before
 * anything else runs. The state comes from what is on the disk: the quarantine's record first, then what core said last.
 * Rules stay in the kernel when processes end. Where they cannot be put up, that is said, and everything runs on:
 * what listens and what dials follows the state all the same.
 */
export interface Wall {
  /** loads the rules of the state that the device is in now */
  readonly put: () => void;
  /** from core, read by its schema */
  readonly heard: (message: ToWall) => void;
  readonly close: () => void;
}

/** How the rules get into the kernel: undefined where they did, else why they did not, in a few words. */
export type LoadRules = (rules: string) => string | undefined;

const ROOM = 'wall';
const Kept = Type.Object(
  {
    state: Type.Union([Type.Literal('factory-default'), Type.Literal('initialised')]),
    /** host name -> addresses that it had, newest first */
    addresses: Type.Record(Type.String(), Type.Array(Type.String(), { maxItems: 64 })),
    /** places that the owner named, by mechanism, as core said last */
    chosen: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({ host: Type.String(), port: Type.Integer() }, { additionalProperties: false }),
      ),
    ),
  },
  { additionalProperties: false },
);
type Kept = Static<typeof Kept>;

/** A name’s addresses come and go in turns: those of before stay open for as long as this many newer ones leave them room. */
const ADDRESSES_KEPT = 16;
const RESOLVE_MILLIS = 5 * 60_000;

// EN 303 645 5.6-1, 5.7-2, G044 6.6.1, 6.7.2, G045 DS-2-1, PL-3-1: what the processes of the device would let through, its kernel does not
export const standWall = (given: {
  readonly declaration: Declaration;
  readonly installed: Pick<InstalledBundle, 'bundle' | 'listen'>;
  readonly dataDir: string;
  readonly isHeld: () => boolean;
  readonly say: (message: OfWall) => void;
  /** one line for whoever reads the output */
  readonly warn: (line: string) => void;
  readonly load?: LoadRules;
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}): Wall => {
  const { declaration, installed, say, warn } = given;
  const load = given.load ?? withNft;
  const documents = openDocuments(systemDisk, join(given.dataDir, 'network'));
  const stored = documents.read(ROOM);
  // nothing goes out until it is known that the device was set up
  let kept: Kept = Value.Check(Kept, stored) ? stored : { state: 'factory-default', addresses: {} };
  let refused: string | undefined;
  const endpoints = endpointsOf(installed.bundle.services);

  const stateNow = (): ProductState => (given.isHeld() ? 'quarantine' : kept.state);
  const keep = (next: Kept): void => {
    documents.write(ROOM, next);
    kept = next;
  };
  const put = (): void => {
    const because = load(firewallRules(declaration, { state: stateNow(), ...placesOf(installed, kept), ...around() }));
    if (because !== undefined && because !== refused)
      warn(
        `The network rules of this device are not in force: ${because}. It runs on; have its system give it nftables and CAP_NET_ADMIN.`,
      );
    refused = because;
    say({ of: 'wall', inForce: because === undefined });
  };
  const resolveAll = async (): Promise<void> => {
    const names = [...endpoints, ...Object.values(kept.chosen ?? {})]
      .filter(({ host }) => isIP(host) === 0)
      .map(({ host }) => host);
    const found = await Promise.all(
      [...new Set(names)].map(async (host) => [host, await (given.resolve ?? resolved)(host)] as const),
    );
    const addresses = { ...kept.addresses };
    for (const [host, now] of found)
      addresses[host] = [...new Set([...now, ...(addresses[host] ?? [])])].slice(0, ADDRESSES_KEPT);
    if (JSON.stringify(addresses) === JSON.stringify(kept.addresses)) return;
    keep({ ...kept, addresses });
    put();
  };
  const resolving = every(RESOLVE_MILLIS, resolveAll, (thrown) => warn(String(thrown)));

  return {
    put,
    heard: ({ state, chosen = {} }) => {
      const isSame = state === kept.state && JSON.stringify(chosen) === JSON.stringify(kept.chosen ?? {});
      if (isSame) return say({ of: 'wall', inForce: refused === undefined });
      keep({ ...kept, state, chosen });
      put();
      return void resolveAll().catch((thrown: unknown) => warn(String(thrown)));
    },
    close: resolving,
  };
};

const placesOf = (
  { bundle, listen }: Pick<InstalledBundle, 'bundle' | 'listen'>,
  { addresses, chosen = {} }: Kept,
) => ({
  services: Object.fromEntries(
    [...endpointsOf(bundle.services), ...Object.entries(chosen).map(([service, place]) => ({ service, ...place }))].map(
      ({ service, host, port }) => [service, { addresses: isIP(host) === 0 ? (addresses[host] ?? []) : [host], port }],
    ),
  ),
  ports: Object.fromEntries(Object.entries(listen).map(([service, { port }]) => [service, port] as const)),
});

/** What only the system knows: prefixes of the home, and its name servers where it names some beyond itself. */
const around = (): Pick<FirewallOptions, 'home' | 'resolvers'> => {
  const home = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : [cidr]));
  const servers = getServers()
    .map((server) => /^(?:\[([^\]]+)\]|([^:]+)):\d+$/.exec(server)?.slice(1).find(Boolean) ?? server)
    .filter((server) => isIP(server) !== 0 && !server.startsWith('127.') && server !== '::1');
  return { home, ...(servers.length > 0 ? { resolvers: servers } : {}) };
};

/** None while the name leads nowhere: the addresses of before hold. */
const resolved = async (host: string): Promise<readonly string[]> => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
};

const NFT_MILLIS = 10_000;
const withNft: LoadRules = (rules) => {
  const { error, status, stderr } = spawnSync('nft', ['-f', '-'], {
    input: rules,
    encoding: 'utf8',
    timeout: NFT_MILLIS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  if (error && 'code' in error && error.code === 'ENOENT') return 'the program nft is not installed';
  if (error) return error.message;
  if (status === 0) return undefined;
  return /not permitted|permission denied|must be root/i.test(stderr)
    ? 'the system does not allow it'
    : (stderr.split('\n')[0] ?? 'nft refused them').trim();
};
