import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { startDeviceInProcess } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { UNIT_ADDRESS } from '../src/line.ts';
import { Owner } from './owner.ts';
import { panelOf, startFleet, until, type Fleet, type Member } from './fleet.ts';

/** EN 303 645 5.5-8: each key that can be replaced is replaced while the device works, and the old one is worth nothing. */
describe('the keys of a running device are replaced one after the other', { timeout: 400_000 }, () => {
  let fleet: Fleet;
  let device: Member;
  const table: { key: string; rotated: boolean; working: boolean }[] = [];
  before(async () => {
    fleet = await startFleet(1);
    const [only] = fleet.members;
    assert.ok(only);
    device = only;
  });
  after(async () => {
    await fleet.stop();
    console.table(table);
  });

  /** The panel answers, the channel is up, and what the device said before and says now has arrived. */
  const works = async (): Promise<void> => {
    assert.match(await shownBy(device), /^[0-9A-F:]+$/);
    await until(() => device.running.isConnected());
    const before = (await fleet.received(device.deviceId)).length;
    await until(async () => (await fleet.received(device.deviceId)).length > before);
    assert.deepEqual(await fleet.lost(device.deviceId), []);
  };
  const shownBy = (member: Member): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(panelOf(member.running));
      const tls = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
        const { raw } = tls.getPeerCertificate();
        tls.destroy();
        resolve(new X509Certificate(raw).fingerprint256);
      });
      tls.once('error', reject);
    });
  /** digest of the file in which the key lies */
  const stateOf = (key: string): string => {
    const file = key === 'server' ? 'authority/server.pem' : `${key.replace('-seal', '')}/seal.key`;
    if (key === 'operator-password') return '';
    return createHash('sha256')
      .update(readFileSync(join(fleet.servicesDir, file)))
      .digest('hex');
  };
  const done = (key: string): void => void table.push({ key, rotated: true, working: true });

  it('panel: new connections see the new key, the owner both fingerprints', async () => {
    const before = await shownBy(device);
    await device.running.keys.renew(['panel']);
    const now = await shownBy(device);
    assert.notEqual(now, before);
    const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();
    assert.deepEqual(device.running.keys.panelFingerprints(), [plain(before), plain(now)]);
    await works();
    done('panel');
  });

  it('channel: the certificate of before is superseded, messages go on', async () => {
    await until(() => device.running.isConnected());
    const live = () => fleet.services.registry.liveCertificate(device.deviceId);
    const before = (await live())?.serial;
    await device.running.keys.renew(['channel']);
    await until(async () => (await live())?.serial !== before);
    await works();
    done('channel');
  });

  it('data and store: what is stored stays, and the keys of before open nothing', async () => {
    // a thief has the keys of before, and the state of after
    const thief = `${device.dataDir}-thief`;
    await device.running.stop();
    cpSync(device.dataDir, thief, { recursive: true });
    await device.start();
    await device.running.keys.renew(['keystore', 'data']);
    await works();
    await device.running.stop();
    rmSync(join(thief, 'state'), { recursive: true });
    cpSync(join(device.dataDir, 'state'), join(thief, 'state'), { recursive: true });
    const listen = { panel: { address: UNIT_ADDRESS, port: 0 } };
    await assert.rejects(startDeviceInProcess({ declaration, product: hub, dataDir: thief, listen }), {
      code: 'data-damaged',
    });
    rmSync(thief, { recursive: true });
    await device.start();
    assert.equal(device.running.state(), 'initialised');
    await works();
    done('machine and keystore');
    done('data');
    done('store');
  });

  for (const key of ['server', 'authority-seal', 'management-seal', 'factory-seal', 'operator-password'] as const) {
    it(`services, ${key}: a new one, and the device notices nothing`, async () => {
      await until(() => device.running.isConnected());
      const { services } = fleet;
      await services.operators.createOperator('alice');
      const before = stateOf(key);
      const by = { who: 'Alice', why: 'a drill of the rotation', operator: 'alice' };
      const rotated = await services.keys.rotate(key, by);
      assert.ok(rotated.ok);
      if (key === 'operator-password') assert.match(rotated.password ?? '', /^.{16,}$/);
      else assert.notEqual(stateOf(key), before);
      assert.ok((await services.keys.list()).find(({ id }) => id === key)?.rotated);
      await works();
      // what needs the key works: a handshake, a renewed certificate, a command, a label
      await device.running.keys.renew(['channel']);
      await works();
      done(`services ${key}`);
    });
  }

  it('the owner has all of it made anew on the page, and reads what each is known by, before and after', async () => {
    await until(() => device.running.isConnected());
    const { keys } = device.running;
    const before = { panel: keys.panelFingerprints().at(-1), channel: keys.channelFingerprint() };
    const owner = new Owner(Number(new URL(panelOf(device.running)).port));
    await owner.signIn(device.ownerPassword);
    const refused = await owner.renewKeys('all', 'not-Their-password-9');
    assert.equal(refused.status, 403);
    assert.deepEqual([keys.panelFingerprints().at(-1), keys.channelFingerprint()], [before.panel, before.channel]);
    const { status, body } = await owner.renewKeys('all', device.ownerPassword);
    assert.equal(status, 200, body);
    const shown = /id="renewed_keys"[^]*?<\/section>/.exec(body)?.[0] ?? '';
    const now = { panel: keys.panelFingerprints().at(-1), channel: keys.channelFingerprint() };
    assert.deepEqual(
      [...shown.matchAll(/<code>([0-9a-f]{64})<\/code>/g)].map(([, fingerprint]) => fingerprint),
      [before.panel, now.panel, before.channel, now.channel],
    );
    assert.notEqual(now.panel, before.panel);
    assert.notEqual(now.channel, before.channel);
    assert.equal((await shownBy(device)).replaceAll(':', '').toLowerCase(), now.panel);
    await works();
  });

  it('after all of it the device starts as what it was, with a record of each renewal', async () => {
    await device.running.stop();
    await device.start();
    assert.equal(device.running.state(), 'initialised');
    await works();
    const renewed = device.running.events(200).filter(({ kind }) => kind === 'key-renewed');
    assert.deepEqual(
      new Set(renewed.map(({ detail }) => detail['key'])),
      new Set(['panel', 'channel', 'keystore', 'data']),
    );
    assert.equal(device.running.keys.panelFingerprints().length, 3);
  });
});
