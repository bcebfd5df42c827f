import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANSWER_WITHIN, decideTime, TIME_UNKNOWN, timeOf, type TimeEffect } from '../../src/channel/time/decide.ts';
import { openTime } from '../../src/channel/time/time.ts';

/** G045 PL-4-3, ST-D-27: the time in the log is the services', whatever becomes of the host's clock. */
const NOON = Date.UTC(2026, 10, 26, 12);
const HOUR = 3_600_000;

const device = () => {
  const clocks = { host: NOON, running: 1_000 };
  const told: TimeEffect[] = [];
  const time = openTime({ clocks: () => ({ ...clocks }), changed: (effect) => told.push(effect) });
  const pass = (ms: number): void => {
    clocks.host += ms;
    clocks.running += ms;
  };
  const say = (at: unknown): void => time.heard(Buffer.from(JSON.stringify({ v: 1, at })));
  return { clocks, told, time, pass, say };
};

test('from the services’ answer on the device counts for itself, and a clock that somebody sets moves nothing', () => {
  const { clocks, told, time, pass, say } = device();
  assert.deepEqual([time.now(), time.source()], [NOON, 'host']);
  time.asked();
  pass(40);
  say(NOON + 20);
  assert.deepEqual([time.now(), time.source()], [NOON + 40, 'services']);
  time.look();
  pass(60_000);
  clocks.host -= 30 * 24 * HOUR;
  time.look();
  time.look();
  assert.equal(time.now(), NOON + 60_040);
  assert.deepEqual(told, [{ kind: 'jumped', bySeconds: 2_592_000, direction: 'back' }]);
  clocks.host += 31 * 24 * HOUR;
  time.look();
  assert.deepEqual(told[1], { kind: 'jumped', bySeconds: 2_678_400, direction: 'ahead' });
});

test('a host’s clock that differs from the services’ is told once, for as long as it does', () => {
  const { clocks, told, time, pass, say } = device();
  const ask = (): void => {
    time.asked();
    pass(10);
    say(NOON + clocks.running - 1_005);
  };
  clocks.host += HOUR;
  ask();
  ask();
  assert.deepEqual(told, [{ kind: 'differs', bySeconds: 3_600, direction: 'ahead' }]);
  clocks.host -= HOUR;
  ask();
  clocks.host -= HOUR;
  ask();
  assert.deepEqual(told.slice(1), [{ kind: 'differs', bySeconds: 3_600, direction: 'back' }]);
});

test('an answer that took long, a second one, one that nobody asked for, and what is none, are not heard', () => {
  const { time, pass, say } = device();
  say(NOON + HOUR);
  assert.equal(time.source(), 'host', 'nobody asked');
  time.asked();
  pass(ANSWER_WITHIN + 1);
  say(NOON + HOUR);
  assert.equal(time.source(), 'host', 'held back on its way');
  time.asked();
  for (const bytes of ['', '{}', '{"v":1,"at":"now"}', '{"v":1,"at":-1}', '{"v":2,"at":1}', '\u0000', '[]']) {
    time.heard(Buffer.from(bytes));
  }
  assert.equal(time.source(), 'host');
  say(NOON + ANSWER_WITHIN);
  const known = time.now();
  say(NOON + HOUR);
  assert.deepEqual([time.now(), time.source()], [known, 'services'], 'the first answer holds');
});

test('a day after the services last said the time, it is the host’s clock again, and the entry says so', () => {
  const { time, pass, say } = device();
  time.asked();
  say(NOON);
  assert.equal(time.isDue(), false);
  pass(HOUR);
  assert.equal(time.isDue(), true, 'asked again every hour');
  pass(22 * HOUR);
  assert.equal(time.source(), 'services');
  pass(2 * HOUR);
  assert.equal(time.source(), 'host');
});

test('time that the services vouch for never runs faster or slower than the device', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(ANSWER_WITHIN), fc.integer(), fc.nat(80_000_000), (at, within, host, later) => {
      const { state } = decideTime(TIME_UNKNOWN, { kind: 'vouched', at, within }, { host, running: 0 });
      const known = timeOf(state, { host, running: 0 });
      assert.ok(known.at >= at && known.at <= at + within);
      assert.equal(timeOf(state, { host: 0, running: later }).at, known.at + later);
    }),
  );
});
