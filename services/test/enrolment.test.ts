import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { connect } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { EST_PATHS } from '@hearthward/protocol';
import { decide } from '../src/enrolment/decide.ts';
import type { Services } from '../src/server.ts';
import { eventsOf } from '../src/telemetry/events.ts';
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
      await call(b.services, EST_PATHS.cacerts, initialOf(device), b.services.addresses.enrolment),
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
    const csr = (await makeKeys()).csrBase64;
    await assert.rejects(requestCertificate(b.services, undefined, csr), inHandshake);
    await assert.rejects(call(b.services, EST_PATHS.cacerts, {}, b.services.addresses.enrolment), inHandshake);
    const decision = decide('enrol', undefined, 0);
    assert.deepEqual([decision.ok, !decision.ok && decision.code], [false, 'no-certificate']);
  });

  it('refuses-a-certificate-of-another-maker', async () => {
    const keys = await makeKeys();
    const cert = await selfSigned(keys, 'initial authority');
    await assert.rejects(requestCertificate(b.services, { key: keys.keyPem, cert }, keys.csrBase64), inHandshake);
  });

  it('refuses-a-certificate-of-ours-that-the-register-does-not-know', async () => {
    const device = await makeDevice(b.services);
    await b.services.store.db.deleteFrom('certificates').where('device_id', '=', device.bundle.deviceId).execute();
    const answer = await requestCertificate(b.services, initialOf(device), (await makeKeys()).csrBase64);
    assert.deepEqual([answer.status, codeOf(answer.body)], [403, 'foreign-certificate']);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  });

  it('keeps-enrolment-and-public-pages-apart', async () => {
    const device = await makeDevice(b.services);
    const { https, enrolment } = b.services.addresses;
    assert.notEqual(https.port, enrolment.port);
    assert.equal((await call(b.services, EST_PATHS.cacerts, {}, https)).status, 404);
    assert.equal((await call(b.services, '/products/hub', initialOf(device), enrolment)).status, 404);
    assert.equal((await call(b.services, '/products/hub', {}, https)).status, 200);
    assert.equal(await asksForCertificate(b.services, https.port), false);
    assert.equal(await asksForCertificate(b.services, enrolment.port), true);
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

  it('refuses-an-algorithm-outside-the-registry-and-rubbish', async () => {
    const device = await makeDevice(b.services);
    const p521 = await requestCertificate(b.services, initialOf(device), (await makeKeys('P-521')).csrBase64);
    assert.deepEqual([p521.status, codeOf(p521.body)], [400, 'algorithm-refused']);
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
    // whoever still has the key of an ended certificate is a copy, and is seen
    const [newest] = await eventsOf(b.services.store.db, device.bundle.deviceId, 1);
    assert.deepEqual([newest?.kind, newest?.source], ['ended-certificate-used', 'services']);
    const live = await b.services.registry.liveCertificate(device.bundle.deviceId);
    assert.equal(live?.serial, new X509Certificate(chainIn(renewed.body)).serialNumber.toLowerCase());
  });

  it('gives-certificates-that-end-sooner-when-it-is-asked-to-and-never-later', async () => {
    const device = await makeDevice(b.services);
    const life = async () => {
      const { cert } = await enrol(b.services, device);
      const { validFromDate, validToDate } = new X509Certificate(cert);
      return [validFromDate, validToDate].map((date) => Math.ceil((date.getTime() - b.clock.now()) / 1000));
    };
    const usual = await life();
    assert.deepEqual(usual, [-3600, 90 * 86_400]);
    for (const outside of [9, 90 * 86_400 + 1, Number.NaN]) {
      const chosen = await b.services.lasting.choose(outside, 'Alice');
      assert.equal(chosen.ok ? '' : chosen.code, 'lasting-out-of-range');
    }
    assert.deepEqual(await life(), usual);
    assert.equal((await b.services.lasting.choose(60, 'Alice')).ok, true);
    assert.deepEqual(await life(), [-60, 60], 'half of its life lies before it, so that two thirds lie within');
    assert.equal((await b.services.lasting.choose(undefined, 'Alice')).ok, true);
    assert.deepEqual(await life(), usual);
    const kept = await b.services.store.db
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'lifetime-chosen')
      .execute();
    assert.deepEqual(
      kept.map(({ actor, detail }) => [actor, detail]),
      [
        ['Alice', '{"seconds":60}'],
        ['Alice', '{"seconds":7776000}'],
      ],
    );
  });

  it('refuses-a-revoked-device', async () => {
    const device = await makeDevice(b.services);
    const { bundle } = device;
    assert.equal(await b.services.custody.revoke(bundle.deviceId, 'alice'), true);
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

/** RFC 8446 6.2: the alerts of a server that wants another certificate, or any at all */
const inHandshake = { code: /^(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ERR_SSL_TLS\w*ALERT_\w+|ECONNRESET)$/ };

/** Whether a client without a certificate is kept from being answered. */
function asksForCertificate(services: Services, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca: services.anchorsPem, servername: 'localhost' });
    const end = (asked: boolean) => {
      socket.destroy();
      resolve(asked);
    };
    socket.once('error', () => end(true));
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'));
    socket.once('data', () => end(false));
  });
}

const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code;
