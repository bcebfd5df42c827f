import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { decideFactors } from '../../../src/access/factors/decide.ts';
import { NO_FACTORS, type Factors } from '../../../src/access/factors/factors.ts';
import { newRecoveryCodes } from '../../../src/access/factors/recovery.ts';
import { appAddress, codeAt, SECRET_BYTES, stepAt, stepOf, toBase32 } from '../../../src/access/factors/totp.ts';

/** Codes of an app and codes on paper: taken once, by value. */

const RFC_SECRET = toBase32(Buffer.from('12345678901234567890'));
const STEP = 30_000;
const NOON = Date.UTC(2026, 0, 1, 12);

test('makes-the-codes-of-rfc-6238-appendix-b', () => {
  // time in seconds -> the last six of the eight digits of the SHA-1 column
  const vectors: readonly (readonly [number, string])[] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];
  assert.equal(RFC_SECRET, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  for (const [seconds, code] of vectors) {
    assert.equal(codeAt(RFC_SECRET, stepAt(seconds * 1000)), code);
    assert.equal(stepOf(RFC_SECRET, code, seconds * 1000), Math.floor(seconds / 30));
  }
});

test('takes-a-code-one-step-early-or-late-and-no-further', () => {
  const at = (offset: number) => stepOf(RFC_SECRET, codeAt(RFC_SECRET, stepAt(NOON) + offset), NOON);
  assert.deepEqual(
    [-1, 0, 1].map(at),
    [-1, 0, 1].map((offset) => stepAt(NOON) + offset),
  );
  assert.deepEqual([-2, 2, 2880].map(at), [undefined, undefined, undefined]);
});

test('refuses-whatever-is-not-six-digits-of-now', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 40 }), fc.stringMatching(/^\d{5,8}$/)), (given) => {
      const right = [-1, 0, 1].map((offset) => codeAt(RFC_SECRET, stepAt(NOON) + offset));
      assert.equal(stepOf(RFC_SECRET, given, NOON) !== undefined, right.includes(given));
    }),
    { numRuns: 2000 },
  );
});

test('never-takes-a-step-twice-nor-an-earlier-one', () => {
  let factors = confirmed(codeAt(RFC_SECRET, stepAt(NOON)));
  const give = (step: number, now: number) => {
    const { state, effects } = decideFactors(factors, { kind: 'code-given', code: codeAt(RFC_SECRET, step) }, now);
    factors = state;
    return effects;
  };
  const step = stepAt(NOON);
  const used = [{ kind: 'refused', because: 'used' }];
  const accepted = [{ kind: 'accepted', by: 'one-time-code' }];
  assert.deepEqual(give(step, NOON), used, 'the code that confirmed the app is used up');
  assert.deepEqual(give(step + 1, NOON), accepted);
  assert.equal(factors.code?.lastStep, step + 1);
  assert.deepEqual(give(step + 1, NOON + STEP), used, 'the same code in its own time');
  assert.deepEqual(give(step, NOON + STEP), used, 'an older one that nobody has used');
  assert.deepEqual(give(step + 2, NOON + STEP), accepted);
});

test('puts-no-app-in-force-without-a-right-code', () => {
  const event = { kind: 'code-confirmed', secret: RFC_SECRET, code: '000000' } as const;
  const { state, effects } = decideFactors(NO_FACTORS, event, NOON);
  assert.equal(state, NO_FACTORS);
  assert.deepEqual(effects, [{ kind: 'refused', because: 'wrong' }]);
});

test('takes-each-recovery-code-once-however-it-is-written', () => {
  const { shown, kept } = newRecoveryCodes(randomBytes);
  let factors: Factors = { ...confirmed(codeAt(RFC_SECRET, stepAt(NOON))), recovery: kept };
  const give = (code: string) => {
    const { state, effects } = decideFactors(factors, { kind: 'code-given', code }, NOON);
    factors = state;
    return effects;
  };
  for (const [at, code] of shown.entries()) {
    const written = at % 2 === 0 ? code : ` ${code.toUpperCase().replaceAll('-', ' ')}`;
    assert.deepEqual(give(written), [{ kind: 'accepted', by: 'recovery-code' }]);
    assert.equal(factors.recovery?.tags.length, 9 - at);
    assert.deepEqual(give(code), [{ kind: 'refused', because: 'wrong' }], 'no second time');
  }
});

test('draws-ten-codes-of-eighty-bits-and-keeps-none-of-them', () => {
  const { shown, kept } = newRecoveryCodes(randomBytes);
  assert.equal(new Set(shown).size, 10);
  for (const code of shown) assert.match(code, /^[2-9a-km-np-z]{4}(-[2-9a-km-np-z]{4}){3}$/);
  const stored = JSON.stringify(kept);
  for (const code of shown) assert.ok(!stored.includes(code) && !stored.includes(code.replaceAll('-', '')));
  // each of the 32 letters stands for 8 of 256 bytes
  const letters = new Set(
    newRecoveryCodes((bytes) => Buffer.from(Array.from({ length: bytes }, (_, at) => at * 2))).shown.join(''),
  );
  assert.equal(letters.size, 16 + 1);
});

test('replaces-every-recovery-code-at-once', () => {
  const old = newRecoveryCodes(randomBytes);
  const fresh = newRecoveryCodes(randomBytes);
  const before: Factors = { ...confirmed(codeAt(RFC_SECRET, stepAt(NOON))), recovery: old.kept };
  const { state } = decideFactors(before, { kind: 'recovery-renewed', codes: fresh.kept }, NOON);
  const give = (code: string | undefined) =>
    decideFactors(state, { kind: 'code-given', code: code ?? '' }, NOON).effects;
  assert.deepEqual(give(old.shown[0]), [{ kind: 'refused', because: 'wrong' }]);
  assert.deepEqual(give(fresh.shown[0]), [{ kind: 'accepted', by: 'recovery-code' }]);
});

test('keeps-no-recovery-codes-for-an-account-without-a-second-step', () => {
  const { kept } = newRecoveryCodes(randomBytes);
  assert.deepEqual(decideFactors(NO_FACTORS, { kind: 'recovery-renewed', codes: kept }, NOON).state, NO_FACTORS);
  const whole = { ...confirmed(codeAt(RFC_SECRET, stepAt(NOON))), recovery: kept };
  assert.deepEqual(decideFactors(whole, { kind: 'code-removed' }, NOON).state, NO_FACTORS);
});

test('writes-base32-as-rfc-4648-does-and-reads-it-back', () => {
  for (const [plain, text] of [
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const)
    assert.equal(toBase32(Buffer.from(plain)), text);
  assert.equal(toBase32(randomBytes(SECRET_BYTES)).length, 32);
});

test('tells-the-app-whose-code-it-is-without-room-for-anything-else', () => {
  assert.equal(
    appAddress('ABC', 'Hall & way?secret=X', 'owner:2'),
    'otpauth://totp/Hall%20%26%20way%3Fsecret%3DX:owner%3A2?secret=ABC&issuer=Hall%20%26%20way%3Fsecret%3DX',
  );
});

function confirmed(code: string): Factors {
  return decideFactors(NO_FACTORS, { kind: 'code-confirmed', secret: RFC_SECRET, code }, NOON).state;
}
