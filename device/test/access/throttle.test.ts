import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { delayAfter } from '@hearthward/protocol';
import {
  decideThrottle,
  GRACE_SOURCES,
  isPressed,
  MAX_KNOWN,
  MAX_SOURCES,
  NO_ATTEMPTS,
  type ThrottleState,
} from '../../src/access/throttle/decide.ts';
import { isInTheHome, sourceOf } from '../../src/access/throttle/source.ts';

const limits = { freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 900 };
const START = Date.UTC(2026, 0, 1);

interface From {
  readonly source: string;
  readonly device?: string;
  readonly inTheHome?: boolean;
}
const attempt = (state: ThrottleState, from: string | From, now: number, account = 'owner') => {
  const { source, device, inTheHome = false } = typeof from === 'string' ? { source: from } : from;
  const event = { kind: 'attempt', account, source, device, inTheHome, isOwner: account === 'owner', limits } as const;
  const decided = decideThrottle(state, event, now);
  const [effect] = decided.effects;
  return {
    state: decided.state,
    wait: effect?.kind === 'wait' ? effect.waitSeconds : 0,
    kind: effect?.kind,
    allowed: effect?.kind === 'look',
  };
};
const success = (state: ThrottleState, source: string, device: string, now: number, account = 'owner') =>
  decideThrottle(state, { kind: 'success', account, source, device, limits }, now).state;
const GRACE = { millis: 600_000, attempts: 5 };
const PRESSED = { kind: 'pressed', ...GRACE } as const;
/** The owner's telephone at home, which came in before. */
const PHONE = { source: 'home', device: 'telephone' };
const owned = (now = START): ThrottleState =>
  success(attempt(NO_ATTEMPTS, 'home', now).state, 'home', PHONE.device, now);
const guessed = (
  state: ThrottleState,
  times: number,
  source: string,
  now = START,
  account = 'owner',
): ThrottleState => {
  let after = state;
  for (let i = 0; i < times; i += 1) after = attempt(after, source, now, account).state;
  return after;
};

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

test('a-success-clears-the-source-and-no-account-of-others', () => {
  let state = guessed(NO_ATTEMPTS, 3, 'a');
  state = attempt(state, 'a', START + 1000, 'mine').state;
  state = success(state, 'a', 'mine', START + 1000, 'mine');
  assert.deepEqual(state.sources, []);
  assert.equal(state.accounts.find(({ key }) => key === 'owner')?.failures, 3);
  assert.equal(attempt(guessed(state, 1, 'a', START + 1000), 'a', START + 1000).kind, 'refuse');
  assert.equal(
    state.accounts.some(({ key }) => key === 'mine'),
    false,
  );
});

test('does-not-lock-the-owner-out-of-a-device-that-they-came-in-with-before', () => {
  let state = owned();
  let now = START;
  for (let i = 0; i < 2_000; i += 1) state = attempt(state, `attacker ${i}`, (now += 1000)).state;
  assert.equal(attempt(state, 'elsewhere', now).kind, 'refuse');
  assert.equal(attempt(state, PHONE, now).allowed, true);
  state = guessed(state, 5, 'home', now);
  assert.equal(attempt(state, 'home', now).kind, 'wait', 'the same address without what the device keeps');
  assert.equal(attempt(state, PHONE, now).allowed, true, 'whoever shares the address of the owner holds nobody back');
});

test('a-known-device-has-the-same-delays-of-its-own', () => {
  let state = owned();
  for (let i = 0; i < 3; i += 1) state = attempt(state, PHONE, START).state;
  assert.equal(attempt(state, PHONE, START).wait, 1);
});

test('what-a-device-keeps-helps-with-no-other-account', () => {
  const state = guessed(owned(), 3, 'elsewhere', START, 'someone');
  assert.equal(attempt(state, PHONE, START, 'someone').kind, 'refuse');
  assert.equal(attempt(state, PHONE, START, 'owner').kind, 'look');
});

test('an-owner-who-comes-in-leaves-what-others-guessed-counted', () => {
  let state = guessed(owned(), 3, 'attacker');
  state = success(attempt(state, PHONE, START).state, PHONE.source, PHONE.device, START);
  assert.equal(attempt(state, 'attacker', START).allowed, false);
});

test('what-a-source-is-told-depends-on-what-it-did-and-not-on-whose-names-it-tried', () => {
  const names = fc.array(fc.constantFrom('owner', 'someone', 'nobody'), { minLength: 1, maxLength: 30 });
  const elsewhere = fc.array(fc.constantFrom('owner', 'someone', 'nobody'), { maxLength: 30 });
  const told = (before: ThrottleState, tried: readonly string[]): readonly number[] => {
    let state = before;
    return tried.map((account, at) => {
      const answer = attempt(state, { source: 'curious', device: PHONE.device }, START + at * 700, account);
      state = answer.state;
      return answer.wait;
    });
  };
  // a name that has an account from which somebody came in before, but not with this device
  const state = { ...owned(), known: [{ ...owned().known[0]!, key: 'another device' }] };
  fc.assert(
    fc.property(names, elsewhere, (tried, others) => {
      let held = state;
      for (const [at, account] of others.entries()) held = attempt(held, `other ${at}`, START, account).state;
      const plain = told(
        NO_ATTEMPTS,
        tried.map(() => 'nobody'),
      );
      assert.deepEqual(told(held, tried), plain);
    }),
  );
});

test('keeps-few-known-devices-per-account', () => {
  let state: ThrottleState = NO_ATTEMPTS;
  for (let i = 0; i < 20; i += 1) state = success(state, `place ${i}`, `device ${10 + i}`, START + i);
  assert.equal(state.known.length, MAX_KNOWN);
  const newest = Array.from({ length: MAX_KNOWN }, (_, at) => `device ${30 - MAX_KNOWN + at}`);
  assert.deepEqual(state.known.map(({ key }) => key).sort(), newest);
});

test('after-a-change-only-the-device-of-the-change-is-known', () => {
  const state = success(owned(), 'work', 'laptop', START);
  const changed = decideThrottle(state, { kind: 'forget-devices', accounts: ['owner'], keep: 'laptop' }, START).state;
  assert.deepEqual(
    changed.known.map(({ key }) => key),
    ['laptop'],
  );
});

test('a-clock-set-back-holds-nobody-longer-than-what-was-left', () => {
  let state = guessed(NO_ATTEMPTS, 3, 'a');
  const back = START - 1e12;
  const first = attempt(state, 'a', back);
  assert.equal(first.wait, 1);
  state = first.state;
  assert.equal(attempt(state, 'a', back + 500).wait, 1);
  assert.equal(attempt(state, 'a', back + 1000).allowed, true, 'the delay ends by the clock that is now');
});

test('a-press-lets-people-of-the-home-try-although-others-guess', () => {
  let state = guessed(guessed(NO_ATTEMPTS, 40, 'far away'), 3, 'bed room');
  const home = { source: 'bed room', inTheHome: true };
  assert.equal(attempt(state, home, START).allowed, false);
  state = decideThrottle(state, PRESSED, START).state;
  assert.equal(isPressed(state, START), true);
  assert.equal(attempt(state, 'far away', START).allowed, false, 'nobody from beyond the home gains by it');
  const tried: boolean[] = [];
  for (let i = 0; i < GRACE.attempts + 2; i += 1) {
    const answer = attempt(state, home, START);
    state = answer.state;
    tried.push(answer.allowed);
  }
  assert.deepEqual(tried, [...Array.from({ length: GRACE.attempts }, () => true), false, false]);
});

test('a-press-is-worth-a-bounded-number-of-guesses-and-a-bounded-time', () => {
  let state = guessed(NO_ATTEMPTS, 40, 'far away');
  state = decideThrottle(guessed(state, 9, 'x', START + 60_000), PRESSED, START).state;
  let judged = 0;
  for (let i = 0; i < 2_000; i += 1) {
    const answer = attempt(state, { source: `in the home ${i % 100}`, inTheHome: true }, START);
    state = answer.state;
    if (answer.allowed) judged += 1;
  }
  assert.ok(judged <= GRACE.attempts * GRACE_SOURCES, String(judged));
  assert.ok(judged >= GRACE.attempts);
  const later = START + GRACE.millis;
  assert.equal(isPressed(state, later), false);
  assert.equal(isPressed(state, START - 1), false, 'a time that ran backwards is none to trust');
});

test('a-press-tells-nobody-in-the-home-which-names-have-accounts', () => {
  const held = decideThrottle(guessed(owned(), 40, 'far away'), PRESSED, START).state;
  const told = (account: string) => {
    let state = held;
    return Array.from({ length: 12 }, () => {
      const answer = attempt(state, { source: 'guest room', inTheHome: true }, START, account);
      state = answer.state;
      return answer.wait;
    });
  };
  assert.deepEqual(told('owner'), told('nobody'));
  assert.deepEqual(told('owner'), told('someone'));
});

test('all-addresses-of-one-ipv6-network-are-one-source', () => {
  assert.equal(sourceOf('2001:db8:1:2::1'), sourceOf('2001:0db8:0001:0002:ffff:ffff:ffff:ffff'));
  assert.notEqual(sourceOf('2001:db8:1:2::1'), sourceOf('2001:db8:1:3::1'));
  assert.equal(sourceOf('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(sourceOf('fe80::1%eth0'), sourceOf('fe80::2'));
});

test('the-home-is-the-networks-that-the-device-is-on', () => {
  const network = (address: string, cidr: string, family: 'IPv4' | 'IPv6') =>
    ({ address, cidr, family, netmask: '', mac: '', internal: false, scopeid: 0 }) as const;
  const interfaces = {
    lan: [network('192.0.2.10', '192.0.2.10/24', 'IPv4'), network('2001:db8:1:2::10', '2001:db8:1:2::10/64', 'IPv6')],
    lo: undefined,
  };
  for (const near of ['192.0.2.200', '::ffff:192.0.2.7', '2001:db8:1:2::99'])
    assert.equal(isInTheHome(near, interfaces), true, near);
  for (const far of ['198.51.100.1', '2001:db8:1:3::1', 'unreadable', ''])
    assert.equal(isInTheHome(far, interfaces), false, far);
});
