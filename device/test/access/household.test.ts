import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { NO_ACCOUNTS, ROLES, withPassword, type AccountsState, type Role } from '../../src/access/accounts.ts';
import {
  decideHousehold,
  isName,
  MAX_ACCOUNTS,
  type HouseholdEvent,
  type HouseholdRefusal,
} from '../../src/access/household/decide.ts';
import { pinRules } from '../../src/access/passwords/pin.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);
const password = {
  algorithm: 'argon2id',
  memoryKib: 64,
  passes: 1,
  parallelism: 1,
  salt: 'c2FsdA',
  tag: 'dGFn',
} as const;
const OWNED: AccountsState = { accounts: [{ name: 'owner', role: 'owner', password, previous: [] }] };
const add = (name: string, role: Role = 'guest'): HouseholdEvent => ({
  kind: 'add',
  name,
  role,
  password,
  changeWithin: 3 * DAY,
});
const step = (state: AccountsState, event: HouseholdEvent, now = NOW) => decideHousehold(state, event, now).state;
const refusal = (state: AccountsState, event: HouseholdEvent): HouseholdRefusal | undefined => {
  const decided = decideHousehold(state, event, NOW);
  const [effect] = decided.effects;
  if (effect?.kind === 'refused') assert.equal(decided.state, state, 'a refusal changes nothing');
  return effect?.kind === 'refused' ? effect.code : undefined;
};

test('refuses-names-that-look-like-another-or-are-not-seen', () => {
  for (const name of [
    '',
    ' a',
    'a ',
    'a  b',
    'a\u202eb',
    'a\u200bb',
    'a\tb',
    'a\u0000',
    '<b>',
    'x'.repeat(33),
    'e\u0301',
  ])
    assert.equal(isName(name), false, JSON.stringify(name));
  for (const name of ['owner2', 'Aunt Mei', 'Nur-Aisyah', 'o.b', 'José', '王小明', 'x'.repeat(32)])
    assert.equal(isName(name), true, name);
  for (const name of ['owner', 'OWNER', 'Owner', 'ｏｗｎｅｒ'])
    assert.equal(refusal(OWNED, add(name)), 'name-taken', name);
});

test('bounds-how-many-accounts-there-are', () => {
  let state = OWNED;
  for (let n = 1; n < MAX_ACCOUNTS; n += 1) state = step(state, add(`guest ${n}`));
  assert.equal(refusal(state, add('one more')), 'too-many-accounts');
});

test('whatever-is-asked-somebody-stays-an-owner-and-names-stay-apart', () => {
  const name = fc.constantFrom('owner', 'Owner', 'aunt', 'child', 'fitter', '');
  const role = fc.constantFrom(...ROLES);
  const event: fc.Arbitrary<HouseholdEvent> = fc.oneof(
    fc.record({
      kind: fc.constant('add' as const),
      name,
      role,
      password: fc.constant(password),
      changeWithin: fc.nat(DAY),
    }),
    fc.record({ kind: fc.constant('remove' as const), name, by: name }),
    fc.record({ kind: fc.constant('set-role' as const), name, role, by: name }),
    fc.record({ kind: fc.constant('set-pin' as const), name, password: fc.constant(password) }),
    fc.record({ kind: fc.constant('lock-pin' as const), name, locked: fc.boolean() }),
    fc.constant({ kind: 'time-passed' } as const),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(86_400_000)), { maxLength: 40 }), (events) => {
      let state = OWNED;
      let now = NOW;
      for (const [each, later] of events) {
        now += later;
        state = step(state, each, now);
        assert.ok(state.accounts.some((account) => account.role === 'owner' && account.until === undefined));
        assert.equal(new Set(state.accounts.map((account) => account.name.toLowerCase())).size, state.accounts.length);
        for (const account of state.accounts) {
          assert.ok(!account.pin || account.role === 'guest' || account.role === 'member');
          assert.equal(account.until !== undefined, account.role === 'installer');
        }
      }
    }),
  );
});

test('a-first-password-that-nobody-replaced-in-time-is-gone-with-its-account', () => {
  const added = step(step(OWNED, add('aunt')), add('child'));
  const withPin = step(added, { kind: 'set-pin', name: 'child', password });
  const moved = withPassword(step(withPin, add('guest')), 'guest', 'guest', password);
  const names = (now: number) => step(moved, { kind: 'time-passed' }, now).accounts.map(({ name }) => name);
  assert.deepEqual(names(NOW + 3 * DAY - 1), ['owner', 'aunt', 'child', 'guest']);
  assert.deepEqual(names(NOW + 3 * DAY), ['owner', 'child', 'guest']);
  const { effects } = decideHousehold(moved, { kind: 'time-passed' }, NOW + 3 * DAY);
  assert.deepEqual(
    effects.map((effect) => effect.kind === 'removed' && [effect.account.name, effect.because]),
    [['aunt', 'first-password']],
  );
  const another = step(moved, { kind: 'set-role', name: 'aunt', role: 'member', by: 'owner' }, NOW + 2 * DAY);
  assert.equal(another.accounts.find(({ name }) => name === 'aunt')?.changeBy, NOW + 3 * DAY, 'a role gives no time');
});

test('nobody-removes-themselves', () => {
  const two = withPassword(step(OWNED, add('aunt', 'owner')), 'aunt', 'owner', password);
  assert.equal(refusal(two, { kind: 'remove', name: 'owner', by: 'owner' }), 'own-account');
  assert.equal(refusal(two, { kind: 'remove', name: 'owner', by: 'aunt' }), undefined);
  assert.equal(refusal(NO_ACCOUNTS, { kind: 'remove', name: 'owner', by: 'aunt' }), 'no-such-account');
});

test('refuses-pins-that-people-try-first', () => {
  const rules = (pin: string) => pinRules({ pin, repeat: pin, isPrevious: false });
  for (const pin of ['000000', '123456', '987654', '121212', '112233', '159753', '123123', '147741', '901234'])
    assert.ok(rules(pin).includes('pin-easy'), pin);
  for (const pin of ['200718', '071865', '18072014', '20140718']) assert.deepEqual(rules(pin), ['pin-date'], pin);
  for (const pin of ['12345', '4170935544187', '41709a', ' 417093', ''])
    assert.deepEqual(rules(pin), ['pin-shape'], pin);
  for (const pin of ['417093', '836150', '6048293']) assert.deepEqual(rules(pin), [], pin);
  assert.deepEqual(pinRules({ pin: '417093', repeat: '417094', isPrevious: true }), [
    'password-mismatch',
    'password-unchanged',
  ]);
});

test('an-owner-who-has-not-come-yet-is-none-to-leave-the-device-to', () => {
  const twice = step(OWNED, add('aunt', 'owner'));
  assert.equal(refusal(twice, { kind: 'remove', name: 'owner', by: 'aunt' }), 'last-owner');
  assert.equal(refusal(twice, { kind: 'set-role', name: 'owner', role: 'guest', by: 'aunt' }), 'last-owner');
});
