import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startDeviceInProcess, type RunningDevice } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine, UNIT_ADDRESS, type Line } from '../src/line.ts';

const DAY = 86_400_000;
/** An operational certificate lasts 90 days and is renewed between its 60th and 68th. */
const UNTIL_RENEWAL = 84 * DAY;

/** TLS compares with real time: whoever lets days pass begins as many days earlier, and ends in the present. */
const clock = { added: -UNTIL_RENEWAL, now: () => Date.now() + clock.added };

describe('a device and its certificate, over the wire', { timeout: 400_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'renewal-'));
  const running = new Set<RunningDevice>();
  let line: Line;
  let deviceId: string;
  before(async () => {
    line = await startLine({ dir, declaration, product: hub, clock });
    const made = await line.services.registry.list({ search: line.label.serial }, 0, 2);
    deviceId = made[0]?.deviceId ?? '';
    assert.equal(made.length, 1);
    const first = await line.startUnit('good');
    await first.stop();
  });
  afterEach(async () => {
    for (const device of running) await device.stop();
    running.clear();
  });
  after(async () => {
    await line.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const good = () => join(dir, 'unit-good');
  const copy = () => join(dir, 'unit-copy');

  async function start(dataDir: string): Promise<RunningDevice> {
    const device = await startDeviceInProcess({
      declaration,
      product: hub,
      dataDir,
      clock,
      listen: { panel: { address: UNIT_ADDRESS, port: 0 } },
      draw: () => 0,
    });
    running.add(device);
    return device;
  }
  async function end(device: RunningDevice): Promise<void> {
    running.delete(device);
    await device.stop();
  }
  const observed = (kind: string) =>
    line.services.store.db
      .selectFrom('events')
      .select(['detail'])
      .where('device_id', '=', deviceId)
      .where('source', '=', 'services')
      .where('kind', '=', kind)
      .execute();
  const statusOf = async (serial: string) =>
    (
      await line.services.store.db
        .selectFrom('certificates')
        .select('status')
        .where('serial', '=', serial)
        .executeTakeFirst()
    )?.status;
  const liveSerial = async () => (await line.services.registry.liveCertificate(deviceId))?.serial ?? '';

  it('notices-a-copied-data-folder', async () => {
    const first = await start(good());
    await until(() => first.isConnected());
    await end(first);
    cpSync(good(), copy(), { recursive: true });
    assert.equal((await observed('certificate-used-twice')).length, 0);

    const original = await start(good());
    await until(() => original.isConnected());
    await start(copy());
    await until(async () => (await observed('certificate-used-twice')).length > 0);
    const [event] = await observed('certificate-used-twice');
    assert.equal((JSON.parse(event?.detail ?? '{}') as { serial?: string }).serial, await liveSerial());
  });

  it('renews-before-the-end-and-leaves-the-copy-outside', async () => {
    const before = await liveSerial();
    assert.equal(await statusOf(before), 'live');
    const epoch = (await line.services.registry.find(deviceId))?.epoch;
    clock.added = 0;

    const original = await start(good());
    await until(() => original.isConnected());
    const renewed = await liveSerial();
    assert.notEqual(renewed, before);
    assert.deepEqual([await statusOf(before), await statusOf(renewed)], ['superseded', 'live']);
    assert.equal((await observed('certificate-renewed')).length, 1);
    assert.equal((await line.services.registry.find(deviceId))?.epoch, epoch, 'renewed, not enrolled again');
    assert.equal((await observed('ended-certificate-used')).length, 0);

    // the copy has the certificate of before: first it asks for a new one, then it tries with the old one
    const clone = await start(copy());
    await until(async () => (await observed('ended-certificate-used')).length >= 2);
    const details = (await observed('ended-certificate-used')).map(
      ({ detail }) => JSON.parse(detail) as { serial: string; status: string; at: string },
    );
    assert.ok(details.every(({ serial, status }) => serial === before && status === 'superseded'));
    assert.deepEqual(new Set(details.map(({ at }) => at)), new Set(['enrolment', 'messages']));
    assert.equal(clone.isConnected(), false);
    assert.equal(original.isConnected(), true);
    assert.equal(await liveSerial(), renewed);
  });
});

const PATIENCE = 15_000;
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = Date.now(); !(await holds()); await pause(25))
    assert.ok(Date.now() - began < PATIENCE, `did not come about within ${PATIENCE / 1000} s`);
}
