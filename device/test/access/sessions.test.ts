import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  decideSessions,
  hashOf,
  MAX_SESSIONS,
  NO_SESSIONS,
  type SessionsEvent,
  type SessionsState,
} from '../../src/access/sessions/decide.ts';
import type { Role } from '../../src/access/accounts.ts';

const limits = { idleSeconds: 900, absoluteSeconds: 43_200, administrators: 'one-at-a-time' } as const;
const NOW = Date.UTC(2026, 0, 1);

const logIn = (state: SessionsState, id: string, given: { role?: Role; now?: number; previous?: string } = {}) => {
  const { role = 'owner', now = NOW, previous } = given;
  const event = { kind: 'authenticated', limits, id, account: role, role, ...(previous ? { previous } : {}) } as const;
  return decideSessions(state, event, now);
};
const admits = (state: SessionsState, id: string, now = NOW): boolean =>
  decideSessions(state, { kind: 'request', limits, id }, now).effects.some(({ kind }) => kind === 'admit');
const step = (state: SessionsState, event: SessionsEvent, now = NOW) => decideSessions(state, event, now).state;

test('keeps-only-the-hash-of-an-id', () => {
  const { state } = logIn(NO_SESSIONS, 'the-id');
  assert.equal(JSON.stringify(state).includes('the-id'), false);
  assert.equal(admits(state, 'the-id'), true);
  assert.equal(admits(state, hashOf('the-id')), false);
});

test('refuses-a-session-that-was-idle-too-long', () => {
  const { state } = logIn(NO_SESSIONS, 'a');
  assert.equal(admits(state, 'a', NOW + 899_000), true);
  assert.equal(admits(state, 'a', NOW + 900_000), false);
});

test('use-keeps-a-session-alive-until-its-absolute-end', () => {
  let { state } = logIn(NO_SESSIONS, 'a');
  let now = NOW;
  for (; now + 600_000 < NOW + 43_200_000;) {
    now += 600_000;
    const decided = decideSessions(state, { kind: 'request', limits, id: 'a' }, now);
    assert.ok(
      decided.effects.some(({ kind }) => kind === 'admit'),
      `after ${(now - NOW) / 1000} s`,
    );
    state = decided.state;
  }
  assert.equal(admits(state, 'a', NOW + 43_200_000), false);
});

test('an-ended-session-is-gone-from-the-state', () => {
  const { state, effects } = decideSessions(logIn(NO_SESSIONS, 'a').state, { kind: 'logout', limits, id: 'a' }, NOW);
  assert.deepEqual(state.sessions, []);
  assert.deepEqual(
    effects.map((effect) => effect.kind === 'ended' && effect.because),
    ['logout'],
  );
});

test('a-second-administrator-ends-the-first', () => {
  const second = logIn(logIn(NO_SESSIONS, 'a').state, 'b');
  assert.equal(admits(second.state, 'a'), false);
  assert.equal(admits(second.state, 'b'), true);
  assert.deepEqual(
    second.effects.map((effect) => effect.kind === 'ended' && effect.because),
    ['another-login'],
  );
});

test('people-who-are-no-administrators-do-not-end-each-other', () => {
  const { state } = logIn(logIn(NO_SESSIONS, 'a', { role: 'member' }).state, 'b', { role: 'member' });
  assert.equal(admits(state, 'a') && admits(state, 'b'), true);
});

test('a-login-destroys-the-id-that-the-client-came-with', () => {
  const first = logIn(NO_SESSIONS, 'planted', { role: 'guest' }).state;
  const { state } = logIn(first, 'new', { role: 'guest', previous: 'planted' });
  assert.equal(admits(state, 'planted'), false);
  assert.equal(state.sessions.length, 1);
});

test('a-password-checked-again-changes-id-and-mark', () => {
  const later = NOW + 60_000;
  const state = step(logIn(NO_SESSIONS, 'a').state, { kind: 'verified', limits, id: 'a', next: 'b' }, later);
  assert.equal(admits(state, 'a', later), false);
  assert.equal(state.sessions[0]?.verifiedAt, later);
  assert.equal(state.sessions[0]?.createdAt, NOW, 'the absolute end does not move');
});

test('a-changed-password-ends-the-other-sessions-of-the-account', () => {
  let { state } = logIn(logIn(NO_SESSIONS, 'a', { role: 'member' }).state, 'b', { role: 'member' });
  state = logIn(state, 'c', { role: 'guest' }).state;
  state = step(state, { kind: 'end-others', limits, account: 'member', because: 'password-changed', keep: 'b' });
  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => admits(state, id)),
    [false, true, true],
  );
});

test('a-clock-set-back-ends-sessions-rather-than-lengthening-them', () => {
  const { state } = logIn(NO_SESSIONS, 'a');
  assert.equal(admits(state, 'a', NOW - 30_000), true);
  assert.equal(admits(state, 'a', NOW - 61_000), false);
});

test('bounds-how-many-sessions-there-are', () => {
  let state = NO_SESSIONS;
  for (let i = 0; i < 100; i += 1) state = logIn(state, `s${i}`, { role: 'guest' }).state;
  assert.equal(state.sessions.length, MAX_SESSIONS);
  assert.equal(admits(state, 's99'), true);
});
