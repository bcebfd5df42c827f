import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { Declaration, TamperInput } from '@hearthward/product';
import * as fc from 'fast-check';
import type { TamperShown } from '../../src/board/board.ts';
import { decideTamper, UNTOUCHED, type TamperState } from '../../src/board/tamper/decide.ts';
import { standForTamper } from '../../src/board/tamper/standing.ts';
import { quarantineLink } from '../../src/quarantine/link.ts';
import { decideQuarantine, FREE, type Quarantine } from '../../src/quarantine/decide.ts';
import { memoryStore } from '../stand-in/memory.ts';

const input = (id: string, onTamper: TamperInput['onTamper'], zeroises?: TamperInput['zeroises']): TamperInput => ({
  id,
  description: { en: id },
  guards: 'the board',
  watched: ['running', 'standby', 'off'],
  latch: 'a coin cell',
  onTamper,
  ...(zeroises ? { zeroises, broughtBack: 'by its people' } : {}),
});
const seal = input('seal', 'alarm');
const lid = input('lid', 'quarantine');
const shield = input('shield', 'zeroise', 'stored');
const mesh = input('mesh', 'zeroise', 'everything');
const ALL = [seal, lid, shield, mesh];
const T0 = Date.UTC(2026, 0, 1);

/** A case on a bench: what is opened sets its latch, whether or not anything runs. */
const benchOf = (inputs: readonly TamperInput[]) => {
  const shown = new Map<string, { open: boolean; latched: boolean }>(
    inputs.map(({ id }) => [id, { open: false, latched: false }]),
  );
  const silent = new Set<string>();
  const hearers = new Map<string, () => void>();
  const at = (id: string) => shown.get(id) ?? assert.fail(id);
  return {
    open: (id: string) => {
      shown.set(id, { open: true, latched: true });
      hearers.get(id)?.();
    },
    close: (id: string) => shown.set(id, { ...at(id), open: false }),
    silence: (id: string) => silent.add(id),
    latched: (id: string) => at(id).latched,
    drivers: Object.fromEntries(
      inputs.map(({ id }) => [
        id,
        {
          read: () => (silent.has(id) ? assert.fail('the wire is cut') : at(id)),
          unlatch: () => void shown.set(id, { ...at(id), latched: at(id).open }),
          onDisturbed: (hear: () => void) => {
            hearers.set(id, hear);
            return () => void hearers.delete(id);
          },
        },
      ]),
    ),
  };
};

/** The device that stands on it: what it keeps outlives a crash, what it had begun does not. */
const deviceOn = (bench: ReturnType<typeof benchOf>, inputs: readonly TamperInput[]) => {
  const store = memoryStore();
  const did: string[] = [];
  const time = { clock: T0, running: 0 };
  let held: Quarantine = FREE;
  let crashes = 0;
  /** the power goes before this is done, and nothing is done or written after it */
  const perhaps = (): void => {
    crashes -= 1;
    if (crashes === 0) store.failure = new Error('the power went');
    if (store.failure) throw store.failure;
  };
  const start = () => {
    store.failure = undefined;
    const link = quarantineLink(held, ({ say }) => {
      perhaps();
      if (say.kind === 'violated' || say.kind === 'decided') {
        held = decideQuarantine(held, say, T0).state;
        link.heard({ of: 'quarantine', state: held, ...(say.kind === 'decided' ? { answers: say.incident } : {}) });
      }
    });
    const standing = standForTamper({
      board: { tamper: bench.drivers },
      declaration: { ...declaration, tamperInputs: inputs } as Declaration,
      store,
      clock: { now: () => time.clock },
      running: () => time.running,
      record: (kind, detail) => {
        perhaps();
        did.push(`${kind} ${Object.values(detail).join(' ')}`);
      },
      quarantine: link,
      destroyEverything: async () => {
        perhaps();
        did.push('destroyed everything');
      },
      decide: decideTamper,
      fault: () => undefined,
    });
    standing.erasing(async () => {
      perhaps();
      did.push('destroyed stored');
    });
    return { ...standing, link };
  };
  return {
    start,
    did,
    time,
    store,
    held: () => held.held !== null,
    crashAt: (step: number) => {
      crashes = step;
    },
  };
};

describe('whoever opens it is noticed and answered', () => {
  const cases: readonly (readonly [string, TamperInput, readonly string[], boolean])[] = [
    ['a seal', seal, ['tamper-detected seal off alarm'], false],
    ['a lid', lid, ['tamper-detected lid off quarantine'], true],
    ['a shield', shield, ['destroyed stored', 'tamper-detected shield off stored'], true],
    ['a mesh', mesh, ['tamper-detected mesh off everything', 'destroyed everything'], true],
  ];
  for (const [name, opened, expected, cutOff] of cases)
    test(`${name}, while it was off: its latch is read at the start, answered as declared, and taken back`, async () => {
      const bench = benchOf(ALL);
      const device = deviceOn(bench, ALL);
      bench.open(opened.id);
      bench.close(opened.id);
      const running = device.start();
      await running.early();
      assert.deepEqual(device.did, expected);
      assert.equal(device.held(), cutOff);
      assert.equal(bench.latched(opened.id), false);
      assert.deepEqual(
        running.alarms().map((alarm) => [alarm.input, alarm.found]),
        [[opened.id, 'off']],
      );
      assert.equal(running.checks('en')[0]?.good, false);
      await running.stop();
    });

  test('while it runs, at once, and while it sleeps, when it wakes', async () => {
    const bench = benchOf(ALL);
    const device = deviceOn(bench, ALL);
    const running = device.start();
    await running.early();
    assert.deepEqual(running.checks('en'), [{ good: true, text: 'Nobody has opened the device.' }]);
    running.begin();
    bench.open('lid');
    while (device.did.length === 0) await new Promise(setImmediate);
    await running.stop();
    // the processor stands still, the clock does not
    bench.open('seal');
    bench.close('seal');
    const woken = device.start();
    woken.begin();
    device.time.clock += 3_600_000;
    bench.open('lid');
    while (device.did.length < 2) await new Promise(setImmediate);
    assert.deepEqual(device.did, ['tamper-detected lid running quarantine', 'tamper-detected seal standby alarm']);
    await woken.stop();
  });

  test('a wire that is cut is told and cuts it off, and destroys nothing until the case says that it is open', async () => {
    const bench = benchOf([shield]);
    const device = deviceOn(bench, [shield]);
    bench.silence('shield');
    const running = device.start();
    await running.early();
    assert.deepEqual(device.did, ['tamper-detected shield no-answer quarantine']);
    assert.ok(device.held());
    await running.stop();
    const state = device.store.read('tamper') as TamperState;
    const opened = decideTamper([shield])(
      state,
      { kind: 'looked', at: 'running', inputs: { shield: { open: true, latched: true } }, held: true },
      T0,
    );
    assert.deepEqual(opened.effects, [
      { kind: 'cut-off', input: 'shield' },
      { kind: 'zeroise', input: 'shield', what: 'stored' },
      { kind: 'tell', input: 'shield', found: 'running', mode: 'stored' },
      { kind: 'unlatch', input: 'shield' },
    ]);
  });

  test('closed again or started anew, the alarm lasts until an owner knows of it; opened once more, it is another', async () => {
    const bench = benchOf([seal]);
    const device = deviceOn(bench, [seal]);
    bench.open('seal');
    const first = device.start();
    await first.early();
    bench.close('seal');
    await first.stop();
    const second = device.start();
    await second.early();
    assert.equal(second.alarms().length, 1);
    assert.equal(await second.know(0), false, 'of an alarm that no page has shown');
    assert.equal(await second.know(1), true);
    assert.deepEqual(second.alarms(), []);
    bench.open('seal');
    bench.close('seal');
    await second.stop();
    const third = device.start();
    await third.early();
    assert.deepEqual(device.did, [
      'tamper-detected seal off alarm',
      'tamper-known seal',
      'tamper-detected seal off alarm',
    ]);
    await third.stop();
  });

  test('an owner who ends the quarantine knows of what led to it, though nothing ran when it ended', async () => {
    const bench = benchOf([lid]);
    const device = deviceOn(bench, [lid]);
    bench.open('lid');
    bench.close('lid');
    const running = device.start();
    await running.early();
    await running.stop();
    const again = device.start();
    await again.early();
    assert.equal(await again.link.end(1), true);
    await again.stop();
    const over = device.start();
    await over.early();
    assert.deepEqual(over.alarms(), []);
    assert.deepEqual(device.did, ['tamper-detected lid off quarantine', 'tamper-known lid']);
    await over.stop();
  });
});

describe('the power goes between any two steps', () => {
  for (const opened of ALL)
    test(`${opened.id}: whatever was done by then, the rest is done at the next start`, async () => {
      for (let step = 1; step <= 4; step++) {
        const bench = benchOf([opened]);
        const device = deviceOn(bench, [opened]);
        bench.open(opened.id);
        bench.close(opened.id);
        device.crashAt(step);
        const cut = device.start();
        await cut.early().catch(() => undefined);
        await cut.stop();
        const next = device.start();
        await next.early();
        assert.equal(device.held(), opened.onTamper !== 'alarm', `step ${step}`);
        const expected = {
          seal: ['tamper-detected'],
          lid: ['tamper-detected'],
          shield: ['destroyed', 'tamper-detected'],
          mesh: ['tamper-detected', 'destroyed'],
        }[opened.id];
        assert.deepEqual(
          device.did.slice(-(expected?.length ?? 0)).map((each) => each.split(' ')[0]),
          expected,
          `step ${step}`,
        );
        assert.equal(bench.latched(opened.id), false, `step ${step}`);
        assert.equal(next.alarms().length, 1, `step ${step}`);
        await next.stop();
      }
    });

  const shown = fc.option(fc.record({ open: fc.boolean(), latched: fc.boolean() }), { nil: undefined });
  const look = fc.record({
    at: fc.constantFrom('start' as const, 'running' as const, 'waking' as const),
    inputs: fc.record(Object.fromEntries(ALL.map(({ id }) => [id, shown]))),
    held: fc.boolean(),
    /** of what was decided, so much is done before the power goes */
    done: fc.nat({ max: 12 }),
  });
  test('whatever its inputs say and wherever it is cut off: nothing opened goes unanswered, and no step is done before it is owed', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 12 }), (looks) => {
        let state: TamperState = UNTOUCHED;
        const decide = decideTamper(ALL);
        for (const { done, ...event } of looks) {
          const { state: next, effects } = decide(state, { kind: 'looked', ...event }, T0);
          state = next;
          for (const { id, zeroises } of ALL) {
            const its: TamperShown | undefined = event.inputs[id];
            const alarm = state.alarms.find((each) => each.input === id);
            if (its?.open !== false || its.latched) assert.ok(alarm, `${id} is open and nobody is told`);
            if (its?.open && alarm && !alarm.known) assert.equal(alarm.zeroises, zeroises ?? null);
          }
          for (const effect of effects) {
            if (effect.kind === 'tell-known') continue;
            const alarm = state.alarms.find((each) => each.input === effect.input);
            assert.ok(alarm?.owes.includes(effect.kind));
          }
          for (const effect of effects.slice(0, done))
            if (effect.kind !== 'tell-known' && effect.kind !== 'cut-off')
              ({ state } = decide(state, { kind: 'done', input: effect.input, step: effect.kind }, T0));
        }
        const quiet = Object.fromEntries(ALL.map(({ id }) => [id, { open: false, latched: false }]));
        const { effects } = decide(state, { kind: 'looked', at: 'running', inputs: quiet, held: true }, T0);
        for (const alarm of state.alarms)
          for (const step of alarm.owes)
            assert.ok(
              step === 'cut-off' || effects.some((effect) => effect.input === alarm.input && effect.kind === step),
            );
      }),
    );
  });
});
