import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listUses } from '../../src/authority/audit.ts';
import { openAuthority } from '../../src/authority/authority.ts';
import { randomSerial } from '../../src/authority/generations.ts';
import { entriesOn, listPem, partOf, PARTS } from '../../src/authority/lists.ts';
import { openPublishedLists, type PublishedLists } from '../../src/authority/published.ts';
import { pemOf } from '../../src/authority/x509.ts';
import {
  connectDevice,
  enrol,
  makeDevice,
  testClock,
  type ClientIdentity,
  type TestBench,
  type TestDevice,
} from '../bench.ts';
import { startServices } from '../../src/server.ts';
import { declarationOf } from '../declaration.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;
const DAY = 86_400_000;
const MANY = 20_000;
const SITE = 'https://lists.test';

/** RFC 5280 5.2.5: a fleet of any size has lists that a device can read, and each tells of its own part alone. */
describe('lists of ended certificates of a large fleet', { timeout: 120_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'parts-'));
  const at = (name: string) => join(dir, name);
  const clock = testClock();
  let services: TestBench['services'];
  let lists: PublishedLists;
  let good: { readonly device: TestDevice; readonly identity: ClientIdentity; readonly serial: string };
  let bad: typeof good;
  before(async () => {
    const any = { address: '127.0.0.1', port: 0 };
    services = await startServices({
      dataDir: at('services'),
      declarations: [declarationOf('hub')],
      listen: { https: any, enrolment: any, mqtts: any },
      clock,
      site: SITE,
    });
    const authority = await openAuthority(at('services/authority'), clock, { site: SITE });
    lists = openPublishedLists(services.store, authority, clock);
    writeFileSync(at('roots.pem'), authority.anchorsPem());
    writeFileSync(at('chain.pem'), authority.caCertificates().map(pemOf).join(''));
    [good, bad] = [await joined('good'), await joined('bad')];
    await endMany(good.device.bundle.deviceId);
  });
  after(async () => {
    await services.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function joined(name: string) {
    const device = await makeDevice(services);
    const identity = await enrol(services, device);
    writeFileSync(at(`${name}.pem`), identity.cert);
    return { device, identity, serial: new X509Certificate(identity.cert).serialNumber.toLowerCase() };
  }

  /** As a fleet leaves them behind: replaced by a renewal, or taken back. */
  async function endMany(device_id: string): Promise<void> {
    const now = clock.now();
    const rows = Array.from({ length: MANY }, (_, index) => ({
      serial: randomSerial(),
      device_id,
      kind: 'operational' as const,
      status: index % 2 === 0 ? ('revoked' as const) : ('superseded' as const),
      not_before: now - DAY,
      not_after: now + 89 * DAY,
      fingerprint: '',
      issuer: 'operational.1',
      ended_at: now,
      reason: 'key-compromise',
    }));
    for (let from = 0; from < MANY; from += 1000)
      await services.store.db
        .insertInto('certificates')
        .values(rows.slice(from, from + 1000))
        .execute();
  }

  const usesNow = () => listUses(at('services/authority'));
  /** as they were signed last: part and DER */
  const published = async (): Promise<ReadonlyMap<string, Buffer>> => {
    const kept = services.store.db.selectFrom('lists').select(['issuer', 'der']);
    const rows = await kept.where('issuer', 'like', 'operational.1.%').execute();
    assert.equal(rows.length, PARTS.length);
    return new Map(rows.map(({ issuer, der }) => [issuer.slice(-2), Buffer.from(der, 'base64')]));
  };
  const listOf = async (part: string): Promise<Uint8Array> =>
    (await lists.list(`operational.1.${part}`)) ?? assert.fail('no such list');
  const verified = async (name: string, part: string) => {
    writeFileSync(at('list.pem'), listPem(await listOf(part)));
    const files = ['-CAfile', at('roots.pem'), '-untrusted', at('chain.pem'), '-CRLfile', at('list.pem')];
    const { status, stderr } = spawnSync('openssl', ['verify', '-crl_check', ...files, at(`${name}.pem`)]);
    return { accepted: status === 0, why: stderr.toString() };
  };

  it('keeps-each-list-small-when-20000-have-ended-and-has-each-of-them-once', async (t) => {
    const began = performance.now();
    await lists.refresh();
    t.diagnostic(`${PARTS.length} lists signed in ${Math.round(performance.now() - began)} ms`);
    const all: string[] = [];
    let longest = 0;
    for (const [part, list] of await published()) {
      const serials = entriesOn(list).map(({ serial }) => serial);
      assert.ok(serials.every((serial) => partOf(serial) === part));
      longest = Math.max(longest, list.length);
      all.push(...serials);
    }
    t.diagnostic(`longest list ${longest} bytes`);
    assert.equal(new Set(all).size, MANY);
    assert.equal(all.length, MANY);
    // 78 on average; twice as many in one part is nine standard deviations away; an entry takes 47 bytes at most
    assert.ok(longest < 2 * (MANY / PARTS.length) * 47 + 400, `${longest} bytes`);
  });

  it('names-in-a-certificate-the-part-that-it-would-stand-on', () => {
    for (const { identity, serial } of [good, bad])
      assert.match(infoOf(identity.cert), new RegExp(`${SITE}/crl/operational\\.1\\.${partOf(serial)}\\.crl`));
  });
  const infoOf = (cert: string): string => new X509Certificate(cert).raw.toString('latin1');

  it(
    'is-taken-by-openssl-for-its-own-part-and-for-no-other',
    { skip: !openssl && 'openssl is not installed' },
    async () => {
      await services.custody.revoke(bad.device.bundle.deviceId, 'alice', 'key-compromise');
      assert.equal((await verified('good', partOf(good.serial))).accepted, true);
      assert.match((await verified('bad', partOf(bad.serial))).why, /certificate revoked/);
      const other = PARTS.find((part) => part !== partOf(bad.serial)) ?? '';
      assert.match((await verified('bad', other)).why, /different CRL scope/i);
    },
  );

  it('signs-after-a-revocation-only-the-part-that-lacks-it', async () => {
    const before = await published();
    await services.custody.revoke(good.device.bundle.deviceId, 'alice', 'key-compromise');
    await lists.refresh();
    const now = await published();
    const changed = PARTS.filter((part) => !now.get(part)?.equals(before.get(part) ?? Buffer.alloc(0)));
    assert.deepEqual(changed, [partOf(good.serial)]);
  });

  it('is-asked-by-nobody-at-the-door-a-revoked-device-is-refused-at-once', async () => {
    const third = await joined('third');
    const client = await connectDevice(services, third.identity);
    await client.endAsync();
    await services.custody.revoke(third.device.bundle.deviceId, 'alice', 'out-of-service');
    await assert.rejects(connectDevice(services, third.identity));
  });

  it('signs-them-as-one-use-of-the-key', async () => {
    const before = usesNow();
    clock.advance(2 * DAY);
    await lists.refresh();
    const after = usesNow();
    assert.deepEqual([after.length - before.length, after.at(-1)?.signed.subject], [2, 'operational.1, 256 parts']);
    await lists.refresh();
    assert.equal(usesNow().length, after.length);
  });

  it('forgets-what-has-ended-by-its-time', async () => {
    clock.advance(91 * DAY);
    await lists.refresh();
    for (const list of (await published()).values()) assert.equal(entriesOn(list).length, 0);
  });
});
