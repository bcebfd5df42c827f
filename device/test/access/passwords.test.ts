import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { credentialsOf, NO_ACCOUNTS, withPassword } from '../../src/access/accounts.ts';
import { calibrate } from '../../src/access/passwords/cost.ts';
import { COMMON_PASSWORDS } from '../../src/access/passwords/common.ts';
import {
  checkCredential,
  decoyRecord,
  needsRehash,
  passwordRecord,
  PARAMETERS,
  verifyPassword,
} from '../../src/access/passwords/record.ts';
import { passwordRules } from '../../src/access/passwords/rules.ts';

const limits = { minimumLength: 10, maximumLength: 64, refusesCommon: true, refusesRuns: true };
const LIGHT = { memoryKib: 64, passes: 1, parallelism: 1 };
const salt = new Uint8Array(16).fill(7);
const context = ['owner', 'Living room', 'HH-100', 'Home Hub', 'Example Appliances', 'SERIAL12345'];
const judge = (password: string, more: object = {}) =>
  passwordRules({ password, repeat: password, isInitial: false, isPrevious: false, context, ...more }, limits);

const REFUSED: Record<string, readonly string[]> = {
  'password-too-short': ['kx7-Qp', '', 'ééééé-abc'],
  'password-too-long': ['x-Q'.repeat(30)],
  'password-repeats': ['kkkkaaaa-Tq9x', 'horse-horse-', 'aabbaabbab', 'quietquietquiet'],
  'password-run': [
    'harbour-1234-x',
    'abcd-harbours',
    'harbour-dcba9',
    'qwerZimmerluft',
    'mapleasdfgwood',
    'x4321-harbour',
  ],
  'password-common': [
    'Password2026!',
    'p@ssw0rd99',
    'IloveYou!!!2024',
    'sunshine2024!',
    'dragonmonkey',
    'monkey-dragon',
    '!!welcome2025',
  ],
  'password-context': ['Living-room7', 'appliances!9', 'SERIAL12345x', 'owner-owned1'],
};
for (const [reason, passwords] of Object.entries(REFUSED)) {
  test(`refuses-${reason}`, () => {
    for (const password of passwords) assert.ok((judge(password) as string[]).includes(reason), password);
  });
}

test('accepts-what-is-long-and-unlikely-and-demands-no-kinds-of-characters', () => {
  for (const password of [
    'three-Quiet-Harbours',
    'correct umbrella violin',
    'lamakuning besarbiru',
    'property tax ladder',
    'x9$kfQ2mVz',
    'スイカと梅とりんごの歌を聞く',
  ]) {
    assert.deepEqual(judge(password), [], password);
  }
});

test('refuses-a-reused-a-label-and-a-mistyped-password', () => {
  assert.deepEqual(judge('three-Quiet-Harbours', { isInitial: true }), ['password-initial']);
  assert.deepEqual(judge('three-Quiet-Harbours', { isPrevious: true }), ['password-unchanged']);
  assert.deepEqual(judge('three-Quiet-Harbours', { repeat: 'three-Quiet-harbours' }), ['password-mismatch']);
});

test('the-list-of-common-passwords-is-as-the-rules-read-it', () => {
  assert.ok(COMMON_PASSWORDS.size >= 500);
  for (const word of COMMON_PASSWORDS) assert.match(word, /^[a-z0-9@]+$/);
});

test('a-record-opens-for-its-password-alone-and-does-not-hold-it', async () => {
  const record = await passwordRecord('three-Quiet-Harbours', salt, LIGHT);
  assert.equal(await verifyPassword(record, 'three-Quiet-Harbours'), true);
  assert.equal(JSON.stringify(record).includes('Quiet'), false);
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 40 }), async (other) => {
      assert.equal(await verifyPassword(record, other), other === 'three-Quiet-Harbours');
    }),
    { numRuns: 50 },
  );
});

test('the-same-password-from-another-keyboard-opens-the-record', async () => {
  const record = await passwordRecord('caf\u00e9-harbours', salt, LIGHT);
  assert.equal(await verifyPassword(record, 'cafe\u0301-harbours'), true);
});

test('two-records-of-one-password-differ', async () => {
  const one = await passwordRecord('three-Quiet-Harbours', salt, LIGHT);
  const two = await passwordRecord(
    'three-Quiet-Harbours',
    salt.map((byte) => byte + 1),
    LIGHT,
  );
  assert.notEqual(one.tag, two.tag);
});

test('todays-parameters-are-those-that-are-recommended', () => {
  assert.deepEqual(PARAMETERS, { memoryKib: 19_456, passes: 2, parallelism: 1 });
  assert.equal(needsRehash({ algorithm: 'argon2id', ...PARAMETERS, salt: '', tag: '' }), false);
  assert.equal(needsRehash({ algorithm: 'argon2id', ...PARAMETERS, passes: 1, salt: '', tag: '' }), true);
});

test('a-user-who-does-not-exist-costs-the-same-work-and-never-gets-in', async () => {
  const like = await passwordRecord('x', salt, LIGHT);
  const decoy = decoyRecord(like, (bytes) => new Uint8Array(bytes).fill(9));
  const tried: object[] = [];
  const verify = async (record: object) => Boolean(tried.push(record));
  assert.equal(await checkCredential([], 'x', decoy, verify), false);
  assert.deepEqual(tried, [decoy]);
  assert.equal(decoy.memoryKib, like.memoryKib);
});

test('the-label-password-opens-nothing-once-there-is-one-of-the-owners-own', async () => {
  const initial = await passwordRecord('LABEL', salt, LIGHT);
  const own = await passwordRecord('own', salt, LIGHT);
  assert.deepEqual(credentialsOf(NO_ACCOUNTS, 'owner', initial)?.records, [initial]);
  assert.equal(credentialsOf(NO_ACCOUNTS, 'admin', initial), undefined);
  const accounts = withPassword(NO_ACCOUNTS, 'owner', 'owner', own);
  assert.deepEqual(credentialsOf(accounts, 'owner', initial)?.records, [own]);
});

test('hashing-costs-at-least-the-floor-and-as-much-as-the-device-bears', async () => {
  const costs = await Promise.all([1, 20, 40, 80, 4_000].map((ms) => calibrate(async () => ms)));
  for (const cost of costs) {
    assert.equal(cost.memoryKib, PARAMETERS.memoryKib);
    assert.ok(cost.passes >= PARAMETERS.passes && cost.passes <= 40);
  }
  // passes at half a millisecond, 10, 20, 40 and 2,000 ms each
  assert.deepEqual(
    costs.map(({ passes }) => passes),
    [40, 8, 4, 2, 2],
  );
});

test('a-device-that-is-busy-while-it-is-measured-is-not-taken-for-a-slow-one', async () => {
  const times = [400, 20, 300];
  assert.equal((await calibrate(async () => times.shift() ?? 300)).passes, 8);
});

test('a-device-that-takes-memory-at-its-first-hashes-is-measured-until-they-are-no-faster', async () => {
  // what one machine said: five times the time until each thread of the pool has had its turn
  const times = [110, 104, 98, 101, 99, 100, 60, 23, 22, 24, 22];
  const measured: number[] = [];
  const cost = await calibrate(async () => {
    measured.push(times.shift() ?? 22);
    return measured.at(-1) ?? 0;
  });
  assert.equal(cost.passes, 7, 'passes of 11 ms: 77 ms');
  assert.ok(measured.length < 30, 'and it ends');
  let ever = 1e6;
  await calibrate(async () => (ever -= 1));
  assert.ok(1e6 - ever <= 40, 'also where each is faster than the one before');
});
