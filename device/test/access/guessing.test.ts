import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { delayAfter } from '@hearthward/protocol';
import {
  decideThrottle,
  GRACE_SOURCES,
  MAX_ACCOUNTS,
  MAX_KNOWN,
  MAX_SOURCES,
  NO_ATTEMPTS,
  type ThrottleEvent,
  type ThrottleState,
} from '../../src/access/throttle/decide.ts';

/**
 * A million guesses against a clock that the test turns: how many are judged in a day, how long a million take, and
 * whether the owner still comes in. The decisions are those of the device; only the world around them is played.
 */

const limits = { freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 900 };
const GUESSES = 1_000_000;
const DAY = 86_400_000;
const YEAR = 365.25 * DAY;
const LONGEST = limits.longestDelaySeconds * 1000;
/** Guesses before the delays have grown to the longest: the free ones, then one for each doubling. */
const UNTIL_LONGEST = Array.from({ length: 64 }, (_, n) => n).filter(
  (n) => delayAfter(n, limits) < limits.longestDelaySeconds,
).length;
/** What the declared delays leave of judged guesses in so many milliseconds, from one fresh counter. */
const bound = (millis: number): number => UNTIL_LONGEST + Math.floor(millis / LONGEST) + 1;

/** A device with its disk: what was decided is written before it holds, and a restart reads what was written. */
class Played {
  disk: ThrottleState = NO_ATTEMPTS;
  now = 0;
  judged = 0;
  #offset = 0;

  attempt(source: string, device?: string): 'look' | 'refuse' | 'wait' {
    const { state, effects } = decideThrottle(
      this.disk,
      { kind: 'attempt', account: 'owner', source, device, inTheHome: false, isOwner: true, limits },
      this.#offset + this.now,
    );
    this.disk = state;
    const kind = effects[0]?.kind ?? 'wait';
    if (kind === 'look' && device === undefined) this.judged += 1;
    return kind;
  }
  right(source: string, device: string): void {
    const event = { kind: 'success', account: 'owner', source, device, limits } as const;
    this.disk = decideThrottle(this.disk, event, this.#offset + this.now).state;
  }
  /** Power is gone and comes back: running time goes on from what is on the disk. */
  restart(): void {
    this.disk = JSON.parse(JSON.stringify(this.disk)) as ThrottleState;
    this.#offset = this.disk.at - this.now;
  }
  /** when an attempt from a fresh source is looked at next */
  next(): number {
    const until = this.disk.accounts.find(({ key }) => key === 'owner')?.until ?? 0;
    return Math.max(this.now, until - this.#offset);
  }
}

const perDay = (judged: number, millis: number) => (judged * DAY) / millis;
const years = (millis: number) => `${(millis / YEAR).toFixed(1)} years`;

test('a-million-guesses-over-ten-thousand-sources-take-as-long-as-declared', (t) => {
  const device = new Played();
  // at every moment at which one is judged, the attackers have a source that may guess
  for (let guess = 0; device.judged < GUESSES; guess += 1) {
    device.now = device.next();
    device.attempt(`source ${guess % 10_000}`);
    if (guess > 4 * GUESSES) break;
  }
  t.diagnostic(
    `${device.judged} guesses judged in ${years(device.now)}: ${perDay(device.judged, device.now).toFixed(1)} a day; ` +
      `a password among a million is found after ${years(device.now / 2)} on average`,
  );
  assert.equal(device.judged, GUESSES);
  assert.ok(device.judged <= bound(device.now));
  assert.ok(device.now > 28 * YEAR);
  assert.ok(JSON.stringify(device.disk).length < 40_000, 'the state stays small');
});

test('one-source-alone-is-no-faster', (t) => {
  const device = new Played();
  let tried = 0;
  // impatient: a try every minute for ten years
  for (; device.now < 10 * YEAR; device.now += 60_000) {
    device.attempt('one');
    if ((tried += 1) >= GUESSES) break;
  }
  t.diagnostic(`of ${tried} guesses, one a minute, ${device.judged} were judged in ${years(device.now)}`);
  assert.ok(device.judged <= bound(device.now), `${device.judged}`);
  assert.ok(device.judged > 100);
});

test('patience-is-not-rewarded', (t) => {
  const quiet = (limits.freeAttempts + 32) * LONGEST;
  const figures = [LONGEST, quiet - 1, quiet, quiet + 1, DAY, 7 * DAY].map((pause) => {
    const device = new Played();
    // spends what a forgotten counter gives away, then waits until it is forgotten again
    while (device.now < 20 * YEAR) {
      for (let burst = 0; burst < 40; burst += 1) {
        const at = device.next();
        if (at - device.now > pause) break;
        device.now = at;
        device.attempt(`source ${burst}`);
      }
      device.now += pause;
    }
    assert.ok(device.judged <= bound(device.now), `pause ${pause}: ${device.judged}`);
    return perDay(device.judged, device.now);
  });
  t.diagnostic(
    `guesses a day with pauses from a quarter of an hour to a week: ${figures.map((n) => n.toFixed(1)).join(', ')}`,
  );
});

test('an-owner-who-comes-in-with-a-new-browser-every-day-gives-little-away', (t) => {
  const device = new Played();
  const days = 2_000;
  for (let day = 1; day <= days; day += 1) {
    while (device.next() < day * DAY) {
      device.now = device.next();
      device.attempt(`source ${device.judged % 10_000}`);
    }
    device.now = Math.max(device.now, day * DAY);
    device.right('home', `browser ${day}`);
  }
  t.diagnostic(`${perDay(device.judged, device.now).toFixed(1)} guesses a day where the counter is cleared daily`);
  assert.ok(device.judged <= days * bound(DAY));
  assert.ok(perDay(device.judged, device.now) < 110);
});

test('restarts-and-power-cuts-between-any-two-steps-give-no-guess-away', () => {
  const step = fc.record({
    source: fc.nat(20).map((n) => `source ${n}`),
    pause: fc.constantFrom(0, 100, 1000, 60_000, LONGEST, DAY),
    restart: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const device = new Played();
      for (const { source, pause, restart } of steps) {
        device.now += pause;
        if (restart) device.restart();
        device.attempt(source);
      }
      assert.ok(device.judged <= bound(device.now), `${device.judged} in ${device.now} ms`);
    }),
    { numRuns: 300 },
  );
});

test('the-owner-comes-in-within-the-longest-delay-whatever-attackers-do', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('guess' as const), source: fc.nat(300).map((n) => `source ${n}`) }),
    // from the owner's own address, with a device of their making
    fc.record({
      kind: fc.constant('guess' as const),
      source: fc.constant('home'),
      device: fc.constantFrom('made up', ''),
    }),
    fc.record({ kind: fc.constant('pause' as const), millis: fc.constantFrom(1, 1000, 60_000, LONGEST) }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('mistype' as const) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), (acts) => {
      const device = new Played();
      device.attempt('home');
      device.right('home', 'telephone');
      for (const each of acts) {
        if (each.kind === 'guess') device.attempt(each.source, 'device' in each ? each.device : undefined);
        else if (each.kind === 'pause') device.now += each.millis;
        else if (each.kind === 'restart') device.restart();
        else device.attempt('anywhere', 'telephone');
      }
      // the longest that the owner's own mistakes may cost
      if (device.attempt('anywhere', 'telephone') !== 'look') {
        device.now += LONGEST;
        assert.equal(device.attempt('anywhere', 'telephone'), 'look');
      }
    }),
    { numRuns: 300 },
  );
});

test('no-owner-waits-for-attackers-at-all', () => {
  const device = new Played();
  device.attempt('home');
  device.right('home', 'telephone');
  for (let day = 0; day < 30; day += 1) {
    for (let guess = 0; guess < 200; guess += 1) device.attempt(`source ${guess}`);
    for (let guess = 0; guess < 20; guess += 1) device.attempt('home');
    assert.equal(device.attempt('home', 'telephone'), 'look');
    device.right('home', 'telephone');
    device.now += DAY;
  }
});

test('state-stays-bounded-and-times-stay-sane-for-any-events-and-any-clock', () => {
  const text = fc.oneof(fc.nat(400).map(String), fc.constantFrom('', 'owner', '__proto__', 'nobody'));
  const declared = fc.record({
    freeAttempts: fc.integer({ min: 0, max: 10 }),
    firstDelaySeconds: fc.integer({ min: 1, max: 60 }),
    longestDelaySeconds: fc.integer({ min: 60, max: 3600 }),
  });
  const events = (limits: typeof declared extends fc.Arbitrary<infer Of> ? Of : never): fc.Arbitrary<ThrottleEvent> =>
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('attempt' as const),
          account: text,
          source: text,
          device: fc.option(text, { nil: undefined }),
          inTheHome: fc.boolean(),
          isOwner: fc.boolean(),
          limits: fc.constant(limits),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('success' as const),
          account: text,
          source: text,
          device: text,
          limits: fc.constant(limits),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('forget-devices' as const),
          accounts: fc.array(text, { maxLength: 3 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          { kind: 'pressed' as const, millis: 600_000, attempts: 5 },
          { kind: 'grace-over' as const },
        ),
      },
    );
  const run = declared.chain((limits) =>
    fc.tuple(
      fc.constant(limits),
      fc.array(fc.tuple(events(limits), fc.integer({ min: -1e12, max: 1e12 })), { maxLength: 200 }),
    ),
  );
  fc.assert(
    fc.property(run, ([limits, steps]) => {
      let state: ThrottleState = NO_ATTEMPTS;
      let now = 1e12;
      for (const [event, leap] of steps) {
        now += Math.abs(leap) > 9e11 ? leap : Math.abs(leap) % 100_000;
        const decided = decideThrottle(state, event, now);
        state = decided.state;
        const [effect] = decided.effects;
        if (effect?.kind === 'wait' || effect?.kind === 'refuse')
          assert.ok(
            effect.waitSeconds > 0 && effect.waitSeconds <= limits.longestDelaySeconds,
            `${effect.waitSeconds}`,
          );
      }
      assert.ok(state.accounts.length <= MAX_ACCOUNTS && state.sources.length <= MAX_SOURCES);
      const perAccount = Map.groupBy(state.known, ({ account }) => account);
      for (const known of perAccount.values()) assert.ok(known.length <= MAX_KNOWN);
      assert.ok((state.grace?.used.length ?? 0) <= GRACE_SOURCES);
    }),
    { numRuns: 300 },
  );
});
