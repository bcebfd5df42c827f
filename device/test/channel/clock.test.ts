import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { openClock, RELEASED } from '../../src/channel/clock/clock.ts';
import {
  decideClock,
  notBefore,
  STEP,
  UNKNOWN_TIME,
  type ClockEvent,
  type ClockState,
} from '../../src/channel/clock/decide.ts';
import type { Plain } from '../../src/seams.ts';
import { memoryStore } from '../stand-in/memory.ts';

const RELEASE = Date.parse(RELEASED.at);
const DAY = 24 * 3_600_000;

const event: fc.Arbitrary<ClockEvent> = fc.oneof(
  fc.record({ kind: fc.constant('started' as const), known: fc.constant(RELEASE) }),
  fc
    .record({ from: fc.integer({ min: 0, max: 400 }), days: fc.integer({ min: 1, max: 90 }) })
    .map(({ from, days }) => ({
      kind: 'vouched' as const,
      from: RELEASE + from * DAY,
      until: RELEASE + (from + days) * DAY,
    })),
  fc.constant({ kind: 'looked' as const }),
);

test('the-floor-never-falls-and-never-passes-what-vouched-for-it', () => {
  const histories = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 4_000_000_000_000 })), { maxLength: 40 });
  fc.assert(
    fc.property(histories, (history) => {
      let state: ClockState = UNKNOWN_TIME;
      let most = 0;
      for (const [happened, now] of history) {
        const next = decideClock(state, happened, now).state;
        assert.ok(next.floor >= state.floor);
        if (happened.kind === 'started') most = Math.max(most, happened.known);
        if (happened.kind === 'vouched') most = Math.max(most, happened.until);
        assert.ok(next.floor <= most, 'no clock alone raises the floor');
        assert.ok(notBefore(next, now) >= now && notBefore(next, now) >= next.floor);
        state = next;
      }
    }),
  );
});

test('a-clock-that-was-set-back-is-told-once-and-once-more-when-it-happens-again', () => {
  const told: number[] = [];
  let now = RELEASE + 10 * DAY;
  const clock = openClock({
    store: memoryStore(),
    system: { now: () => now },
    madeAt: '2026-11-05T00:00:00Z',
    setBack: (bySeconds) => told.push(bySeconds),
  });
  clock.look();
  now = RELEASE + 2 * DAY;
  clock.look();
  clock.look();
  assert.deepEqual([told, clock.now()], [[2 * 86_400], Date.parse('2026-11-05T00:00:00Z')]);
  now = RELEASE + 10 * DAY;
  clock.look();
  assert.equal(clock.now(), now);
  now = RELEASE;
  clock.look();
  assert.deepEqual(told, [2 * 86_400, 4 * 86_400]);
});

test('the-floor-is-on-the-disk-before-a-restart-and-costs-a-write-an-hour-at-most', () => {
  const store = memoryStore();
  let now = RELEASE + 100 * DAY;
  const system = { now: () => now };
  const world = { store, system, madeAt: '2026-01-01T00:00:00Z', setBack: () => undefined };
  const clock = openClock(world);
  let writes = 0;
  const counting = { ...store, write: (room: string, state: Plain) => (writes++, store.write(room, state)) };
  const counted = openClock({ ...world, store: counting });
  const chain = [{ validFromDate: new Date(RELEASE), validToDate: new Date(RELEASE + 120 * DAY) }] as never;
  for (let minute = 0; minute < 180; minute++) {
    now += 60_000;
    counted.vouchedBy(chain);
  }
  assert.ok(writes <= 4, `${writes} writes in three hours`);
  now = RELEASE;
  const restarted = openClock(world);
  assert.ok(restarted.now() > RELEASE + 100 * DAY, 'the clock was set back over a restart');
  assert.ok(restarted.now() < RELEASE + 100 * DAY + 3 * STEP + 60_000);
  assert.equal(clock.now() >= RELEASE, true);
});

test('a-clock-set-far-ahead-leaves-no-floor-that-the-next-certificates-do-not-reach', () => {
  const ahead = RELEASE + 4_000 * DAY;
  const end = RELEASE + 90 * DAY;
  const { state } = decideClock(UNKNOWN_TIME, { kind: 'vouched', from: RELEASE, until: end }, ahead);
  assert.equal(state.floor, end);
});

test('the-day-of-release-rises-with-the-version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  assert.equal(RELEASED.version, version, 'set RELEASED.at to the day of this release');
  assert.ok(RELEASE <= Date.now(), 'a release of tomorrow');
});
