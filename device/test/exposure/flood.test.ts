import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OF_ONE_SOURCE } from '@hearthward/product';
import {
  BESIEGED_PORT,
  BESIEGER,
  layBesieged,
  withoutFlood,
  type Besieged,
  type Siege,
} from '@hearthward/testbed/flood';
import { openNetwork, withoutNamespaces } from '@hearthward/testbed/namespaces';
import { PANEL_LIMITS } from '../../src/panel/http/limits.ts';
import { BUDGETS } from '../../src/processes/boot/budgets.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

const HUB = fileURLToPath(new URL('../stand-in/own-network-hub.ts', import.meta.url));
/**
 * Made-up addresses come last: as many as the filter counts apart leave no room to count another, for as long as the kernel
 * waits for them. Until then the panel's own bounds hold alone, which is tried below.
 */
const SIEGES: readonly Siege[] = ['syns', 'connections', 'bodies', 'made-up-syns'];
const VISITS = 12;

describe('a device that is flooded', { skip: withoutNamespaces() ?? withoutFlood() ?? false }, () => {
  const network = openNetwork('flooded');
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let besieged: Besieged;
  let boot: ChildProcess;

  before(async () => {
    folder = await temporaryFolder();
    await manufactured(folder.path, { listen: { panel: { address: '0.0.0.0', port: BESIEGED_PORT } } });
    besieged = await layBesieged(network);
    boot = spawn('ip', ['netns', 'exec', besieged.product.name, process.execPath, HUB, '--data', folder.path], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(boot, 'message');
  });
  after(async () => {
    boot.kill('SIGTERM');
    if (boot.exitCode === null && boot.signalCode === null) await once(boot, 'exit');
    await network.remove();
    await folder.remove();
  });

  const core = (): number => {
    const children = readFileSync(`/proc/${boot.pid}/task/${boot.pid}/children`, 'utf8').trim().split(' ').map(Number);
    const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--role\0core\0'));
    assert.ok(found !== undefined);
    return found;
  };
  /** connections that the besieger has at the panel, as the kernel of the device sees them */
  const held = (): number =>
    besieged.product
      .run(['ss', '-tnH', 'state', 'established', 'sport', '=', `:${BESIEGED_PORT}`, 'dst', BESIEGER])
      .split('\n')
      .filter(Boolean).length;
  /** what the packet filter has dropped of one address */
  const dropped = (): number =>
    [...besieged.product.run(['nft', 'list', 'table', 'inet', 'hearthward']).matchAll(/counter packets (\d+)/g)]
      .map(([, packets]) => Number(packets))
      .reduce((sum, packets) => sum + packets, 0);

  for (const siege of SIEGES) {
    test(
      `${siege}: somebody honest is served, and what one address takes is bounded`,
      { timeout: 120_000 },
      async () => {
        const [pid, before] = [core(), dropped()];
        const { end } = await besieged.besiege(siege);
        try {
          const waited = await besieged.visits(VISITS);
          assert.deepEqual(
            waited.filter((millis) => millis === Infinity),
            [],
          );
          assert.equal(waited.length, VISITS);
          assert.ok(held() <= OF_ONE_SOURCE.atOnce, `${held()} connections of one address`);
          if (siege !== 'made-up-syns') assert.ok(dropped() > before, 'the flood came');
          assert.ok(readdirSync(`/proc/${pid}/fd`).length <= BUDGETS.core.descriptors);
          assert.equal(core(), pid, 'the process is the same');
        } finally {
          await end();
        }
      },
    );
  }

  test('without its packet filter the panel still serves, and holds its own bounds', { timeout: 120_000 }, async () => {
    besieged.product.run(['nft', 'delete', 'table', 'inet', 'hearthward']);
    const pid = core();
    for (const siege of ['connections', 'bodies'] as const) {
      const { end } = await besieged.besiege(siege);
      try {
        const waited = await besieged.visits(VISITS);
        assert.deepEqual(
          waited.filter((millis) => millis === Infinity),
          [],
        );
        assert.ok(held() > 0, 'the besieger is there');
        assert.ok(readdirSync(`/proc/${pid}/fd`).length <= BUDGETS.core.descriptors);
        assert.ok(PANEL_LIMITS.connections < BUDGETS.core.descriptors);
        assert.equal(core(), pid, 'the process is the same');
      } finally {
        await end();
      }
    }
  });
});
