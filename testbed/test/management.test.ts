import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { topicsOf } from '@hearthward/protocol';
import { startDeviceInProcess, type RunningDevice } from '@hearthward/device';
import { logOf } from '../../services/src/telemetry/reports/reports.ts';
import { selfSignedCertificate } from '../../device/src/secrets/certificates.ts';
import { openOperatorsKey } from '../../services/src/management/key.ts';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine, UNIT_ADDRESS, type Line } from '../src/line.ts';
import { Owner } from './owner.ts';

/** An operator, a device and its owner, over the wire: what is asked from afar, and when it is done. */
describe('management from afar', { timeout: 400_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'management-'));
  let line: Line;
  let device: RunningDevice;
  let deviceId: string;
  let owner: Owner;
  before(async () => {
    line = await startLine({ dir, declaration, product: hub });
    deviceId = (await line.services.registry.list({ search: line.label.serial }, 0, 1))[0]?.deviceId ?? '';
    const unit = await line.startUnit('managed');
    await unit.stop();
    device = await startDeviceInProcess({
      declaration,
      product: hub,
      dataDir: unit.dataDir,
      listen: { panel: { address: UNIT_ADDRESS, port: 0 } },
      draw: () => 0,
    });
    owner = new Owner(device.listen['panel']?.port ?? 0);
    await owner.signIn(line.ownerPassword);
    await until(() => device.isConnected());
  });
  after(async () => {
    await device?.stop();
    await line?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const ask = (command: 'status' | 'send-log' | 'restart' | 'renew-certificate', reason = 'the owner called us') =>
    line.services.management.command({ operator: 'op', deviceId, command, reason });
  const history = async (kind: string) =>
    (
      await line.services.store.db
        .selectFrom('events')
        .select('detail')
        .where('device_id', '=', deviceId)
        .where('kind', '=', kind)
        .execute()
    ).map(({ detail }) => JSON.parse(detail) as Record<string, string>);
  const logged = (kind: string) => device.events(200).filter((event) => event.kind === kind);

  it('does nothing while nobody has allowed it: the device does not even hear', async () => {
    assert.equal((await owner.status())['remoteManagement'], 'off');
    assert.equal((await ask('status')).ok, true);
    await pause(500);
    assert.deepEqual([await history('remote-command'), logged('remote-command-refused')], [[], []]);
    assert.equal((await history('command-given')).length, 1, 'the request is on record all the same');
  });

  it('asks for a reason, and for a device that there is', async () => {
    assert.deepEqual(await ask('status', 'because'), {
      ok: false,
      code: 'no-reason',
      because: 'a reason of at least ten letters is needed',
    });
  });

  it('does what was asked once the owner allows it, says so on every page, and ends at once', async () => {
    assert.doesNotMatch(await owner.page('/'), /may act on this device/);
    await owner.choose('1');
    for (const path of ['/', '/privacy', '/safety', '/password'])
      assert.match(await owner.page(path), /may act on this device/, path);
    await until(async () => (await ask('status')).ok && (await history('remote-command')).length > 0);
    const [done] = await history('remote-command');
    assert.equal(done?.['command'], 'status');
    assert.match(done?.['outcome'] ?? '', /^version 0\.1\.0, up \d+ s$/);
    assert.match(await owner.page('/'), /Last used at/);
    await owner.choose('off');
    assert.doesNotMatch(await owner.page('/'), /may act on this device/);
    // what was asked while it was allowed may still be on its way
    await pause(1_000);
    const before = (await history('remote-command')).length;
    await ask('status');
    await pause(500);
    assert.equal((await history('remote-command')).length, before);
    assert.deepEqual([logged('remote-management-on').length, logged('remote-management-off').length], [1, 1]);
  });

  it('sends what was kept at home when it is asked, and what it reports is one history under its seal', async () => {
    await owner.choose('1');
    const isDone = async () => (await history('remote-command')).some(({ command }) => command === 'send-log');
    await until(async () => (await ask('send-log')).ok && (await isDone()));
    const sent = await history('login-succeeded');
    assert.ok(sent.length > 0, 'a sign-in is not reported by itself');
    assert.deepEqual(await history('message-refused'), []);
    const heard = async () => logOf(line.services.store.db, deviceId);
    await until(async () => (await heard())?.sealed !== undefined);
    const log = await heard();
    assert.deepEqual([log?.doubts, log?.gaps, log?.doubtedAt], [{}, [], undefined]);
    await owner.choose('off');
  });

  it('sends the log to a server of the owner’s while the owner wants it', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const from = new Date(Date.now() - 60_000);
    const later = new Date(Date.now() + 3_600_000);
    const cert = selfSignedCertificate(privateKey, { subject: { CN: 'logs' }, names: ['logs'], from, until: later });
    let heard = '';
    const server = createServer({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert }, (socket) =>
      socket.on('data', (bytes) => (heard += bytes.toString('utf8'))).on('error', () => undefined),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const send = (forward: string, fingerprint: string) =>
      owner.post('/safety', '/safety/log-server', { forward, host: '127.0.0.1', port: String(port), fingerprint });
    try {
      assert.equal((await send('on', new X509Certificate(cert).fingerprint256)).status, 303);
      assert.equal((await owner.status())['logForwarding'], 'on');
      await until(() => heard.includes('setting-changed function="set-log-server"'));
      assert.match(heard, /^\d+ <\d+>1 \S+ \S+ hub \d+ setting-changed \[/);
      assert.equal((await send('off', '')).status, 303);
      assert.equal((await owner.status())['logForwarding'], 'off');
    } finally {
      server.close();
    }
  });

  it('refuses what no operator has signed, and a recorded command that comes again', async () => {
    await owner.choose('24');
    const forged = JSON.stringify({ v: 1, body: '{"command":"restart"}', signature: 'A'.repeat(86) });
    const { down } = topicsOf(deviceId);
    await until(() => line.services.carry(deviceId, down, forged) && logged('remote-command-refused').length > 0);
    assert.deepEqual(logged('remote-command-refused')[0]?.detail, { because: 'not-signed' });

    const before = (await history('remote-command')).length;
    const recorded = openOperatorsKey(join(dir, 'services', 'management')).sign({
      deviceId,
      id: 'b'.repeat(20),
      seq: 1000,
      expires: new Date(Date.now() + 60_000).toISOString(),
      command: 'status',
    });
    line.services.carry(deviceId, down, JSON.stringify(recorded));
    await until(async () => (await history('remote-command')).length > before);
    line.services.carry(deviceId, down, JSON.stringify(recorded));
    await until(() => logged('remote-command-refused').some(({ detail }) => detail['because'] === 'seen-before'));
    assert.equal((await history('remote-command')).filter(({ id }) => id === 'b'.repeat(20)).length, 1);
  });
});

const PATIENCE = 15_000;
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = Date.now(); !(await holds()); await pause(100))
    assert.ok(Date.now() - began < PATIENCE, `did not come about within ${PATIENCE / 1000} s`);
}
