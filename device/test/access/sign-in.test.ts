import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  decideSignIn,
  MAX_SIGN_INS,
  NO_SIGN_INS,
  SIGN_IN_MS,
  type SignInEvent,
  type SignInFacts,
  type SignInsState,
} from '../../src/access/sign-in/decide.ts';

const NOW = Date.UTC(2026, 0, 1);
const ASKED: SignInFacts = { 'second-factor': 'nothing', 'another-session': 'ask' };
const FREE: SignInFacts = { 'second-factor': 'nothing', 'another-session': 'nothing' };
const HOME = '192.0.2.1';

const proven = (id: string, more: Partial<Extract<SignInEvent, { kind: 'proven' }>> = {}): SignInEvent => ({
  kind: 'proven',
  id,
  account: 'owner',
  role: 'owner',
  source: HOME,
  facts: ASKED,
  ...more,
});
const passed = (id: string, source = HOME, facts = FREE): SignInEvent => ({
  kind: 'passed',
  id,
  source,
  step: 'another-session',
  facts,
});
const kinds = (state: SignInsState, event: SignInEvent, now = NOW) =>
  decideSignIn(state, event, now).effects.map(({ kind }) => kind);

test('enters-at-once-where-nothing-is-asked', () => {
  const { state, effects } = decideSignIn(NO_SIGN_INS, proven('a', { facts: FREE }), NOW);
  assert.deepEqual(effects, [{ kind: 'enter', account: 'owner', role: 'owner' }]);
  assert.deepEqual(state.pending, []);
});

test('waits-for-the-answer-and-enters-once', () => {
  const asked = decideSignIn(NO_SIGN_INS, proven('a'), NOW);
  assert.equal(asked.effects[0]?.kind, 'ask');
  const answered = decideSignIn(asked.state, passed('a'), NOW + 1);
  assert.equal(answered.effects[0]?.kind, 'enter');
  assert.deepEqual(answered.state.pending, []);
  assert.deepEqual(kinds(answered.state, passed('a')), ['unknown'], 'an id is good for one sign-in');
});

test('asks-for-the-second-factor-before-anything-else-and-lets-nobody-around-it', () => {
  const facts: SignInFacts = { 'second-factor': 'ask', 'another-session': 'ask' };
  const { state, effects } = decideSignIn(NO_SIGN_INS, proven('a', { facts }), NOW);
  assert.equal(effects[0]?.kind === 'ask' && effects[0].step, 'second-factor');
  assert.deepEqual(kinds(state, passed('a')), ['unknown'], 'the later step is no way around it');
  const given = { ...passed('a', HOME, facts), step: 'second-factor' } as const;
  const next = decideSignIn(state, given, NOW);
  assert.equal(next.effects[0]?.kind === 'ask' && next.effects[0].step, 'another-session');
  assert.deepEqual(kinds(next.state, given), ['unknown'], 'no step twice');
  assert.deepEqual(kinds(next.state, passed('a')), ['enter']);
});

test('refuses-where-a-second-administrator-is-declared-as-refused', () => {
  const { state, effects } = decideSignIn(
    NO_SIGN_INS,
    proven('a', { facts: { 'second-factor': 'nothing', 'another-session': 'refuse' } }),
    NOW,
  );
  assert.deepEqual(effects, [{ kind: 'refuse', step: 'another-session' }]);
  assert.deepEqual(state.pending, []);
});

test('goes-on-only-with-its-id-from-where-it-began-and-in-time', () => {
  const { state } = decideSignIn(NO_SIGN_INS, proven('a'), NOW);
  assert.equal(JSON.stringify(state).includes('"a"'), false, 'only the hash of the id is kept');
  assert.deepEqual(kinds(state, passed('b')), ['unknown']);
  assert.deepEqual(kinds(state, passed('a', '198.51.100.7')), ['unknown']);
  assert.deepEqual(kinds(state, passed('a'), NOW + SIGN_IN_MS), ['unknown']);
  assert.deepEqual(kinds(state, passed('a'), NOW - 1), ['unknown'], 'a clock set back lengthens nothing');
  assert.deepEqual(kinds(state, passed('a'), NOW + SIGN_IN_MS - 1), ['enter']);
});

test('ends-with-the-password-it-began-with', () => {
  const { state } = decideSignIn(NO_SIGN_INS, proven('a'), NOW);
  const other = decideSignIn(state, proven('b', { account: 'aunt' }), NOW).state;
  const changed = decideSignIn(other, { kind: 'account-changed', account: 'owner' }, NOW).state;
  assert.deepEqual(kinds(changed, passed('a')), ['unknown']);
  assert.deepEqual(kinds(changed, passed('b')), ['enter']);
});

test('never-keeps-more-than-its-bound-and-never-enters-without-a-right-password', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const source = fc.constantFrom(HOME, '198.51.100.7');
  const facts = fc.constantFrom(ASKED, FREE);
  const event: fc.Arbitrary<SignInEvent> = fc.oneof(
    fc.record({ id, source, facts }).map((given) => proven(given.id, given)),
    fc.record({ id, source, facts }).map((given) => passed(given.id, given.source, given.facts)),
    fc.record({ id, source }).map((given) => ({ kind: 'cancelled', ...given }) as const),
    fc.record({ id, source }).map((given) => ({ kind: 'look', ...given }) as const),
    fc.constant({ kind: 'account-changed', account: 'owner' } as const),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(SIGN_IN_MS)), { maxLength: 60 }), (events) => {
      let state = NO_SIGN_INS;
      let now = NOW;
      const open = new Map<string, { source: string; at: number }>();
      for (const [each, later] of events) {
        now += later;
        const { effects, state: next } = decideSignIn(state, each, now);
        state = next;
        assert.ok(state.pending.length <= MAX_SIGN_INS);
        if (each.kind === 'proven') open.set(each.id, { source: each.source, at: now });
        if (each.kind === 'passed' && effects[0]?.kind === 'enter') {
          const begun = open.get(each.id);
          assert.ok(begun, 'someone typed the right password for this id');
          assert.ok(now - begun.at < SIGN_IN_MS * 60);
        }
        if (each.kind !== 'proven' && each.kind !== 'passed')
          assert.equal(
            effects.some(({ kind }) => kind === 'enter'),
            false,
          );
      }
    }),
  );
});

test('the-oldest-makes-room', () => {
  let state = NO_SIGN_INS;
  for (let n = 0; n <= MAX_SIGN_INS; n += 1) state = decideSignIn(state, proven(`id-${n}`), NOW).state;
  assert.equal(state.pending.length, MAX_SIGN_INS);
  assert.deepEqual(kinds(state, passed('id-0')), ['unknown']);
  assert.deepEqual(kinds(state, passed(`id-${MAX_SIGN_INS}`)), ['enter']);
});
