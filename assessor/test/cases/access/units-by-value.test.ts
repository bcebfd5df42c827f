import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { certificateLifecycle } from '../../../src/cases/access/certificates/certificate-lifecycle.ts';
import { deviceIdentityUnique } from '../../../src/cases/access/certificates/device-identity-unique.ts';
import type { Case, Data, Judgement } from '../../../src/model.ts';
import { certificatesIn } from '../../../src/observe/wire/enrolment.ts';
import { CLOUD } from './fake-cloud.ts';

/** Judges of what two units show of their certificates. */
type Told = Readonly<Record<string, readonly [kind: string, subject: string, data: Data]>>;
function judge(each: Case, told: Told, change: Partial<Told> = {}, without: readonly string[] = []): Judgement {
  const rows = Object.entries({ ...told, ...change } as Told).filter(([name]) => !without.includes(name));
  const at = '2026-11-21T00:00:00.000Z';
  const observations = rows.map(([, [kind, subject, data]], n) => {
    return { id: `${each.id}/${n + 1}`, case: each.id, kind, subject, at, data, blobs: [] };
  });
  return each.judge({ declaration: CLOUD, observations, assessedAt: at });
}

const certificate = (unit: string, n: number, validTo = '2027-01-21T00:00:00.000Z') => ({
  subject: `CN=${unit}`,
  serialNumber: `${unit}${n}`,
  key: `key-${unit}-${n}`,
  validFrom: '2026-10-23T00:00:00.000Z',
  validTo,
});
const unit = (identity: string, shown: Data): Told[string] => ['unit', 'product', { identity, certificate: shown }];
const hands = (kind: string, client: string, more: Readonly<Record<string, Data>> = {}): Told[string] => [
  kind,
  'messages',
  { client, ok: true, returnCode: 0, requested: true, trusted: true, protocol: 'TLSv1.3', because: '', ...more },
];
const ISSUED = {
  name: 'own',
  at: '2026-11-21T00:00:00.000Z',
  status: 200,
  authorities: 2,
  certificate: certificate('b', 2),
  chain: true,
};
const DECLINED = { name: 'own', at: ISSUED.at, status: 403, authorities: 2, chain: false };
const renewed = (more: Readonly<Record<string, Data>> = {}): Told[string] => [
  'renewed',
  'joining',
  { ...ISSUED, ...more },
];

const LIFE: Told = {
  first: unit('given', certificate('a', 1)),
  second: unit('for-renewal', certificate('b', 1)),
  before: hands('before', 'for-renewal'),
  renewed: renewed(),
  after: hands('after', 'for-renewal'),
  replaced: hands('replaced', 'replaced', { returnCode: 5 }),
  last: hands('last', 'for-renewal'),
  repeated: ['repeated', 'joining', DECLINED],
};

test('a-replaced-certificate-that-is-still-let-in-or-renewed-fails', () => {
  const verdict = (...given: [Partial<Told>?, (readonly string[])?]) =>
    judge(certificateLifecycle, LIFE, ...given).verdict;
  const good = judge(certificateLifecycle, LIFE);
  assert.deepEqual([good.verdict, good.decided], ['PASS', 'assisted'], good.because);
  assert.equal(verdict({ replaced: hands('replaced', 'replaced') }), 'FAIL');
  assert.equal(verdict({ repeated: ['repeated', 'joining', ISSUED] }), 'FAIL');
  const down = { ok: false, because: 'refused', requested: false, protocol: '' };
  const { returnCode: _unanswered, ...row } = hands('replaced', 'replaced', down)[2] as Record<string, Data>;
  assert.equal(verdict({ replaced: ['replaced', 'messages', row] }), 'INCONCLUSIVE', 'down refuses nobody');
  for (const name of Object.keys(LIFE)) assert.equal(verdict({}, [name]), 'INCONCLUSIVE', `without ${name}`);
});

test('a-certificate-without-end-without-a-new-key-or-without-renewal-fails', () => {
  const told = (more: Readonly<Record<string, Data>>) =>
    judge(certificateLifecycle, LIFE, { renewed: renewed(more) }).verdict;
  const next = certificate('b', 2);
  assert.equal(told({ certificate: { ...next, validTo: '9999-12-31T23:59:59.000Z' } }), 'FAIL');
  assert.equal(told({ certificate: { ...next, key: 'key-b-1' } }), 'FAIL');
  assert.equal(told({ certificate: { ...next, serialNumber: 'b1' } }), 'FAIL');
  assert.equal(told({ certificate: { ...next, validTo: '2036-01-21T00:00:00.000Z' } }), 'INCONCLUSIVE');
  assert.equal(told({ certificate: { ...next, validTo: 'never' } }), 'INCONCLUSIVE');
  assert.equal(told({ chain: false }), 'INCONCLUSIVE');
  assert.equal(told({ at: '2027-06-01T00:00:00.000Z' }), 'INCONCLUSIVE', 'after its end');
  const refused = (more: object = {}) =>
    judge(certificateLifecycle, LIFE, { renewed: ['renewed', 'joining', { ...DECLINED, ...more }] }).verdict;
  assert.equal(refused(), 'FAIL');
  assert.equal(refused({ status: 202 }), 'INCONCLUSIVE', 'a person looks first');
  assert.equal(refused({ status: 503 }), 'INCONCLUSIVE');
  assert.equal(refused({ authorities: 0 }), 'INCONCLUSIVE', 'another protocol');
  const shared = judge(certificateLifecycle, LIFE, { second: unit('for-renewal', certificate('a', 1)) });
  assert.equal(shared.verdict, 'FAIL', 'two units, one certificate');
});

const IDENTITY: Told = {
  first: unit('given', certificate('a', 1)),
  second: unit('for-renewal', certificate('b', 1)),
  given: hands('given', 'given'),
  control: hands('second', 'for-renewal'),
  own: renewed(),
  other: renewed({ name: 'other', certificate: certificate('b', 3) }),
};

test('an-identifier-that-is-shared-changed-or-taken-fails', () => {
  const verdict = (...given: [Partial<Told>?, (readonly string[])?]) =>
    judge(deviceIdentityUnique, IDENTITY, ...given).verdict;
  const good = judge(deviceIdentityUnique, IDENTITY);
  assert.deepEqual([good.verdict, good.decided], ['PASS', 'assisted'], good.because);
  const second = (shown: Data) => verdict({ second: unit('for-renewal', shown) });
  assert.equal(second({ ...certificate('b', 1), subject: 'CN=a' }), 'FAIL');
  assert.equal(second({ ...certificate('b', 1), key: 'key-a-1' }), 'FAIL');
  assert.equal(verdict({ own: renewed({ certificate: certificate('c', 2) }) }), 'FAIL');
  assert.equal(verdict({ other: renewed({ name: 'other', certificate: certificate('a', 3) }) }), 'FAIL');
  const refused = (status: number): Told[string] => ['renewed', 'joining', { ...DECLINED, name: 'other', status }];
  assert.equal(verdict({ other: refused(400) }), 'PASS', 'refused is as good as given under its own');
  assert.equal(verdict({ other: refused(503) }), 'INCONCLUSIVE');
  for (const name of Object.keys(IDENTITY)) assert.equal(verdict({}, [name]), 'INCONCLUSIVE', `without ${name}`);
});

test('no-certificate-is-read-from-an-answer-that-is-no-message-of-certificates', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), (bytes, depth) => {
      let wrapped = Buffer.from(bytes);
      for (let n = 0; n < depth; n++) wrapped = Buffer.concat([Buffer.from([0x30, 0x81, wrapped.length]), wrapped]);
      assert.deepEqual(certificatesIn(wrapped.toString('base64')), []);
    }),
    { numRuns: 500, seed: 7030 },
  );
});
