import assert from 'node:assert/strict';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isSigned, openPossession, SETUP_STATEMENT } from '@hearthward/protocol';
import { emptyLog } from '../../src/logging/chain/decide.ts';
import { openSeal } from '../../src/logging/chain/seal.ts';
import { readFactoryBundle } from '../../src/manufacture/bundle.ts';
import { openSoftwareSigner } from '../../src/processes/signer.ts';
import { certificationRequest } from '../../src/secrets/certificates.ts';
import { makeKeystore, newKey, openKeystore } from '../../src/secrets/keystore.ts';
import { KEY_REGISTER } from '../../src/secrets/register.ts';
import { connectSigner, serveSigner } from '../../src/secrets/remote.ts';
import { createSealer } from '../../src/secrets/sealer.ts';
import type { Signer } from '../../src/secrets/signer.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

describe('the signer', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const machineKeyFile = async (): Promise<string> => {
    const keys = join(folder.path, 'keys');
    const [name = ''] = (await readdir(keys)).filter((each) => /^machine\..*\.key$/.test(each));
    return join(keys, name);
  };

  test('a sealed value opens for its own purpose only, and not once a bit is changed', () => {
    const sealer = createSealer(Buffer.alloc(32, 1));
    const sealed = sealer.seal('document/a', Buffer.from('text'));
    assert.equal(String(sealer.open('document/a', sealed)), 'text');
    assert.equal(sealer.open('document/b', sealed), undefined);
    for (const at of [0, 5, 20, sealed.length - 1]) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      assert.equal(sealer.open('document/a', altered), undefined, `byte ${at}`);
    }
    assert.equal(createSealer(Buffer.alloc(32, 2)).open('document/a', sealed), undefined);
    assert.equal(sealer.open('document/a', sealed.subarray(0, 10)), undefined);
    sealer.close();
    assert.throws(() => sealer.seal('document/a', Buffer.from('text')));
  });

  test('refuses a keystore without this machine’s key', async () => {
    makeKeystore(folder.path, 'HH100000001', new Date(0)).close();
    const file = await machineKeyFile();
    const key = await readFile(file);
    await writeFile(file, Buffer.alloc(32, 9));
    assert.throws(() => openKeystore(folder.path), { code: 'key-unusable' });
    await writeFile(file, key);
    const right = openKeystore(folder.path);
    assert.equal(right.keys().serial, 'HH100000001');
    right.close();
  });

  test('refuses a machine key that others can read', async () => {
    makeKeystore(folder.path, 'HH100000001', new Date(0)).close();
    const file = await machineKeyFile();
    await chmod(file, 0o644);
    assert.throws(() => openKeystore(folder.path), { code: 'key-unusable' });
    await chmod(file, 0o600);
    openKeystore(folder.path).close();
  });

  test('no private key lies on the disk in the clear', async () => {
    const keystore = makeKeystore(folder.path, 'HH100000001', new Date(0));
    const { identity, data, panel } = keystore.keys();
    keystore.close();
    const bytes = await readFile(join(folder.path, 'keys', 'keystore.sqlite'));
    for (const key of [identity, data, panel.key]) {
      assert.equal(bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64')), false);
    }
  });

  test('the panel’s certificate is its own, and says nothing of product, serial number or maker', () => {
    const keystore = makeKeystore(folder.path, 'HH100000001', new Date('2026-05-06'));
    const certificate = new X509Certificate(keystore.keys().panel.certificate);
    keystore.close();
    assert.equal(certificate.verify(certificate.publicKey), true);
    assert.deepEqual([certificate.subject, certificate.issuer], ['CN=device', 'CN=device']);
    assert.equal(certificate.subjectAltName, 'DNS:device.local, DNS:localhost');
    assert.deepEqual([certificate.ca, certificate.keyUsage], [false, ['1.3.6.1.5.5.7.3.1']]);
    assert.equal(certificate.validFromDate.toISOString(), '2026-01-01T00:00:00.000Z');
    assert.equal(certificate.validToDate.toISOString(), '2051-01-01T00:00:00.000Z');
  });

  test('a certification request is signed by the key that it names', () => {
    const key = newKey();
    const der = Buffer.from(certificationRequest(key, { CN: 'abc' }).replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    // SEQUENCE of info, algorithm and signature: the signature is what is left after both.
    const info = der.subarray(der.length > 260 ? 4 : 3);
    const infoLength = (info[1] ?? 0) < 0x80 ? 2 + (info[1] ?? 0) : 3 + (info[2] ?? 0);
    const signature = info.subarray(infoLength + 12 + 3);
    assert.equal(verify('sha256', info.subarray(0, infoLength), createPublicKey(key), signature), true);
  });

  for (const kind of ['in one process', 'over a stream'] as const) {
    const connected = (signer: Signer): Signer => {
      if (kind === 'in one process') return signer;
      const [core, holder] = duplexPair();
      serveSigner(signer, holder);
      return connectSigner(core);
    };

    test(`${kind}: each key is released once, and none before there is one`, async () => {
      await manufactured(folder.path);
      const own = openSoftwareSigner(folder.path);
      const signer = connected(own);
      const data = await signer.release('data');
      assert.deepEqual([data.key.length, data.certificates], [32, []]);
      await assert.rejects(signer.release('data'), { code: 'signer-refused' });
      const panel = await signer.release('panel');
      assert.match(String(panel.key), /^-----BEGIN PRIVATE KEY/);
      assert.equal(panel.certificates.length, 1);
      await assert.rejects(signer.release('panel'), { code: 'signer-refused' });
      await assert.rejects(signer.release('channel'), { code: 'signer-refused', message: /before enrolment/ });
      assert.equal((await signer.status()).enrolled, false);
      await assert.rejects(signer.release('identity' as never));
      signer.close();
      own.close();
    });
  }

  test('the identity states a check of this device alone, and signs no other text for core', async () => {
    const bundle = await manufactured(folder.path);
    const own = openSoftwareSigner(folder.path);
    const [core, holder] = duplexPair();
    serveSigner(own, holder);
    const signer = connectSigner(core);
    const [nonce, ask, channel] = ['n', 'a', 'c'].map((letter) => letter.repeat(43));
    const tls = { version: 'TLSv1.3', suite: 'x', group: 'y' };
    const about = { v: 1, nonce, ask, channel, at: 1, version: '1', integrity: 'whole', tls, settings: [] };
    const statement = (device = bundle.deviceId) => JSON.stringify({ ...about, device });
    const signed = await signer.attest(statement());
    const shown = new X509Certificate(Buffer.from(signed.certificate, 'base64'));
    const key = shown.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    assert.equal(signed.certificate, new X509Certificate(bundle.initialIdentity[0] ?? '').raw.toString('base64'));
    assert.equal(isSigned(SETUP_STATEMENT, { ...signed, key }), true);
    assert.equal(isSigned('', { ...signed, key }), false, 'nothing without its label');
    const refused = { code: 'signer-refused' };
    for (const other of [
      statement('another'),
      'a contract',
      '',
      JSON.stringify({ ...about, device: bundle.deviceId, more: 1 }),
    ])
      await assert.rejects(signer.attest(other), refused, other);
    signer.close();
    own.close();
  });

  test('the log key signs heads of this device’s log alone, and never an earlier one than it has signed', async () => {
    await manufactured(folder.path);
    const own = openSoftwareSigner(folder.path);
    const [core, holder] = duplexPair();
    serveSigner(own, holder);
    const signer = connectSigner(core);
    const { deviceId } = readFactoryBundle(folder.path).bundle;
    const at = new Date(0).toISOString();
    const statement = (seq: number, chain = 0, device = deviceId) =>
      JSON.stringify({ device, at, log: { ...emptyLog(), seq, chain } });
    const seal = await signer.sealLog(statement(7));
    assert.equal(openSeal(seal)?.log.seq, 7);
    const refused = { code: 'signer-refused' };
    await assert.rejects(signer.sealLog(statement(6)), refused, 'put back');
    await assert.rejects(signer.sealLog(statement(9, 0, 'another')), refused);
    await assert.rejects(signer.sealLog('a contract'), refused);
    const next = await signer.sealLog(statement(0, 1));
    assert.equal(next.key, seal.key, 'an erasure leaves the key');
    await assert.rejects(signer.sealLog(statement(8)), refused, 'a chain that was erased');
    signer.close();
    own.close();
  });

  test('says in whose hands it is by its initial identity, over the line too, and nobody gives the text', async () => {
    await manufactured(folder.path);
    const own = openSoftwareSigner(folder.path);
    const [near, far] = duplexPair();
    serveSigner(own, near);
    const signer = connectSigner(far);
    const { initialIdentity } = readFactoryBundle(folder.path).bundle;
    const opened = openPossession(await signer.possession());
    const { fingerprint256 } = new X509Certificate(initialIdentity[0] ?? '');
    assert.equal(opened?.fingerprint, fingerprint256.replaceAll(':', '').toLowerCase());
    assert.ok(Math.abs(Date.now() - opened.at) < 60_000);
    signer.close();
    own.close();
  });

  test('every key of the register has one purpose, and the initial identity leaves to nobody', () => {
    assert.equal(new Set(KEY_REGISTER.map(({ id }) => id)).size, KEY_REGISTER.length);
    assert.equal(new Set(KEY_REGISTER.map(({ purpose }) => purpose)).size, KEY_REGISTER.length);
    assert.equal(KEY_REGISTER.find(({ id }) => id === 'identity')?.releasedTo, 'nobody');
  });
});
