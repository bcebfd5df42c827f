import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { Declaration } from '@hearthward/product';
import { ownUsers } from '../../src/processes/boot/users.ts';
import { unitsOf } from '../../src/platform/units.ts';

/** Node is any program that is there: what is tried is the unit, not the device. */
const PLACES = {
  node: process.execPath,
  loader: '/opt/hearthward/src/processes/loader.js',
  data: '/var/lib/hearthward',
};
const serviceOf = (declared: Declaration, more: { readonly tpm?: string } = {}): string =>
  unitsOf(declared, { ...PLACES, ...more }).files['hearthward.service'] ?? '';

/**
 * Of ten, by systemd’s own weights: 10 is a service that nothing confines. What stays is what a device is: it has the
 * network (1.1), it changes accounts and owners (0.9), runs as root to do so (0.4), and its engine compiles code (0.1).
 */
const MOST_EXPOSED = 2.7;
const absent = spawnSync('systemd-analyze', ['--version']).error !== undefined;
const options = { skip: absent && 'systemd-analyze is not installed' };

describe('units of systemd', () => {
  /** What a tool of systemd says of a unit, without a systemd that runs. */
  const analysed = (
    service: string,
    ...args: readonly string[]
  ): { readonly status: number | null; readonly said: string } => {
    const folder = mkdtempSync(join(tmpdir(), 'hearthward-unit-'));
    const file = join(folder, 'hearthward.service');
    try {
      writeFileSync(file, service);
      const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
      return { status, said: `${stdout}${stderr}` };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const exposure = (service: string): number =>
    Number(/exposure level for \S+: ([\d.]+)/.exec(analysed(service, 'security', '--offline=true').said)?.[1]);

  test('the service stays as confined as it is, by systemd’s own measure', options, () => {
    const good = serviceOf(declaration);
    assert.ok(exposure(good) <= MOST_EXPOSED, `${exposure(good)}`);
    assert.ok(exposure(good.replace('ProtectSystem=strict\n', '')) > exposure(good), 'and the measure sees a loss');
    assert.deepEqual(analysed(good, 'verify'), { status: 0, said: '' });
  });

  test('every option follows from what is declared', () => {
    const [panel] = declaration.softwareServices;
    assert.ok(panel);
    const at = (port: number): string => serviceOf({ ...declaration, softwareServices: [{ ...panel, port }] });
    assert.match(at(443), /^CapabilityBoundingSet=.*CAP_NET_BIND_SERVICE$/m);
    assert.match(at(443), /^SocketBindAllow=tcp:443$/m);
    assert.doesNotMatch(at(8443), /NET_BIND_SERVICE/);
    assert.doesNotMatch(serviceOf({ ...declaration, softwareServices: [] }), /SocketBindAllow/);
    assert.match(serviceOf(declaration), /^ExecStart=.* --apart$/m);
    assert.match(serviceOf(declaration), /^NoExecPaths=\/var\/lib\/hearthward$/m);
    const { files } = unitsOf(declaration, { ...PLACES, signatures: '/var/lib/signatures' });
    for (const name of ['ReadWritePaths', 'NoExecPaths'])
      assert.ok(files['hearthward.service']?.includes(`\n${name}=/var/lib/hearthward /var/lib/signatures\n`), name);
    const tpm = serviceOf(declaration, { tpm: '/dev/tpmrm0' });
    assert.match(tpm, /^DeviceAllow=\/dev\/tpmrm0 rw$/m);
    assert.doesNotMatch(tpm, /^PrivateDevices/m);
  });

  test('each account has the name by which the device knows that nobody else has it', () => {
    const { core } = ownUsers(70_000);
    const accounts = unitsOf(declaration, { ...PLACES, users: ownUsers(70_000) }).files['hearthward.conf'] ?? '';
    assert.match(accounts, new RegExp(`^u hearthward-core ${core.uid}:${core.gid} `, 'm'));
    assert.match(accounts, /^g hearthward 70000$/m);
    assert.equal(accounts.match(/^u /gm)?.length, 4);
  });
});
