import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import type { Data } from '../../../src/model.ts';
import { hitsIn, isDeclared } from '../../../src/cases/exposure/disclosure-scan.ts';
import assert from 'node:assert/strict';
import { KETTLE } from './fake-kettle.ts';
import { is, judged } from './fake-kettle-run.ts';

/** Judges by value: what the kettle cannot show. */
const PLAIN: Declaration = {
  ...KETTLE,
  softwareServices: KETTLE.softwareServices.map((each) => ({ ...each, protocol: 'http' })),
};
const plain = [['plain', 'panel', { declared: 'http', answered: true }]] as const;
for (const id of [
  'communication-cryptography',
  'parameters-in-transit',
  'remote-management',
  'personal-data-in-transit',
]) {
  test(`refuses a service without encryption: ${id}`, () => is(judged(id, plain, PLAIN), 'FAIL', /without encryption/));
  test(`leaves open what was not tried: ${id}`, () =>
    is(judged(id, [['blocked', 'panel', { because: 'no address' }]]), 'INCONCLUSIVE'));
}

const LOCAL: Declaration = {
  ...PLAIN,
  communicationMechanisms: PLAIN.communicationMechanisms.map((each) => ({ ...each, remotelyAccessible: false })),
};
for (const id of ['communication-cryptography', 'parameters-in-transit', 'remote-management']) {
  const seen = (loopback: boolean, declaration: Declaration) =>
    judged(id, [['plain', 'panel', { declared: 'http', answered: true, loopback }]], declaration);
  test(`fails no service for its own host by what the host alone shows: ${id}`, () =>
    is(seen(true, LOCAL), 'INCONCLUSIVE', /declared as reachable from its own host only; not seen from another/));
  test(`refuses a service for its own host that another host reaches: ${id}`, () =>
    is(seen(false, LOCAL), 'FAIL', /without encryption/));
  test(`refuses on loopback what is declared for others: ${id}`, () =>
    is(seen(true, PLAIN), 'FAIL', /without encryption/));
}

const SHAKE = {
  wanted: 'best',
  agreed: true,
  reached: true,
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  trusted: true,
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo: '2027-01-01T00:00:00.000Z',
  keyType: 'ec',
  keyBits: 256,
  signature: 'ecdsa-with-SHA256',
  detail: '',
};
const shake = (more: Readonly<Record<string, Data>>) => [['handshake', 'panel', { ...SHAKE, ...more }]] as const;
test('refuses an expired certificate', () =>
  is(judged('communication-cryptography', shake({ validTo: '2026-02-01T00:00:00.000Z' })), 'FAIL', /not valid/));
test('refuses a short key', () =>
  is(judged('communication-cryptography', shake({ keyType: 'rsa', keyBits: 1024 })), 'FAIL', /1024/));
test('refuses a SHA-1 signature', () =>
  is(judged('communication-cryptography', shake({ signature: 'sha1WithRSAEncryption' })), 'FAIL', /sha1/));
test('leaves open where the sound offer was not made', () =>
  is(judged('communication-cryptography', shake({})), 'INCONCLUSIVE', /sound offer/));

test('refuses plain HTTP on the encrypted port', () => {
  const both = ['both', 'panel', { secure: 200, plain: 200, location: '' }] as const;
  is(judged('parameters-in-transit', [both]), 'FAIL', /plain HTTP/);
});

const ATTACK = {
  name: 'SQL',
  field: 'heat',
  expected: 'refused',
  answer: 'answered',
  status: 422,
  accepted: false,
  reflected: false,
  computed: false,
  polluted: false,
  value: 'same',
  clean: true,
  alive: true,
};
for (const [what, more] of Object.entries({
  'an error of the server': { status: 500 },
  'a value out of range that is kept': { value: 'changed', accepted: true, status: 303 },
  'a wrong value taken where nothing can be read back': { value: 'unknown', accepted: true, status: 303 },
  'markup that comes back': { reflected: true },
  'a template that is carried out': { computed: true },
  'a polluted prototype': { polluted: true },
  'a product that no longer answers': { alive: false },
})) {
  test(`refuses ${what}`, () =>
    is(judged('input-validation', [['attack', 'set-heat', { ...ATTACK, ...more }]]), 'FAIL'));
}
test('leaves refusals open without the good value', () =>
  is(judged('input-validation', [['attack', 'set-heat', ATTACK]]), 'INCONCLUSIVE', /good value/));

const kinds = (headers: string, body: string): readonly string[] =>
  hitsIn(KETTLE, { headers, body }).map((hit) => hit.kind);
test('finds what helps an attacker', () => {
  assert.deepEqual(kinds('server: nginx/1.18.0', ''), ['component', 'server software']);
  assert.deepEqual(kinds('x-powered-by: Express', ''), ['server software']);
  assert.deepEqual(kinds('', 'mosquitto version 2.0.18'), ['component']);
  assert.deepEqual(kinds('', '<p>Kettle K-77</p>'), ['model designation']);
  assert.deepEqual(kinds('', 'open /opt/kettle/data.db failed'), ['file path']);
  assert.deepEqual(kinds('', 'CN=00:11:22:aa:bb:cc'), ['hardware address']);
  assert.ok(kinds('', 'x\n    at Object.read (node:fs:10:3)').includes('stack trace'));
});
test('takes no harmless text for a disclosure', () => {
  assert.deepEqual(
    kinds(
      'strict-transport-security: max-age=31536000\nserver: web',
      '<a href="/home/settings/a">Log in</a> HTTP/1.1 TLS/1.2 13.4.56',
    ),
    [],
  );
});
test('takes only a word-for-word declaration of what is told, and never of traces', () => {
  assert.ok(isDeclared({ kind: 'component', value: 'nginx/1.18.0' }, ['the header nginx/1.18.0']));
  assert.ok(!isDeclared({ kind: 'model designation', value: 'K-77' }, ['a form that names no model']));
  assert.ok(!isDeclared({ kind: 'stack trace', value: 'at x' }, ['at x']));
});
