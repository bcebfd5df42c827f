import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EST_PATHS } from '@hearthward/protocol';
import { begin, openCeremony, rollOver, takeBack } from '../../src/authority/ceremony.ts';
import { USES_FILE, verifyUses } from '../../src/authority/uses.ts';
import { ServicesFault } from '../../src/faults.ts';
import {
  bench,
  call,
  certificatesIn,
  chainIn,
  connectDevice,
  enrol,
  initialOf,
  makeDevice,
  makeKeys,
  requestCertificate,
  type TestBench,
  testClock,
} from '../bench.ts';

const CEREMONY = { who: 'alice', why: 'a test' };

describe('roll-over under running services', () => {
  let b: TestBench;
  let firstRoot: string;
  const folder = () => join(b.dataDir, 'authority');
  const roll = async (name: 'root' | 'initial' | 'operational' | 'service') => {
    await rollOver(await openCeremony(folder(), b.clock), name, CEREMONY);
    await b.services.followAuthority();
  };
  before(async () => {
    b = await bench();
    firstRoot = b.services.anchorsPem;
  });
  after(() => b.end());
  /** as a device that knows only the first root */
  const asOld = () => ({ ...b.services, anchorsPem: firstRoot });

  it('issues-from-the-newest-and-trusts-all-that-live', async () => {
    const device = await makeDevice(b.services);
    const old = await enrol(b.services, device);
    await roll('operational');
    await roll('initial');
    const client = await connectDevice(b.services, old);
    assert.equal(client.connected, true, 'the old generation still talks');
    await client.endAsync();
    const renewed = await requestCertificate(b.services, old, (await makeKeys()).csrBase64, EST_PATHS.simplereenroll);
    assert.match(new X509Certificate(chainIn(renewed.body)).issuer, /operational authority 2/);
    const later = await makeDevice(b.services);
    assert.match(new X509Certificate(later.bundle.initialIdentity[0] ?? '').issuer, /initial authority 2/);
    for (const each of [device, later]) {
      const identity = await enrol(b.services, each);
      const connected = await connectDevice(b.services, identity);
      await connected.endAsync();
    }
  });

  it('lets-a-device-that-knows-only-the-old-root-follow-to-the-new-one', async () => {
    const device = await makeDevice(b.services);
    await roll('root');
    await roll('service');
    assert.notEqual(b.services.anchorsPem, firstRoot);
    const { body, status } = await call(asOld(), EST_PATHS.cacerts, initialOf(device), b.services.addresses.enrolment);
    assert.equal(status, 200, 'the chain leads to the old root by way of the new one that it vouches for');
    const shown = certificatesIn(body).map((pem) => new X509Certificate(pem));
    const old = new X509Certificate(firstRoot);
    const fresh = shown.find(
      (each) => each.checkIssued(each) && each.verify(each.publicKey) && each.fingerprint256 !== old.fingerprint256,
    );
    assert.ok(fresh, 'the new root is shown');
    const vouched = shown.find((each) => each.publicKey.equals(fresh.publicKey) && each.verify(old.publicKey));
    assert.ok(vouched, 'new-with-old');
    assert.ok(
      shown.some((each) => each.publicKey.equals(old.publicKey) && each.verify(fresh.publicKey)),
      'old-with-new',
    );
    const client = await connectDevice(asOld(), await enrol(asOld(), device));
    assert.equal(client.connected, true);
    await client.endAsync();
    const byNew = { ...b.services, anchorsPem: fresh.toString() };
    assert.equal((await call(byNew, '/products/hub')).status, 200, 'who knows only the new root needs no old one');
  });

  it('follows-over-two-new-roots', async () => {
    await roll('root');
    await roll('service');
    assert.equal((await call(asOld(), '/products/hub')).status, 200);
  });

  it('trusts-no-generation-that-its-root-took-back', async () => {
    const device = await makeDevice(b.services);
    const identity = await enrol(b.services, device);
    await roll('operational');
    const room = await openCeremony(folder(), b.clock);
    await takeBack(room, 'operational.2', 'authority-compromise', CEREMONY);
    await b.services.followAuthority();
    await assert.rejects(connectDevice(b.services, identity));
    assert.equal((await call(b.services, '/crl/root.1.crl')).status, 200);
    const client = await connectDevice(b.services, await enrol(b.services, device));
    await client.endAsync();
    await assert.rejects(
      async () => takeBack(await openCeremony(folder(), b.clock), 'operational.3', 'authority-compromise', CEREMONY),
      (error) => error instanceof ServicesFault && error.code === 'successor-needed',
    );
  });

  it('shows-a-retired-root-to-nobody', async () => {
    await takeBack(await openCeremony(folder(), b.clock), 'root.1', 'authority-compromise', CEREMONY);
    await b.services.followAuthority();
    assert.equal(b.services.anchorsPem.includes(firstRoot.trim()), false);
    await assert.rejects(call(asOld(), '/products/hub'));
  });

  it('has-every-use-of-a-key-in-its-log-and-finds-what-was-altered', () => {
    const verified = verifyUses(folder());
    assert.equal(verified.ok, true);
    const file = join(folder(), USES_FILE);
    const whole = readFileSync(file, 'utf8');
    const lines = whole.trimEnd().split('\n');
    const refused = (text: string): number => {
      writeFileSync(file, text);
      const found = verifyUses(folder());
      writeFileSync(file, whole);
      return found.ok ? 0 : found.line;
    };
    assert.equal(
      refused(whole.replace('"alice"', '"mallory"')),
      lines.findIndex((line) => line.includes('"alice"')) + 1,
    );
    assert.equal(refused(`${lines.toSpliced(3, 1).join('\n')}\n`), 4);
    assert.equal(refused(`${lines.toSpliced(1, 0, lines[1] ?? '').join('\n')}\n`), 3);
    assert.equal(refused(`${[...lines.slice(0, 2), ...lines.slice(2).reverse()].join('\n')}\n`), 3);
    assert.equal(refused(whole.slice(0, -20)), lines.length);
  });
});

describe('an authority over the years', () => {
  it('ends-generations-by-their-own-time-and-begins-once', async () => {
    const { mkdtempSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const { openAuthority } = await import('../../src/authority/authority.ts');
    const dir = mkdtempSync(join(tmpdir(), 'years-'));
    const clock = testClock();
    try {
      await begin(await openCeremony(dir, clock), CEREMONY);
      await assert.rejects(async () => begin(await openCeremony(dir, clock), CEREMONY), /has an authority/);
      const authority = await openAuthority(dir, clock);
      const { publicKey } = (await makeKeys()).pair;
      const year = 365 * 86_400_000;
      clock.advance(9.9 * year);
      const late = await authority.issueOperational(publicKey, 'aaaaaaaa01');
      assert.equal(
        late.notAfter,
        authority.issuers('operational')[0]?.certificate.notAfter.getTime(),
        'not beyond its issuer',
      );
      clock.advance(0.2 * year);
      await assert.rejects(authority.issueOperational(publicKey, 'aaaaaaaa01'), /roll-over/);
      await rollOver(await openCeremony(dir, clock), 'operational', CEREMONY);
      assert.equal(await authority.follow(), true);
      const issued = await authority.issueOperational(publicKey, 'aaaaaaaa01');
      assert.deepEqual([issued.issuer, authority.issuers('operational').length], ['operational.2', 1]);
      clock.advance(20 * year);
      assert.equal(authority.anchors().length, 0, 'the root has ended too');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
