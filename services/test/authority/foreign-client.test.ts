import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EST_PATHS } from '@hearthward/protocol';
import { bench, makeDevice, type TestBench, type TestDevice } from '../bench.ts';

/** Nothing of ours on the client's side: `curl` carries, `openssl` makes keys and requests and reads what comes back. */
const absent = ['openssl', 'curl'].filter((program) => spawnSync(program, ['version']).error !== undefined);

describe('a foreign client of EST', { skip: absent.length > 0 && `${absent.join(', ')} is not installed` }, () => {
  let b: TestBench;
  let device: TestDevice;
  let dir: string;
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

  before(async () => {
    b = await bench();
    dir = await mkdtemp(join(tmpdir(), 'est-'));
    device = await makeDevice(b.services);
    writeFileSync(at('roots.pem'), b.services.anchorsPem);
    writeFileSync(at('initial.pem'), device.bundle.initialIdentity.join(''));
    writeFileSync(at('initial.key'), device.initial.keyPem, { mode: 0o600 });
  });
  after(async () => {
    await b.end();
    await rm(dir, { recursive: true, force: true });
  });

  /** Status, type, and the file that the body went to. */
  async function curl(path: string, as: string | undefined, request?: string) {
    const { execFile } = await import('node:child_process');
    const args = ['-sS', '--cacert', at('roots.pem'), '-o', at('answer'), '-D', at('headers'), '-w', '%{http_code}'];
    if (as !== undefined) args.push('--cert', at(`${as}.pem`), '--key', at(`${as}.key`));
    if (request !== undefined)
      args.push(
        '--data-binary',
        `@${at(request)}`,
        '-H',
        'Content-Type: application/pkcs10',
        '-H',
        'Content-Transfer-Encoding: base64',
      );
    const { stdout, code } = await new Promise<{ stdout: string; code: number }>((resolve) => {
      execFile('curl', [...args, `${b.services.enrolment}${path}`], (error, out) =>
        resolve({ stdout: out, code: typeof error?.code === 'number' ? error.code : 0 }),
      );
    });
    return { status: Number(stdout), code, headers: readFileSync(at('headers'), 'utf8') };
  }

  function makeRequest(name: string): void {
    openssl(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=anything',
      '-keyout',
      at(`${name}.key`),
      '-outform',
      'DER',
      '-out',
      at(`${name}.der`),
    );
    openssl('base64', '-in', at(`${name}.der`), '-out', at(`${name}.csr`));
  }

  /** The answer as PEM certificates, read by `openssl` alone. */
  function unpack(name: string): string {
    openssl('base64', '-d', '-in', at('answer'), '-out', at('answer.der'));
    openssl('pkcs7', '-inform', 'DER', '-in', at('answer.der'), '-print_certs', '-out', at(`${name}.pem`));
    return openssl('x509', '-in', at(`${name}.pem`), '-noout', '-subject');
  }

  it('fetches-the-certificates-of-the-authority', async () => {
    const answer = await curl(EST_PATHS.cacerts, 'initial');
    assert.equal(answer.status, 200);
    assert.match(answer.headers, /content-type: application\/pkcs7-mime/i);
    assert.match(answer.headers, /content-transfer-encoding: base64/i);
    unpack('authorities');
    assert.match(openssl('crl2pkcs7', '-nocrl', '-certfile', at('authorities.pem')), /PKCS7/);
  });

  it('enrols-and-renews-and-openssl-verifies-the-chain', async () => {
    for (const [path, as, name] of [
      [EST_PATHS.simpleenroll, 'initial', 'first'],
      [EST_PATHS.simplereenroll, 'first', 'second'],
    ] as const) {
      makeRequest(name);
      const answer = await curl(path, as, `${name}.csr`);
      assert.equal(answer.status, 200, answer.headers);
      assert.match(unpack(name), new RegExp(`CN *= *${device.bundle.deviceId}`));
      const verified = openssl(
        'verify',
        '-purpose',
        'sslclient',
        '-CAfile',
        at('roots.pem'),
        '-untrusted',
        at('authorities.pem'),
        at(`${name}.pem`),
      );
      assert.match(verified, /: OK/);
      const own = openssl('x509', '-in', at(`${name}.pem`), '-noout', '-pubkey');
      assert.equal(openssl('pkey', '-in', at(`${name}.key`), '-pubout'), own);
    }
    const live = await b.services.registry.liveCertificate(device.bundle.deviceId);
    const serial = openssl('x509', '-in', at('second.pem'), '-noout', '-serial').trim().replace('serial=', '');
    assert.equal(live?.serial, serial.toLowerCase());
  });

  it('refuses-the-wrong-identity-the-superseded-one-and-paths-that-are-none', async () => {
    makeRequest('third');
    assert.equal((await curl(EST_PATHS.simplereenroll, 'initial', 'third.csr')).status, 403);
    assert.equal((await curl(EST_PATHS.simpleenroll, 'second', 'third.csr')).status, 403);
    assert.equal((await curl(EST_PATHS.simplereenroll, 'first', 'third.csr')).status, 403);
    assert.equal((await curl('/.well-known/est/serverkeygen', 'initial', 'third.csr')).status, 404);
    assert.equal((await curl('/.well-known/est/other/simpleenroll', 'initial', 'third.csr')).status, 404);
    assert.notEqual((await curl(EST_PATHS.simpleenroll, undefined, 'third.csr')).code, 0);
    writeFileSync(at('empty.csr'), '');
    assert.equal((await curl(EST_PATHS.simpleenroll, 'initial', 'empty.csr')).status, 400);
  });

  it('is-told-when-to-come-back-while-a-person-looks', async () => {
    makeRequest('fourth');
    await b.services.custody.hold(device.bundle.deviceId, 'two-places');
    const held = await curl(EST_PATHS.simplereenroll, 'second', 'fourth.csr');
    assert.equal(held.status, 202);
    assert.match(held.headers, /retry-after: \d+/i);
    assert.equal(await b.services.custody.release(device.bundle.deviceId, 'alice'), true);
    assert.equal(
      (await curl(EST_PATHS.simplereenroll, 'second', 'fourth.csr')).status,
      403,
      'what was in doubt stays out',
    );
    assert.equal((await curl(EST_PATHS.simpleenroll, 'initial', 'fourth.csr')).status, 200);
  });
});
