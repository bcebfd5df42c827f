import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ALGORITHMS,
  decryptWith,
  encryptTo,
  keysById,
  newRecipientKey,
  nothingSeen,
  openRecord,
  PARCEL_STEP,
  publicOf,
  recipientKey,
  recipientNow,
  type SealedFields,
  sealingKeyId,
  sealParcel,
  type SeenParcels,
  SIGNATURES,
  type SuiteId,
  usable,
} from '../src/index.ts';

/** EN 303 645 5.8-2, G044 6.8.2: what is sealed to a party opens there, and nowhere and in no way else. */

const NOW = Date.UTC(2026, 5, 1);
const SUITES = Object.keys(ALGORITHMS['sealing-to']) as SuiteId[];
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('a value of RFC 9180, A.2.1 opens as it is printed there', () => {
  const d = hex('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb').toString('base64url');
  const x = hex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a').toString('base64url');
  const { curve } = ALGORITHMS['sealing-to']['hpke-x25519-chacha20-poly1305'].key;
  const own = createPrivateKey({ key: { kty: 'OKP', crv: curve, d, x }, format: 'jwk' });
  const info = hex('4f6465206f6e2061204772656369616e2055726e');
  const encrypted = {
    enc: hex('1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a'),
    sealed: hex('1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28'),
  };
  const open = (aad: string) =>
    decryptWith('hpke-x25519-chacha20-poly1305', own, { info, aad: hex(aad) }, encrypted)?.toString();
  assert.equal(open('436f756e742d30'), 'Beauty is truth, truth beauty');
  assert.equal(open('436f756e742d31'), undefined);
  assert.equal(publicOf(own), x);
});

test('each suite opens what it sealed, with that key, and with any bit changed it does not', () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(fc.constantFrom(...SUITES), bytes, bytes, bytes, fc.nat(), (suite, info, aad, plain, at) => {
      const own = newRecipientKey(suite);
      const to = recipientKey(suite, publicOf(own));
      assert.ok(to);
      const { enc, sealed } = encryptTo(suite, to, { info, aad }, plain);
      const open = (with_: KeyObject, bound: { info: Uint8Array; aad: Uint8Array }, value = { enc, sealed }) =>
        decryptWith(suite, with_, bound, value);
      assert.deepEqual(open(own, { info, aad }), Buffer.from(plain));
      assert.equal(open(newRecipientKey(suite), { info, aad }), undefined);
      assert.equal(open(own, { info: Buffer.of(...info, 0), aad }), undefined);
      assert.equal(open(own, { info, aad: Buffer.of(...aad, 0) }), undefined);
      for (const other of SUITES)
        if (other !== suite) assert.equal(decryptWith(other, own, { info, aad }, { enc, sealed }), undefined);
      const flipped = (from: Uint8Array) =>
        from.map((byte, index) => (index === at % from.length ? byte ^ (1 << (at % 8)) : byte));
      assert.equal(open(own, { info, aad }, { enc, sealed: flipped(sealed) }), undefined);
      // the highest bit of a point is masked (RFC 7748, 5), and the encapsulation is bound all the same
      assert.equal(open(own, { info, aad }, { enc: flipped(enc), sealed }), undefined);
    }),
    { numRuns: 60 },
  );
});

const own = newRecipientKey('hpke-x25519-chacha20-poly1305');
const keys = keysById([own]);
const declared = {
  suite: 'hpke-x25519-chacha20-poly1305',
  publicKey: publicOf(own),
  from: '2026-01-01',
  until: '2027-01-01',
};
const recipient = recipientNow([declared], NOW);
assert.ok(recipient);
const sender = () => generateKeyPairSync(SIGNATURES.ed25519.key.type).privateKey;
const PLACE = { product: 'camera', item: 'presence', subject: 'A'.repeat(22) };
const line = (n: number, by: KeyObject, fields: SealedFields = { 'at-home': true }, place = PLACE) => ({
  v: 1 as const,
  ...place,
  parcel: sealParcel({ party: 'care', recipient }, place, n, { at: '2026-06-01T00:00:00.000Z', fields }, by),
});
const openAll = (lines: readonly unknown[], seen: SeenParcels = nothingSeen()) =>
  lines.map((each) => {
    const opened = openRecord(each, keys, seen);
    if (!opened.ok) return opened.code;
    return { n: opened.record.parcel.n, missing: opened.missing, fields: opened.said.fields };
  });

test('a parcel opens for its party with all that was said', () => {
  const by = sender();
  const fields = { 'at-home': true, room: 'kitchen', since: 12.5 };
  assert.deepEqual(openAll([line(1, by, fields)]), [{ n: 1, missing: 0, fields }]);
});

test('a parcel that is moved, repeated, reordered, cut or of another sender is refused, each by its name', () => {
  const by = sender();
  const one = line(1, by);
  const altered = (more: object) => ({ ...one, parcel: { ...one.parcel, ...more } });
  const other = 'B'.repeat(22);
  assert.deepEqual(
    openAll([
      line(2, by),
      line(2, by),
      line(1, by),
      line(5, by),
      line(6, sender()),
      { ...one, subject: other },
      { ...one, item: 'video' },
      { ...one, product: 'hub' },
      altered({ n: 7 }),
      altered({ to: 'broker' }),
      altered({ sealed: one.parcel.sealed.slice(0, -4) }),
      altered({ suite: 'hpke-x25519-aes-256-gcm' }),
      altered({ suite: 'hpke-next' }),
      altered({ suite: 'constructor' }),
      altered({ key: '0'.repeat(16) }),
      { ...one, more: 1 },
      null,
      'text',
    ]).map((each) => (typeof each === 'string' ? each : each.missing)),
    [
      1,
      'replayed',
      'out-of-order',
      2,
      'other-sender',
      'forged',
      'forged',
      'forged',
      'forged',
      'forged',
      'forged',
      'forged',
      'suite-unknown',
      'suite-unknown',
      'other-key',
      'not-a-record',
      'not-a-record',
      'not-a-record',
    ],
  );
});

test('whoever has the public key alone can add nothing under a pseudonym that is known', () => {
  const by = sender();
  const seen = nothingSeen();
  assert.equal(openAll([line(1, by), line(2, by)], seen).length, 2);
  assert.deepEqual(
    openAll([line(3, sender()), line(3, by)], seen).map((each) => typeof each === 'string' && each),
    ['other-sender', false],
  );
});

test('what opens and what is refused looks at one pseudonym, however many are known', () => {
  const by = sender();
  const looked = new Set<unknown>();
  const subjects = new Proxy<SeenParcels['subjects']>(
    {},
    {
      ownKeys: () => assert.fail('it went through everybody'),
      get: (all, subject) => (looked.add(subject), Reflect.get(all, subject)),
    },
  );
  assert.deepEqual(
    openAll([line(1, by), line(2, by), line(2, by), line(1, by)], { v: 1, subjects }).map((each) =>
      typeof each === 'string' ? each : each.n,
    ),
    [1, 2, 'replayed', 'out-of-order'],
  );
  assert.deepEqual([...looked], [PLACE.subject]);
});

test('the length of a parcel says nothing of what is in it, within a step', () => {
  const by = sender();
  const lengthOf = (fields: SealedFields) => Buffer.from(line(1, by, fields).parcel.sealed, 'base64url').length;
  assert.equal(lengthOf({ a: true }), lengthOf({ a: 'x'.repeat(60), b: 123.456, c: false }));
  const { sealing } = ALGORITHMS['sealing-to']['hpke-x25519-chacha20-poly1305'];
  const long = lengthOf(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, 'x'.repeat(64)])));
  assert.equal((long - ALGORITHMS.sealing[sealing].tagBytes) % PARCEL_STEP, 0);
});

test('a key seals in its time alone, the newest first, by the suite that is preferred, and by none that is refused', () => {
  const next = { ...declared, publicKey: publicOf(newRecipientKey('hpke-x25519-aes-256-gcm')) };
  const at = (text: string, more: readonly (typeof declared)[]) => recipientNow([declared, ...more], Date.parse(text));
  assert.equal(at('2025-12-31T23:59:59.999Z', []), undefined);
  assert.equal(at('2026-12-31T23:59:59.999Z', [])?.id, sealingKeyId(declared.publicKey));
  assert.equal(at('2027-01-01', []), undefined);
  const later = { ...next, from: '2026-12-01', until: '2027-12-01' };
  assert.equal(at('2026-11-30', [later])?.id, sealingKeyId(declared.publicKey));
  assert.equal(at('2026-12-02', [later])?.id, sealingKeyId(next.publicKey));
  const [first, second] = usable('sealing-to', NOW);
  assert.equal(at('2026-06-01', [{ ...next, suite: second ?? '', until: '2030-01-01' }])?.suite, first);
  assert.equal(at('2026-06-01', [{ ...next, suite: 'hpke-next' }])?.suite, first);
  assert.equal(recipientNow([{ ...declared, from: '2036-01-01', until: '2037-01-01' }], Date.UTC(2036, 5)), undefined);
  assert.equal(recipientNow([{ ...declared, publicKey: 'AAAA' }], NOW), undefined);
});
