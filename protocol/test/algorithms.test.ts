import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ALGORITHMS,
  openValue,
  preferred,
  SEALING,
  sealingOf,
  sealValue,
  signatureOf,
  statusOf,
  tlsParameters,
  usable,
  type AlgorithmUse,
  type SealingId,
} from '../src/index.ts';

const uses = Object.keys(ALGORITHMS) as AlgorithmUse[];
const at = (date: string): number => Date.parse(date);

test('each algorithm has its source, and each use one preferred algorithm on every day', () => {
  for (const use of uses) {
    for (const { source } of Object.values(ALGORITHMS[use])) assert.ok(source.length > 5);
    for (let year = 2026; year <= 2060; year++) {
      const now = at(`${year}-01-01`);
      const first = Object.keys(ALGORITHMS[use]).filter((id) => statusOf(use, id, now) === 'preferred');
      const left = usable(use, now);
      assert.deepEqual(first, left.length === 0 || statusOf(use, left[0] ?? '', now) === 'deprecated' ? [] : [left[0]]);
      assert.ok(Object.hasOwn(ALGORITHMS[use], preferred(use, now)));
    }
  }
});

test('an algorithm is deprecated, then refused, from its day on and not before', () => {
  assert.equal(statusOf('signature', 'ecdsa-p256-sha256', at('2030-12-31T23:59:59.999Z')), 'preferred');
  assert.equal(statusOf('signature', 'ecdsa-p256-sha256', at('2031-01-01')), 'deprecated');
  assert.equal(statusOf('signature', 'ecdsa-p256-sha256', at('2035-12-31')), 'deprecated');
  assert.equal(statusOf('signature', 'ecdsa-p256-sha256', at('2036-01-01')), 'refused');
});

test('what the registry does not know is refused, names of objects as well', () => {
  for (const id of ['', 'md5', '__proto__', 'constructor', 'toString', 'rsa-2048-sha256'])
    assert.equal(statusOf('signature', id, at('2026-01-01')), 'refused', id);
});

test('TLS never falls below its declared version, and loses a version on its day', () => {
  const now = at('2026-01-01');
  assert.equal(tlsParameters('TLSv1_3', now).minVersion, 'TLSv1.3');
  assert.equal(tlsParameters('TLSv1_2', now).minVersion, 'TLSv1.2');
  assert.doesNotMatch(tlsParameters('TLSv1_2', now).ciphers, /AES128-SHA/);
  assert.equal(tlsParameters('TLSv1_2', at('2036-01-01')).ecdhCurve, 'X25519MLKEM768');
});

test('a key has the algorithm of its type and curve', () => {
  assert.equal(signatureOf('ec', 'secp384r1'), 'ecdsa-p384-sha384');
  assert.equal(signatureOf('ed25519', undefined), 'ed25519');
  assert.equal(signatureOf('ec', 'secp521r1'), undefined);
});

test('a sealed value opens under its key and label alone, whatever algorithm sealed it', () => {
  const sealings = Object.keys(SEALING) as SealingId[];
  fc.assert(
    fc.property(fc.constantFrom(...sealings), fc.uint8Array(), fc.string(), fc.nat(), (id, plain, label, bit) => {
      const key = randomBytes(32);
      const sealed = sealValue(id, key, label, plain);
      assert.equal(sealingOf(sealed), id);
      assert.deepEqual(
        openValue(() => key, label, sealed),
        Buffer.from(plain),
      );
      assert.equal(
        openValue(() => key, `${label}.`, sealed),
        undefined,
      );
      assert.equal(
        openValue(() => randomBytes(32), label, sealed),
        undefined,
      );
      const place = bit % (sealed.length * 8);
      sealed[place >> 3] = (sealed[place >> 3] ?? 0) ^ (1 << (place & 7));
      assert.equal(
        openValue(() => key, label, sealed),
        undefined,
      );
    }),
  );
});

test('rubbish is no sealed value', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => openValue(() => Buffer.alloc(32), '', bytes) === undefined));
});
