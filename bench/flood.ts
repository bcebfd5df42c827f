import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layBesieged, withoutFlood, type Besieged, type Siege } from '@hearthward/testbed/flood';
import { openNetwork, withoutNamespaces, type Namespace } from '@hearthward/testbed/namespaces';
import { manufactured } from '../device/test/stand-in/factory.ts';
import type { Measured } from './measured.ts';

/**
 * What somebody honest waits for a page of the panel, a connection and a handshake each time, while it is flooded from the other core,
 * against what they wait in peace; rounds of both take turns. The promise is that the 99th percentile stays under five
 * times that of peace. The hub has its network for itself, as a device has; then the same without its packet filter, which
 * leaves what the panel does by itself.
 */
export const flood = async (): Promise<readonly Measured[]> => {
  const because = withoutNamespaces() ?? withoutFlood();
  if (because !== undefined) throw new Error(`The flood ${because}.`);
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-flood-'));
  const network = openNetwork('flood');
  let hub: ChildProcess | undefined;
  try {
    await manufactured(dir, { listen: { panel: { address: '0.0.0.0', port: 443 } } });
    const besieged = await layBesieged(network, true);
    hub = await started(besieged.product, dir);
    await besieged.visits(WARM);
    const measured: Measured[] = [];
    for (const [siege, what] of Object.entries(SIEGES)) measured.push(await under(besieged, siege as Siege, what));
    besieged.product.run(['nft', 'delete', 'table', 'inet', 'hearthward']);
    for (const siege of ['connections', 'bodies'] as const)
      measured.push(await under(besieged, siege, `${SIEGES[siege]}, without the packet filter`));
    return measured;
  } finally {
    hub?.kill('SIGTERM');
    if (hub?.exitCode === null) await once(hub, 'exit');
    await network.remove();
    rmSync(dir, { recursive: true, force: true });
  }
};

const SIEGES: Readonly<Record<Siege, string>> = {
  syns: 'SYNs from one address',
  'made-up-syns': 'SYNs from any address',
  connections: 'connections that say nothing',
  bodies: 'bodies that come a byte at a time',
};
const WARM = 50;
const ROUNDS = 3;
const VISITS = 100;
/** ms until what the flood left has gone */
const REST = 1_000;

const under = async ({ visits, besiege }: Besieged, siege: Siege, what: string): Promise<Measured> => {
  const quiet: number[] = [];
  const flooded: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push(...(await visits(VISITS)));
    const { end } = await besiege(siege);
    flooded.push(...(await visits(VISITS)));
    await end();
    await new Promise((resolve) => setTimeout(resolve, REST));
  }
  return {
    what: `p99 under ${what}`,
    value: p99(flooded),
    unit: 'ms',
    yardstick: 'in peace',
    yardstickValue: p99(quiet),
  };
};

const p99 = (waited: readonly number[]): number =>
  waited.toSorted((a, b) => a - b)[Math.ceil(waited.length * 0.99) - 1] ?? Infinity;

const HUB_MODULE = fileURLToPath(new URL('../device/test/stand-in/own-network-hub.ts', import.meta.url));

/** On the first core, with all that it starts. */
const started = async ({ name }: Namespace, dir: string): Promise<ChildProcess> => {
  const command = ['netns', 'exec', name, 'taskset', '-c', '0', process.execPath, HUB_MODULE, '--data', dir];
  const hub = spawn('ip', command, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(hub, 'message');
  return hub;
};
