import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ServicesFault } from '../../src/faults.ts';
import { openAuthority } from '../../src/authority/authority.ts';
import { LIFETIMES, RENEW_SERVER_WITHIN } from '../../src/authority/lifetimes.ts';
import { testClock } from '../bench.ts';

describe('authority', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'authority-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const names = ['localhost', '127.0.0.1'];

  it('is-the-same-after-a-restart', async () => {
    const clock = testClock();
    const first = await openAuthority(folder, clock);
    const { chainPem } = await first.serverCredentials(names);
    const second = await openAuthority(folder, clock);
    assert.equal(second.anchorsPem(), first.anchorsPem());
    assert.equal((await second.serverCredentials(names)).chainPem, chainPem);
    const leaf = new X509Certificate(chainPem);
    assert.equal(leaf.checkHost('localhost'), 'localhost');
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
  });

  it('renews-the-server-certificate-in-its-last-days-and-for-new-names', async () => {
    const clock = testClock();
    const authority = await openAuthority(folder, clock);
    const { chainPem } = await authority.serverCredentials(names);
    clock.advance(LIFETIMES.server - RENEW_SERVER_WITHIN - 3_600_000);
    assert.equal((await authority.serverCredentials(names)).chainPem, chainPem);
    clock.advance(2 * 3_600_000);
    const renewed = await authority.serverCredentials(names);
    assert.notEqual(renewed.chainPem, chainPem);
    const named = await authority.serverCredentials([...names, 'iot.example.com']);
    assert.equal(new X509Certificate(named.chainPem).checkHost('iot.example.com'), 'iot.example.com');
  });

  it('keeps-keys-to-the-owner-alone', async () => {
    for (const name of ['seal.key', 'root.key', 'operational.key', 'server.key'])
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
  });

  it('works-with-its-root-key-in-a-safe-and-with-no-other-key-absent', async () => {
    await rename(join(folder, 'root.key'), join(folder, 'safe'));
    await openAuthority(folder, testClock());
    await rename(join(folder, 'initial.key'), join(folder, 'lost'));
    await assert.rejects(openAuthority(folder, testClock()), damaged);
    await rename(join(folder, 'lost'), join(folder, 'initial.key'));
  });

  it('refuses-keys-that-its-folder-did-not-seal', async () => {
    await writeFile(join(folder, 'seal.key'), Buffer.alloc(32, 1));
    await assert.rejects(openAuthority(folder, testClock()), damaged);
  });
});

const damaged = (error: unknown) => error instanceof ServicesFault && error.code === 'data-damaged';
