import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { prepareDevice } from '@hearthward/device';
import { startServices } from '@hearthward/services';
import { restoringOf } from '../src/network/restoring.ts';

const ANYWHERE = { address: '127.0.0.1', port: 0 };

test('a-system-that-is-restored-from-a-copy-leaves-nothing-behind-and-does-not-mind-the-door-of-the-one-that-runs', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-restoring-'));
  const dataDir = join(dir, 'services');
  const listen = { https: ANYWHERE, enrolment: ANYWHERE, mqtts: ANYWHERE };
  const services = await startServices({ dataDir, declarations: [declaration], listen });
  const door = createServer().listen(join(dataDir, 'control.sock'));
  t.after(async () => {
    door.close();
    await services.stop();
    rmSync(dir, { recursive: true });
  });
  const unit = { dataDir: join(dir, 'unit'), declaration, serial: 'TB0000000009', mac: '02:00:00:00:00:09' };
  const made = await services.factory.makeDevice(await prepareDevice(unit), { operator: 'test', batch: 'test' });
  assert.ok(made.ok);
  const copies = join(dir, 'copies');
  const restoring = restoringOf(services.privacy.command, { dataDir, declarations: [declaration] }, copies);
  const { deviceId } = made.bundle;

  await assert.rejects(restoring.restored(deviceId), /there is no copy/);
  assert.equal(await restoring.make(), true);
  const said = JSON.parse(await restoring.copies()) as readonly { readonly madeAt: string; readonly until: string }[];
  const [copy] = said;
  assert.ok(copy && said.length === 1);
  const days = (Date.parse(copy.until) - Date.parse(copy.madeAt)) / 86_400_000;
  assert.deepEqual(
    declaration.deletionFunctions.flatMap(({ backupsWithinDays }) => backupsWithinDays ?? []),
    [days],
  );

  assert.deepEqual(JSON.parse(await restoring.restored(deviceId)), [], 'it knows the device, of which nothing is held');
  assert.equal(existsSync(join(copies, 'restored')), false);
  await assert.rejects(restoring.restored('nobody'));
  assert.deepEqual(readdirSync(copies), ['backups'], 'nothing is left where it fails either');
});
