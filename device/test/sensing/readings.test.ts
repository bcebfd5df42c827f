import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import hub from '@hearthward/example-hub';
import { foundIn, thermostat } from '../../../examples/hub/control.ts';
import { controlLine } from '../../src/processes/control/line.ts';
import type { ControlReading } from '../../src/seams.ts';
import { decideReadings, NOTHING_SENSED, readingsOf } from '../../src/board/sensing/decide.ts';
import { openSensing } from '../../src/board/sensing/sensing.ts';

const declared = hub.externalSensors;
const sensed = (temperature: unknown, from = NOTHING_SENSED, now = 0) =>
  decideReadings(from, { kind: 'sensed', declared, said: { temperature } }, now);

test('a reading that its sensor cannot say is discarded with its reason, and counted', () => {
  for (const [said, because] of [
    [Number.NaN, 'not-a-number'],
    [Infinity, 'not-a-number'],
    ['21', 'not-a-number'],
    [null, 'not-a-number'],
    [{ valueOf: () => 21 }, 'not-a-number'],
    [-20.1, 'out-of-range'],
    [85, 'out-of-range'],
    [1e308, 'out-of-range'],
  ] as const) {
    const { state, effects } = sensed(said);
    assert.deepEqual(effects, [{ kind: 'discard', sensor: 'temperature', because }]);
    assert.deepEqual([state.believed, state.discarded], [{}, 1]);
  }
  assert.deepEqual(sensed(undefined), { state: NOTHING_SENSED, effects: [] });
  const unknown = decideReadings(NOTHING_SENSED, { kind: 'sensed', declared, said: { microphone: 1 } }, 0);
  assert.deepEqual(unknown.effects, [{ kind: 'discard', sensor: 'microphone', because: 'not-declared' }]);
});

test('a leap that no room makes is discarded, and a change that stays is believed in the end', () => {
  const first = sensed(20).state;
  assert.deepEqual(sensed(59, first, 1_000).effects, [{ kind: 'discard', sensor: 'temperature', because: 'too-fast' }]);
  assert.deepEqual(sensed(22, first, 1_000).effects, []);
  // two degrees a second are declared: after twenty seconds without a reading forty are possible
  assert.equal(sensed(59, first, 20_000).state.believed['temperature']?.value, 59);
});

test('the last good reading holds for as long as declared, and then there is none', () => {
  const { state } = sensed(20);
  assert.deepEqual(readingsOf(state, declared, 60_000), { temperature: 20 });
  assert.deepEqual(readingsOf(state, declared, 60_001), {});
});

test('whatever sensors say, what is believed lies in their ranges, and nothing is lost from the count', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true });
  const said = fc.dictionary(fc.constantFrom('temperature', 'humidity', 'other', '__proto__'), anything);
  fc.assert(
    fc.property(fc.array(said, { maxLength: 20 }), (series) => {
      let state = NOTHING_SENSED;
      let discarded = 0;
      for (const [second, each] of series.entries()) {
        const decided = decideReadings(state, { kind: 'sensed', declared, said: each }, second * 1_000);
        ({ state } = decided);
        discarded += decided.effects.length;
        for (const { id, range } of declared) {
          const value = readingsOf(state, declared, second * 1_000)[id] ?? range?.minimum ?? 0;
          assert.ok(value >= (range?.minimum ?? 0) && value <= (range?.maximum ?? 0));
        }
      }
      assert.equal(state.discarded, discarded);
    }),
  );
});

test('a thermostat whose sensor goes wild holds the last reading, then heats no more, and goes on when it is mended', () => {
  let now = 0;
  let driver = (): unknown => 10;
  const loop = thermostat.begin({ target: 20 });
  const sensing = openSensing(declared, { ...loop.sensors, temperature: () => driver() }, () => now);
  const tick = () => {
    now += 1_000;
    return foundIn(loop.tick(sensing.sense()));
  };
  assert.deepEqual([tick()?.heating, sensing.discarded()], [true, 0]);
  driver = () => {
    throw new Error('the wire is cut');
  };
  const held = tick();
  assert.deepEqual([held?.temperature, held?.heating, sensing.discarded()], [10, true, 1]);
  driver = () => 85;
  for (let second = 0; second < 60; second++) tick();
  const lost = tick();
  assert.deepEqual([lost?.temperature, lost?.heating, sensing.discarded()], [undefined, false, 62]);
  assert.equal(typeof lost?.humidity, 'number', 'the other sensor is believed as before');
  driver = () => 11;
  assert.deepEqual([tick()?.temperature, tick()?.heating], [11, true]);
});

test('what the loop discarded is counted on over its processes, for telemetry', () => {
  const line = controlLine(
    thermostat,
    () => undefined,
    () => 0,
  );
  const hear = (discarded?: number): number => {
    const reading: ControlReading = { tick: 1, reading: null };
    line.heard({ of: 'control', ...reading, ...(discarded === undefined ? {} : { discarded }) });
    return line.discarded();
  };
  // a loop of an older image does not count; one that began again counts from nothing
  assert.deepEqual([hear(3), hear(3), hear(), hear(5), hear(0), hear(2)], [3, 3, 3, 5, 5, 7]);
});
