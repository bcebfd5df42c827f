import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import { firewallRules, type Declaration } from '@hearthward/product';

/**
 * The packet filter of a product as a laboratory lists it on the running unit: its rules are put into a kernel, in a
 * network namespace that ends with it, and read back from there. Linux, unshare(1) and nftables.
 */
type Filters = NonNullable<NonNullable<Target['artefacts']>['packetFilter']>;
const STATES = ['factory-default', 'initialised', 'quarantine'] as const;

/** Written once to this folder; nothing where no kernel takes the rules here. */
export const filtersListed = (declaration: Declaration, folder: string): { readonly packetFilter?: Filters } => {
  const made = listed.get(folder) ?? list(declaration, folder);
  if (made) listed.set(folder, made);
  return made ? { packetFilter: made } : {};
};
const listed = new Map<string, Filters>();

const list = (declaration: Declaration, folder: string): Filters | undefined => {
  const services = Object.fromEntries(
    // addresses for documentation (RFC 5737): nothing is sent
    declaration.associatedServices.map(({ id }, at) => [id, { addresses: [`192.0.2.${at + 1}`] }]),
  );
  mkdirSync(folder, { recursive: true });
  const filters: Filters = {};
  for (const state of STATES) {
    const input = firewallRules(declaration, { state, services });
    const { status, stdout } = spawnSync('unshare', IN_A_KERNEL, { input, encoding: 'utf8', env: SYSTEM });
    if (status !== 0) return undefined;
    const file = join(folder, `${state}.json`);
    writeFileSync(file, stdout);
    filters[state] = file;
  }
  return filters;
};

const IN_A_KERNEL = ['--map-root-user', '--net', 'sh', '-c', 'nft --file - && nft --json list ruleset'];
/** The system’s own nft: npm puts before it what packages bring. */
const SYSTEM = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
