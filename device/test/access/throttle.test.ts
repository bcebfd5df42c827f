import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  decideThrottle,
  delayAfter,
  MAX_KNOWN,
  MAX_SOURCES,
  NO_ATTEMPTS,
  type ThrottleState,
} from '../../src/access/throttle/decide.ts';
import { sourceOf } from '../../src/access/throttle/source.ts';

const limits = { freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 900 };
const START = Date.UTC(2026, 0, 1);

const attempt = (state: ThrottleState, source: string, now: number, account = 'owner') => {
  const decided = decideThrottle(state, { kind: 'attempt', account, source, limits }, now);
  const [effect] = decided.effects;
  return {
    state: decided.state,
    wait: effect?.kind === 'delay' ? effect.waitSeconds : 0,
    allowed: effect?.kind === 'check-password',
  };
};
const success = (state: ThrottleState, source: string, now: number, account = 'owner') =>
  decideThrottle(state, { kind: 'success', account, source, limits }, now).state;

/** Attempts that the declared delays leave in so many seconds, from one fresh counter. */
const bound = (seconds: number): number => {
  let spent = 0;
  let count = 1;
  for (; spent <= seconds; count += 1) spent += delayAfter(count, limits);
  return count;
};

test('delays-grow-as-declared-and-stop-growing-at-the-longest', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 12, 13, 14, 1000].map((failures) => delayAfter(failures, limits)),
    [0, 0, 0, 1, 2, 4, 512, 900, 900, 900],
  );
});

test('bounds-a-hundred-thousand-guesses-from-as-many-sources-by-the-declared-delays', () => {
  let state = NO_ATTEMPTS;
  let now = START;
  let checked = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const tried = attempt(state, `10.${i % 251}.${i % 241}.1`, now);
    state = tried.state;
    if (tried.allowed) checked += 1;
    now += 1000;
  }
  assert.ok(checked <= bound(100_000), `${checked} guesses in 100,000 seconds`);
  assert.ok(checked > 100, 'the guesser got through as often as the delays say, else the test proves nothing');
  assert.ok(state.sources.length <= MAX_SOURCES);
});

test('bounds-guesses-whatever-the-mix-of-accounts-sources-and-pauses', () => {
  const step = fc.record({
    source: fc.integer({ min: 0, max: 5 }),
    account: fc.constantFrom('owner', 'nobody', 'someone'),
    pause: fc.constantFrom(0, 100, 1000, 5000, 60_000, 900_000, 40_000_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      let state = NO_ATTEMPTS;
      let now = START;
      const checked = new Map<string, number>();
      for (const { source, account, pause } of steps) {
        now += pause;
        const tried = attempt(state, String(source), now, account);
        state = tried.state;
        if (tried.allowed) for (const key of [account, `from ${source}`]) checked.set(key, (checked.get(key) ?? 0) + 1);
      }
      for (const [key, count] of checked) assert.ok(count <= bound((now - START) / 1000), `${key}: ${count}`);
    }),
    { numRuns: 200 },
  );
});

test('counts-an-attempt-before-the-password-is-looked-at', () => {
  const { state } = attempt(NO_ATTEMPTS, 'a', START);
  assert.equal(state.accounts[0]?.failures, 1);
  assert.equal(state.sources[0]?.failures, 1);
});

test('survives-a-restart-as-plain-data', () => {
  let state: ThrottleState = NO_ATTEMPTS;
  for (let i = 0; i < 3; i += 1) state = attempt(state, 'a', START).state;
  const restarted = JSON.parse(JSON.stringify(state)) as ThrottleState;
  assert.equal(attempt(restarted, 'a', START).wait, 1);
});

test('a-success-clears-the-account-and-not-the-source', () => {
  let state: ThrottleState = NO_ATTEMPTS;
  for (let i = 0; i < 2; i += 1) state = attempt(state, 'a', START, 'owner').state;
  state = success(attempt(state, 'a', START, 'mine').state, 'a', START, 'mine');
  assert.equal(state.sources.find(({ key }) => key === 'a')?.failures, 2);
  assert.equal(state.accounts.find(({ key }) => key === 'owner')?.failures, 2);
  assert.equal(
    state.accounts.some(({ key }) => key === 'mine'),
    false,
  );
});

test('does-not-lock-the-owner-out-of-a-place-that-they-came-from-before', () => {
  let state = success(attempt(NO_ATTEMPTS, 'home', START).state, 'home', START);
  let now = START;
  for (let i = 0; i < 2_000; i += 1) state = attempt(state, `attacker ${i}`, (now += 1000)).state;
  assert.equal(attempt(state, 'elsewhere', now).allowed, false);
  assert.equal(attempt(state, 'home', now).allowed, true);
});

test('a-known-place-has-the-same-delays-of-its-own', () => {
  let state = success(attempt(NO_ATTEMPTS, 'home', START).state, 'home', START);
  for (let i = 0; i < 3; i += 1) state = attempt(state, 'home', START).state;
  assert.equal(attempt(state, 'home', START).wait, 1);
});

test('an-owner-who-comes-in-leaves-what-others-guessed-counted', () => {
  let state = success(attempt(NO_ATTEMPTS, 'home', START).state, 'home', START);
  for (let i = 0; i < 3; i += 1) state = attempt(state, 'attacker', START).state;
  state = success(attempt(state, 'home', START).state, 'home', START);
  assert.equal(attempt(state, 'attacker', START).allowed, false);
});

test('keeps-few-known-places-per-account', () => {
  let state: ThrottleState = NO_ATTEMPTS;
  for (let i = 0; i < 20; i += 1)
    state = success(attempt(state, `place ${i}`, START + i).state, `place ${i}`, START + i);
  assert.equal(state.known.length, MAX_KNOWN);
  assert.deepEqual(state.known.map(({ key }) => key).sort(), ['place 16', 'place 17', 'place 18', 'place 19']);
});

test('a-clock-set-back-never-waits-longer-than-the-longest-delay', () => {
  let state: ThrottleState = NO_ATTEMPTS;
  for (let i = 0; i < 3; i += 1) state = attempt(state, 'a', START).state;
  assert.ok(attempt(state, 'a', START - 1e12).wait <= limits.longestDelaySeconds);
});

test('all-addresses-of-one-ipv6-network-are-one-source', () => {
  assert.equal(sourceOf('2001:db8:1:2::1'), sourceOf('2001:0db8:0001:0002:ffff:ffff:ffff:ffff'));
  assert.notEqual(sourceOf('2001:db8:1:2::1'), sourceOf('2001:db8:1:3::1'));
  assert.equal(sourceOf('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(sourceOf('fe80::1%eth0'), sourceOf('fe80::2'));
});
