import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { EST_PATHS } from '@hearthward/protocol';
import {
  bench,
  call,
  chainIn,
  enrol,
  initialOf,
  makeDevice,
  makeKeys,
  requestCertificate,
  selfSigned,
  type TestBench,
} from './bench.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;

describe('enrolment', () => {
  let b: TestBench;
  before(async () => {
    b = await bench();
  });
  after(() => b.end());

  it('enrols-a-device-over-est', async () => {
    const device = await makeDevice(b.services);
    const { cert } = await enrol(b.services, device);
    const leaf = new X509Certificate(cert);
    assert.equal(leaf.subject, `CN=${device.bundle.deviceId}`);
    assert.equal(leaf.ca, false);
    const found = await b.services.registry.find(device.bundle.deviceId);
    assert.equal(found?.state, 'enrolled');
    const live = await b.services.registry.liveCertificate(device.bundle.deviceId);
    assert.equal(live?.serial, leaf.serialNumber.toLowerCase());
  });

  it('answers-certificates-that-openssl-reads', { skip: !openssl && 'openssl is not installed' }, async () => {
    const device = await makeDevice(b.services);
    const keys = await makeKeys();
    const answers = [
      await call(b.services, EST_PATHS.cacerts),
      await requestCertificate(b.services, initialOf(device), keys.csrBase64),
    ];
    for (const { status, body, headers } of answers) {
      assert.equal(status, 200);
      assert.match(String(headers['content-type']), /^application\/pkcs7-mime/);
      const printed = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs', '-noout'], {
        input: Buffer.from(body, 'base64'),
      }).toString();
      assert.equal(printed.match(/^subject=/gm)?.length, 2);
    }
  });

  it('chains-every-certificate-to-the-root', async () => {
    const device = await makeDevice(b.services);
    const { cert } = await enrol(b.services, device);
    const root = new X509Certificate(b.services.anchorsPem);
    for (const chain of [cert, device.bundle.initialIdentity.join('')]) {
      const [leaf, authority] = chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
      const above = new X509Certificate(authority ?? '');
      assert.equal(new X509Certificate(leaf ?? '').verify(above.publicKey), true);
      assert.equal(above.verify(root.publicKey), true);
      assert.equal(above.ca, true);
    }
  });

  it('takes-the-subject-from-the-certificate-not-from-the-request', async () => {
    const [victim, attacker] = [await makeDevice(b.services), await makeDevice(b.services)];
    const keys = await makeKeys('P-256', `CN=${victim.bundle.deviceId}`);
    const answer = await requestCertificate(b.services, initialOf(attacker), keys.csrBase64);
    assert.equal(answer.status, 200);
    assert.equal(new X509Certificate(chainIn(answer.body)).subject, `CN=${attacker.bundle.deviceId}`);
    assert.equal(await b.services.registry.liveCertificate(victim.bundle.deviceId), undefined);
  });

  it('refuses-a-request-without-certificate', async () => {
    const answer = await requestCertificate(b.services, undefined, (await makeKeys()).csrBase64);
    assert.equal(answer.status, 401);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal((JSON.parse(answer.body) as { code: string }).code, 'no-certificate');
  });

  it('refuses-a-certificate-of-another-maker', async () => {
    const keys = await makeKeys();
    const cert = await selfSigned(keys, 'initial authority');
    const answer = await requestCertificate(b.services, { key: keys.keyPem, cert }, keys.csrBase64);
    assert.deepEqual([answer.status, codeOf(answer.body)], [403, 'foreign-certificate']);
  });

  it('refuses-a-request-that-its-key-did-not-sign', async () => {
    const device = await makeDevice(b.services);
    const der = Buffer.from((await makeKeys()).csrBase64, 'base64');
    // the last byte is the signature's
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
    const answer = await requestCertificate(b.services, initialOf(device), der.toString('base64'));
    assert.deepEqual([answer.status, codeOf(answer.body)], [400, 'no-proof-of-possession']);
    assert.equal(await b.services.registry.liveCertificate(device.bundle.deviceId), undefined);
  });

  it('refuses-another-curve-and-rubbish', async () => {
    const device = await makeDevice(b.services);
    const p384 = await requestCertificate(b.services, initialOf(device), (await makeKeys('P-384')).csrBase64);
    assert.deepEqual([p384.status, codeOf(p384.body)], [400, 'key-not-p256']);
    const rubbish = await requestCertificate(b.services, initialOf(device), 'AAAA');
    assert.deepEqual([rubbish.status, codeOf(rubbish.body)], [400, 'request-unreadable']);
    const long = await requestCertificate(b.services, initialOf(device), 'A'.repeat(9000));
    assert.equal(long.status, 413);
  });

  it('renews-with-the-operational-identity-alone-and-supersedes-the-older', async () => {
    const device = await makeDevice(b.services);
    const first = await enrol(b.services, device);
    const keys = await makeKeys();
    const path = EST_PATHS.simplereenroll;
    const wrong = await requestCertificate(b.services, initialOf(device), keys.csrBase64, path);
    assert.deepEqual([wrong.status, codeOf(wrong.body)], [403, 'wrong-certificate']);
    const other = await requestCertificate(b.services, first, keys.csrBase64);
    assert.deepEqual([other.status, codeOf(other.body)], [403, 'wrong-certificate']);
    const renewed = await requestCertificate(b.services, first, keys.csrBase64, path);
    assert.equal(renewed.status, 200);
    const again = await requestCertificate(b.services, first, (await makeKeys()).csrBase64, path);
    assert.deepEqual([again.status, codeOf(again.body)], [403, 'certificate-not-live']);
    const live = await b.services.registry.liveCertificate(device.bundle.deviceId);
    assert.equal(live?.serial, new X509Certificate(chainIn(renewed.body)).serialNumber.toLowerCase());
  });

  it('refuses-a-revoked-device', async () => {
    const device = await makeDevice(b.services);
    const { bundle } = device;
    assert.equal(await b.services.revoke(bundle.deviceId, 'alice'), true);
    const answer = await requestCertificate(b.services, initialOf(device), (await makeKeys()).csrBase64);
    assert.deepEqual([answer.status, codeOf(answer.body)], [403, 'device-revoked']);
  });

  it('refuses-an-expired-certificate', async () => {
    const device = await makeDevice(b.services);
    const identity = await enrol(b.services, device);
    b.clock.advance(91 * 24 * 3_600_000);
    const keys = await makeKeys();
    const answer = await requestCertificate(b.services, identity, keys.csrBase64, EST_PATHS.simplereenroll);
    assert.deepEqual([answer.status, codeOf(answer.body)], [403, 'expired-certificate']);
  });
});

const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code;
