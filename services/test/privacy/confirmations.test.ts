import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type Confirmation,
  ERASURE_TYPE,
  type ErasureStatement,
  keyIdOf,
  preAuthentication,
  type Verified,
  verifyConfirmation,
} from '@hearthward/protocol';
import { type Authority, openAuthority } from '../../src/authority/authority.ts';
import type { Confirming } from '../../src/authority/confirming.ts';
import { issue, pemOf, readCertificate } from '../../src/authority/x509.ts';
import { beginErasure, type Erasure } from '../../src/privacy/erasure/decide.ts';
import { confirmationOf } from '../../src/privacy/erasure/confirm.ts';
import { testClock } from '../bench.ts';

const DAY = 86_400_000;

describe('a confirmation', () => {
  const clock = testClock();
  let folder: string;
  let authority: Authority;
  let confirming: Confirming;
  let good: Confirmation;
  let roots: readonly string[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'confirm-'));
    authority = await openAuthority(join(folder, 'authority'), clock);
    confirming = await authority.confirming();
    roots = authority.anchors();
    good = confirmationOf('erased', done(clock.now()), CONCERNED, clock.now(), confirming);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const codeOf = (verified: Verified) => (verified.ok ? 'ok' : verified.code);
  const resigned = (statement: unknown, by: Confirming = confirming): Confirmation =>
    sealed(Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement)), by);
  const statementIn = (confirmation: Confirmation) =>
    JSON.parse(Buffer.from(confirmation.payload, 'base64').toString()) as ErasureStatement;

  it('is-believed-where-it-is-the-manufacturers-and-says-what-every-place-said', () => {
    const verified = verifyConfirmation(JSON.parse(JSON.stringify(good)), roots);
    assert.ok(verified.ok, JSON.stringify(verified));
    assert.equal(verified.statement.manufacturer, 'Example Appliances');
    assert.deepEqual(
      verified.statement.places.map(({ place, state }) => `${place} ${state}`),
      ['keys erased', 'services erased', 'backups unreadable', 'device:hub01 erased'],
    );
    assert.match(verified.signer.serial, /^[0-9a-f]{32}$/);
  });

  it('is-signed-over-the-type-and-the-bytes-as-the-specification-shows', () => {
    // the example of DSSE 1.0, protocol.md
    const encoded = preAuthentication('http://example.com/HelloWorld', Buffer.from('hello world'));
    assert.equal(encoded.toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('refuses-another-text-another-key-and-another-type', () => {
    const statement = statementIn(good);
    const other = Buffer.from(JSON.stringify({ ...statement, id: 'B'.repeat(22) })).toString('base64');
    const stranger = strangeKey();
    const [signature] = good.signatures;
    assert.ok(signature);
    const sig = Buffer.from(signature.sig, 'base64');
    sig[sig.length - 1] = (sig.at(-1) ?? 0) ^ 1;
    for (const [forged, code] of [
      [{ ...good, payload: other }, 'signature-wrong'],
      [{ ...good, signatures: [{ ...signature, sig: sig.toString('base64') }] }, 'signature-wrong'],
      [resigned(statement, { ...confirming, key: stranger }), 'other-key'],
      [
        {
          ...resigned(statement, { ...confirming, key: stranger }),
          signatures: [
            { ...resigned(statement, { ...confirming, key: stranger }).signatures[0], keyid: signature.keyid },
          ],
        },
        'signature-wrong',
      ],
      [{ ...good, payloadType: 'application/vnd.in-toto+json' }, 'other-type'],
      [{ ...good, payload: `${good.payload.slice(0, -1)}*` }, 'not-an-envelope'],
      [{ ...good, payload: good.payload.replaceAll('=', '') + '\n' }, 'not-an-envelope'],
      [{ ...good, certificates: [] }, 'not-an-envelope'],
      [{ ...good, more: 1 }, 'not-an-envelope'],
      [undefined, 'not-an-envelope'],
      ['a text', 'not-an-envelope'],
      [{ ...good, certificates: ['no certificate'] }, 'not-a-certificate'],
    ] as const)
      assert.equal(codeOf(verifyConfirmation(forged, roots)), code, JSON.stringify(forged)?.slice(0, 60));
  });

  it('refuses-certificates-of-others-and-keys-given-for-something-else', async () => {
    const elsewhere = await openAuthority(join(folder, 'elsewhere'), clock);
    const theirs = await elsewhere.confirming();
    const statement = statementIn(good);
    assert.equal(codeOf(verifyConfirmation(resigned(statement, theirs), roots)), 'not-of-the-roots');
    assert.equal(codeOf(verifyConfirmation(resigned(statement, theirs), elsewhere.anchors())), 'ok');
    // the chain of the good one with the key of another authority's in front
    const mixed = { ...theirs, certificates: [theirs.certificates[0] ?? '', ...confirming.certificates.slice(1)] };
    assert.equal(codeOf(verifyConfirmation(resigned(statement, mixed), roots)), 'not-of-the-roots');
    assert.equal(codeOf(verifyConfirmation(good, [])), 'not-of-the-roots');
    const server = await authority.serverCredentials(['localhost']);
    const chain = server.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/).filter((pem) => pem.trim() !== '');
    const listener = { key: createPrivateKey(server.keyPem), certificates: chain };
    assert.equal(codeOf(verifyConfirmation(resigned(statement, listener), roots)), 'other-purpose');
    // a device's own certificate vouches for nothing below it
    const pair = await keys();
    const device = await authority.issueOperational(pair.publicKey, 'hub01');
    const issuer = { certificate: device.certificate, key: pair.privateKey, algorithm: 'ecdsa-p256-sha256' } as const;
    const below = await keys();
    const time = { notBefore: clock.now() - DAY, notAfter: clock.now() + DAY };
    const use = { kind: 'documents' } as const;
    const profile = { subject: [{ CN: ['x'] }], serial: '4111', ...time, use };
    const pem = pemOf(await issue(profile, below.publicKey, issuer));
    const forged = { key: await nodeKey(below.privateKey), certificates: [pem, ...device.chainPem] };
    assert.equal(codeOf(verifyConfirmation(resigned(statement, forged), roots)), 'not-of-the-roots');
  });

  it('refuses-what-was-signed-when-its-certificate-did-not-hold', () => {
    const [own = ''] = confirming.certificates;
    const end = readCertificate(own).notAfter.getTime();
    for (const [at, code] of [
      [end + 1000, 'not-in-its-time'],
      [clock.now() - 2 * DAY, 'not-in-its-time'],
      [end - 1000, 'ok'],
    ] as const) {
      const statement = { ...statementIn(good), at: new Date(at).toISOString() };
      assert.equal(codeOf(verifyConfirmation(resigned(statement), roots)), code);
    }
  });

  it('refuses-a-statement-that-is-none-or-of-a-place-that-has-not-erased', () => {
    const statement = statementIn(good);
    const [keysGone, ...others] = statement.places;
    assert.ok(keysGone);
    const waiting = { ...keysGone, state: 'waiting' } as const;
    for (const [changed, code] of [
      ['not JSON', 'not-a-statement'],
      [{ ...statement, v: 2 }, 'not-a-statement'],
      [{ ...statement, more: true }, 'not-a-statement'],
      [{ ...statement, places: [waiting, ...others] }, 'not-settled'],
      [{ ...statement, places: others }, 'not-settled'],
      [{ ...statement, kind: 'expired' }, 'not-settled'],
      [{ ...statement, at: 'yesterday' }, 'not-in-its-time'],
    ] as const)
      assert.equal(codeOf(verifyConfirmation(resigned(changed), roots)), code);
  });

  it('is-not-made-of-what-was-asked', () => {
    for (const state of ['waiting', 'failed'] as const) {
      const erasure = done(clock.now());
      const [first, ...rest] = erasure.places;
      assert.ok(first);
      const open = { ...erasure, places: [{ ...first, state }, ...rest] };
      assert.throws(() => confirmationOf('erased', open, CONCERNED, clock.now(), confirming), /not to be confirmed/);
    }
    assert.throws(() => confirmationOf('expired', done(clock.now()), CONCERNED, clock.now(), confirming));
  });

  it('has-a-key-that-is-kept-and-renewed-before-its-certificate-ends', async () => {
    const again = await authority.confirming();
    assert.deepEqual(again.certificates, confirming.certificates);
    clock.advance(336 * DAY);
    const renewed = await authority.confirming();
    assert.notEqual(renewed.certificates[0], confirming.certificates[0]);
    const later = confirmationOf('erased', done(clock.now()), CONCERNED, clock.now(), renewed);
    assert.ok(verifyConfirmation(later, roots).ok);
    assert.ok(verifyConfirmation(good, roots).ok, 'what was signed before stays good');
  });
});

const CONCERNED = { manufacturer: 'Example Appliances', product: 'Test Hub', devices: [], parties: [] };

function done(now: number): Erasure {
  const order = {
    id: 'A'.repeat(22),
    subjects: ['s'.repeat(22)],
    askedBy: { who: 'device', deviceId: 'hub01' },
    askedAt: now,
    undoUntil: now,
  } as const;
  const { state } = beginErasure(order, [{ place: 'device:hub01' }], now);
  const places = state.places.map((each) =>
    each.place === 'backups'
      ? { ...each, state: 'unreadable' as const, until: now + 30 * DAY }
      : { ...each, state: 'erased' as const },
  );
  return { ...state, phase: 'under-way', places };
}

function sealed(payload: Buffer, { key, certificates }: Confirming): Confirmation {
  const sig = sign('sha256', preAuthentication(ERASURE_TYPE, payload), key);
  const keyid = keyIdOf(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  return {
    payloadType: ERASURE_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid, sig: sig.toString('base64') }],
    certificates: [...certificates],
  };
}

const strangeKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const keys = () => webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const nodeKey = async (key: webcrypto.CryptoKey) =>
  createPrivateKey({
    key: Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)),
    format: 'der',
    type: 'pkcs8',
  });
