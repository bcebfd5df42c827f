import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import hub from '@hearthward/example-hub';
import { foundIn, thermostat } from '../../../examples/hub/control.ts';
import { keepCommand } from '../../src/processes/control/kept.ts';
import { controlLine } from '../../src/processes/control/line.ts';
import { runLoop } from '../../src/processes/control/loop.ts';
import { commandIn, LONGEST_COMMAND } from '../../src/processes/control/messages.ts';
import { openSensing } from '../../src/board/sensing/sensing.ts';

describe('a control loop', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const never = (thrown: unknown): never => {
    throw thrown;
  };

  test('the thermostat holds what was commanded last, and leaves what it does not know', () => {
    const loop = thermostat.begin({ target: 28 });
    let now = 0;
    const { sense } = openSensing(hub.externalSensors, loop.sensors ?? {}, () => (now += 1_000));
    const after = (ticks: number): number => {
      for (let tick = 1; tick < ticks; tick++) loop.tick(sense());
      return foundIn(loop.tick(sense()))?.temperature ?? Number.NaN;
    };
    assert.ok(Math.abs(after(7_200) - 28) < 1);
    loop.command({ target: 'warm' });
    loop.command([28]);
    assert.ok(Math.abs(after(600) - 28) < 1);
    loop.command({ target: 15 });
    assert.ok(Math.abs(after(7_200) - 15) < 1);
    // after a reset to the factory state
    loop.command(undefined);
    assert.ok(Math.abs(after(7_200) - 20) < 1);
  });

  test('the last command is kept for the next process, and is gone after a reset', () => {
    const kept = keepCommand();
    assert.deepEqual(kept.last(), { to: 'control' });
    kept.keep({ to: 'control', command: { target: 23 } });
    assert.deepEqual(kept.last(), { to: 'control', command: { target: 23 } });
    kept.keep({ to: 'control' });
    assert.deepEqual(kept.last(), { to: 'control' });
  });

  test('a command that is no plain value, or too long, reaches no loop', () => {
    const long = 'x'.repeat(LONGEST_COMMAND);
    for (const message of [
      undefined,
      'control',
      { to: 'control', command: { deep: [() => 1] } },
      { to: 'control', command: long },
      { to: 'control', command: 1, also: 2 },
      { to: 'core', command: 1 },
    ])
      assert.equal(commandIn(message), undefined);
    assert.deepEqual(commandIn({ to: 'control', command: { target: [21, null] } }), {
      to: 'control',
      command: { target: [21, null] },
    });
    const line = controlLine(
      thermostat,
      () => assert.fail('nothing is sent'),
      () => 0,
    );
    assert.throws(() => line.link.send(long), RangeError);
  });

  test('a loop that has not ticked lately is not healthy', () => {
    let now = 0;
    const line = controlLine(
      thermostat,
      () => undefined,
      () => now,
    );
    assert.equal(line.ticks(), false);
    const loop = runLoop(
      thermostat,
      { to: 'control' },
      { declared: hub.externalSensors, now: () => now, said: line.heard, fault: never },
    );
    loop.stop();
    assert.deepEqual([line.ticks(), line.link.latest()?.tick], [true, 1]);
    line.heard({ of: 'control', tick: 0, reading: null });
    assert.equal(line.link.latest()?.tick, 1, 'what no schema reads is not heard');
    now = 15_000;
    assert.equal(line.ticks(), false);
  });
});
