import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listPem } from '../../src/authority/lists.ts';
import { pemOf } from '../../src/authority/x509.ts';
import { openAuthority } from '../../src/authority/authority.ts';
import { systemClock } from '../../src/clock.ts';
import { bench, call, enrol, makeDevice, type TestBench } from '../bench.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;

describe('lists of ended certificates', { skip: !openssl && 'openssl is not installed' }, () => {
  let b: TestBench;
  let dir: string;
  const at = (name: string) => join(dir, name);
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('openssl', args);
    return { status, text: `${stdout.toString()}${stderr.toString()}` };
  };
  before(async () => {
    b = await bench();
    dir = await mkdtemp(join(tmpdir(), 'lists-'));
    const authority = await openAuthority(join(b.dataDir, 'authority'), systemClock);
    writeFileSync(at('roots.pem'), authority.anchorsPem());
    writeFileSync(
      at('operational.pem'),
      authority
        .issuers('operational')
        .map(({ certificate }) => pemOf(certificate))
        .join(''),
    );
    writeFileSync(at('chain.pem'), authority.caCertificates().map(pemOf).join(''));
  });
  after(async () => {
    await b.end();
    await rm(dir, { recursive: true, force: true });
  });

  async function fetchList(label: string): Promise<string> {
    const port = b.services.addresses.https.port;
    const { execFile } = await import('node:child_process');
    const der = await new Promise<Buffer>((resolve, reject) => {
      execFile(
        'curl',
        ['-sSf', '--cacert', at('roots.pem'), `https://localhost:${port}/crl/${label}.crl`],
        { encoding: 'buffer' },
        (error, out) => (error ? reject(error) : resolve(out)),
      );
    });
    writeFileSync(at(`${label}.pem`), listPem(der));
    return run('crl', '-in', at(`${label}.pem`), '-noout', '-text').text;
  }

  it('is-verified-by-openssl-and-refuses-the-revoked-alone', async () => {
    const [good, bad] = [await makeDevice(b.services), await makeDevice(b.services)];
    writeFileSync(at('good.pem'), (await enrol(b.services, good)).cert);
    writeFileSync(at('bad.pem'), (await enrol(b.services, bad)).cert);
    const before = await fetchList('operational.1');
    assert.match(before, /No Revoked Certificates/);
    const check = (name: string) =>
      run(
        'verify',
        '-crl_check',
        '-CAfile',
        at('roots.pem'),
        '-untrusted',
        at('chain.pem'),
        '-CRLfile',
        at('operational.1.pem'),
        at(`${name}.pem`),
      );
    assert.equal(check('bad').status, 0);
    await b.services.custody.revoke(bad.bundle.deviceId, 'alice', 'key-compromise');
    const text = await fetchList('operational.1');
    assert.match(text, /Key Compromise/);
    assert.match(text, /X509v3 CRL Number: *\n? *2/);
    assert.match(
      run('crl', '-in', at('operational.1.pem'), '-noout', '-verify', '-CAfile', at('operational.pem')).text,
      /verify OK/,
    );
    assert.equal(check('good').status, 0);
    assert.match(check('bad').text, /certificate revoked/);
    const initial = await fetchList('initial.1');
    assert.match(initial, /Serial Number/);
  });

  it('is-signed-anew-only-when-something-changed-or-a-day-has-passed', async () => {
    const digest = async () =>
      createHash('sha256')
        .update(await fetchList('operational.1'))
        .digest('hex');
    const first = await digest();
    assert.equal(await digest(), first);
    b.clock.advance(25 * 3_600_000);
    assert.notEqual(await digest(), first);
  });

  it('lists-nothing-that-is-no-authority', async () => {
    for (const path of ['/crl/service.1.crl', '/crl/operational.9.crl', '/crl/..%2froot.key', '/crl/operational.1'])
      assert.equal((await call(b.services, path)).status, 404, path);
  });

  it('accepts-the-label-of-rfc-7468', () => {
    assert.doesNotThrow(() => execFileSync('openssl', ['crl', '-in', at('operational.1.pem'), '-noout']));
  });
});
