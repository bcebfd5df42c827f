import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { modelBoard } from '@hearthward/example-hub/board';
import type { Declaration, SelfTest } from '@hearthward/product';
import * as fc from 'fast-check';
import { hardwareOf, type TestedHardware } from '../../src/selftest/bench.ts';
import { decideSelfTest, FAILURE_WORDS, NOT_TESTED, type SelfTestEffect } from '../../src/selftest/decide.ts';
import { tryInTime } from '../../src/selftest/probes.ts';
import { PROPORTION, startupHealth, STARTUP_SAMPLES } from '../../src/selftest/random.ts';
import { standForTests } from '../../src/selftest/standing.ts';
import type { ProductFunctions } from '../../src/seams.ts';
import { memoryStore } from '../stand-in/memory.ts';

const tests = declaration.selfTests ?? [];
const named = (id: string): SelfTest => {
  const found = tests.find((each) => each.id === id);
  assert.ok(found, `the hub no longer tries ${id}`);
  return found;
};

/** The real thing on this machine, but for the signer and where it stores. */
const withHardware = async (work: (whole: TestedHardware, folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'self-test-'));
  try {
    const clock = { now: () => Date.now() };
    const whole = hardwareOf({
      stateFolder: folder,
      clock,
      knownTime: () => Date.parse('2026-01-01T00:00:00Z'),
      running: () => performance.now(),
      signer: { test: async () => true },
      store: memoryStore(),
      board: modelBoard(),
    });
    await work(whole, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
const verdict = (id: string, hardware: TestedHardware) => tryInTime(named(id), hardware, declaration.externalSensors);

describe('each part is tried, and what is broken is seen', () => {
  test('a whole device passes every declared test, and leaves nothing behind', () =>
    withHardware(async (whole, folder) => {
      for (const { id } of tests) assert.equal(await verdict(id, whole), 'well', id);
      assert.equal(existsSync(join(folder, 'self-test.sqlite')), false);
    }));

  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 77 ? byte ^ 1 : byte));
  const broken: readonly (readonly [string, string, string, (whole: TestedHardware) => Partial<TestedHardware>])[] = [
    [
      'storage',
      'one bit that comes back changed',
      'wrong-answer',
      ({ storage }) => ({
        storage: { ...storage, read: () => flipped(storage.read() ?? new Uint8Array()) },
      }),
    ],
    [
      'storage',
      'writes that are swallowed',
      'wrong-answer',
      ({ storage }) => ({
        storage: { write: () => undefined, read: storage.read },
      }),
    ],
    [
      'storage',
      'a disk that fails',
      'no-answer',
      ({ storage }) => ({
        storage: {
          ...storage,
          write: () => {
            throw new Error('I/O error');
          },
        },
      }),
    ],
    [
      'memory',
      'a cell that is stuck',
      'wrong-answer',
      ({ memory }) => ({
        memory: (bytes) => {
          const block = memory(bytes);
          return {
            write: block.write,
            read: (at, length) => (at === 8192 ? flipped(block.read(at, length)) : block.read(at, length)),
          };
        },
      }),
    ],
    [
      'memory',
      'an address line that is stuck',
      'wrong-answer',
      ({ memory }) => ({
        memory: (bytes) => {
          const { write, read } = memory(bytes);
          return { write: (at, what) => write(at & ~0x10000, what), read: (at, length) => read(at & ~0x10000, length) };
        },
      }),
    ],
    ['memory', 'errors that the hardware counts', 'hardware-errors', () => ({ memoryErrors: () => 1 })],
    [
      'clock',
      'a clock that stands',
      'stands',
      ({ clock }) => {
        const at = clock.now();
        return { clock: { now: () => at } };
      },
    ],
    ['clock', 'a clock of long ago', 'before-known-time', ({ clock }) => ({ knownTime: () => clock.now() + 60_000 })],
    ['random', 'a generator that stands', 'repeats', () => ({ random: (bytes) => new Uint8Array(bytes) })],
    [
      'random',
      'a generator of few values',
      'uneven',
      () => ({ random: (bytes) => new Uint8Array(bytes).map((_, at) => (at * 37) % 10) }),
    ],
    ['random', 'a kernel that is not seeded', 'not-seeded', () => ({ entropy: () => 12 })],
    ['keystore', 'a key that is not its certificate’s', 'wrong-answer', () => ({ signs: async () => false })],
    ['keystore', 'a signer that is silent', 'too-slow', () => ({ signs: () => new Promise(() => undefined) })],
    ['keystore', 'a data key that opens nothing', 'wrong-answer', () => ({ opens: () => false })],
    ['temperature', 'a sensor without driver', 'no-driver', () => ({ board: {} })],
    ['temperature', 'a broken wire', 'no-answer', () => ({ board: { sensors: { temperature: { read: () => NaN } } } })],
    [
      'temperature',
      'a reading that cannot be',
      'out-of-range',
      () => ({ board: { sensors: { temperature: { read: () => 3000 } } } }),
    ],
    [
      'temperature',
      'a sensor that says itself that it is broken',
      'wrong-answer',
      () => ({ board: { sensors: { temperature: { read: () => 20, works: () => false } } } }),
    ],
    [
      'heater',
      'a relay that is welded',
      'wrong-answer',
      () => ({ board: { actuators: { heater: { works: async () => false, safe: () => undefined } } } }),
    ],
  ];
  for (const [id, name, expected, breaking] of broken) {
    test(`${id}: ${name}`, () =>
      withHardware(async (whole) => {
        const hardware = { ...whole, ...breaking(whole) };
        const declared = expected === 'too-slow' ? { ...named(id), withinMillis: 30 } : named(id);
        assert.equal(await tryInTime(declared, hardware, declaration.externalSensors), expected);
      }));
  }
});

describe('health of a random generator (NIST SP 800-90B, 4.4)', () => {
  test('the cut-off is that of the binomial distribution', () => {
    // the tail from the cut-off on is rarer than the alarm, the one before is not
    const chance = 2 ** -7;
    const tail = (from: number): number => {
      let sum = 0;
      for (let count = from; count <= 512; count++) {
        let term = 1;
        for (let k = 1; k <= count; k++) term *= ((512 - count + k) / k) * chance;
        sum += term * (1 - chance) ** (512 - count);
      }
      return sum;
    };
    assert.ok(tail(PROPORTION) <= 2 ** -30 && tail(PROPORTION - 1) > 2 ** -30, String(PROPORTION));
  });

  test('no good generator is refused, and none that prefers a value is taken', () => {
    const samples = fc.uint8Array({ minLength: STARTUP_SAMPLES, maxLength: STARTUP_SAMPLES });
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 1 }), (bytes, window) => {
        const spoilt = bytes.slice();
        // half of a window is its first value, never five times in a row
        for (let at = 0; at < 512; at += 2) spoilt[window * 512 + at] = spoilt[window * 512] ?? 0;
        return startupHealth(spoilt) !== 'well';
      }),
      { numRuns: 50 },
    );
    for (let turn = 0; turn < 50; turn++)
      assert.equal(startupHealth(crypto.getRandomValues(new Uint8Array(STARTUP_SAMPLES))), 'well');
  });
});

describe('what becomes of a failure', () => {
  test('whatever fails is told, safe comes before told and once, and passed is said only of a whole device', () => {
    const outcome = fc.constantFrom('well', ...FAILURE_WORDS);
    fc.assert(
      fc.property(fc.array(outcome, { minLength: tests.length, maxLength: tests.length }), (outcomes) => {
        let { state } = decideSelfTest(NOT_TESTED, { kind: 'begun', tests });
        const effects: SelfTestEffect[] = [];
        for (const [at, test] of tests.entries()) {
          const word = outcomes[at] ?? 'well';
          const result =
            word === 'well' ? ({ ok: true, millis: 2 } as const) : ({ ok: false, because: word, millis: 2 } as const);
          const decided = decideSelfTest(state, { kind: 'tried', test, result, last: at === tests.length - 1 });
          state = decided.state;
          effects.push(...decided.effects);
        }
        const failed = tests.filter((_, at) => outcomes[at] !== 'well');
        const limiting = failed.filter(({ onFailure }) => onFailure === 'limited');
        const kinds = effects.map(({ kind }) => kind);
        assert.deepEqual(
          effects.flatMap((effect) => (effect.kind === 'tell-failed' ? [effect.test] : [])),
          failed.map(({ id }) => id),
        );
        assert.equal(kinds.filter((kind) => kind === 'be-safe').length, limiting.length > 0 ? 1 : 0);
        if (limiting.length > 0)
          assert.ok(
            kinds.indexOf('be-safe') <
              effects.findIndex((effect) => effect.kind === 'tell-failed' && effect.mode === 'limited'),
          );
        assert.equal(kinds.includes('tell-passed'), failed.length === 0);
        assert.deepEqual(
          state.limitedBy,
          limiting.map(({ id }) => id),
        );
      }),
    );
  });

  const standing = (hardware: TestedHardware, declared: Declaration = declaration) => {
    const told: [string, unknown][] = [];
    const cut: string[] = [];
    let safe = 0;
    const stands = standForTests({
      declaration: declared,
      hardware,
      decide: decideSelfTest,
      record: (kind, detail) => void told.push([kind, detail]),
      beSafe: () => void (safe += 1),
      quarantine: {
        enter: (cause, detail) => void cut.push(`${cause} ${detail}`),
        passed: () => void cut.push('passed'),
      },
    });
    return { told, cut, safe: () => safe, ...stands };
  };
  const product = (): ProductFunctions & { readonly calls: string[] } => {
    const calls: string[] = [];
    const call = (id: string) => () => {
      calls.push(id);
      return { ok: true } as const;
    };
    return {
      calls,
      telemetry: {},
      functions: { status: call('status'), 'set-target': call('set-target') },
      home: () => [],
    };
  };

  test('a whole device says so once, and works', () =>
    withHardware(async (whole) => {
      const { early, rest, told, checks, limiting } = standing(whole);
      assert.deepEqual(checks('en'), [], 'nothing is said of what was not tried yet');
      await early();
      assert.equal(told.length, 0);
      await rest();
      assert.deepEqual(
        told.map(([kind]) => kind),
        ['self-test-passed'],
      );
      assert.deepEqual(
        checks('en').map(({ good }) => good),
        [true],
      );
      assert.equal(limiting(product()).functions['set-target']?.({}).ok, true);
    }));

  test('a part that cuts the device off where that is declared, and lets it back once it is whole', () =>
    withHardware(async (whole) => {
      const selfTests = tests.map((each) =>
        each.id === 'keystore' ? { ...each, onFailure: 'quarantine' as const } : each,
      );
      const broken = standing({ ...whole, signs: async () => false }, { ...declaration, selfTests });
      await broken.early();
      await broken.rest();
      assert.deepEqual([broken.cut, broken.safe()], [['self-test keystore'], 1]);
      const mended = standing(whole, { ...declaration, selfTests });
      await mended.early();
      await mended.rest();
      assert.deepEqual([mended.cut, mended.safe()], [['passed'], 0]);
    }));

  test('a welded relay: the product is safe, changes nothing, still tells, and is as safe after a reset', () =>
    withHardware(async (whole) => {
      const { board } = whole;
      const heater = { works: () => false, safe: () => undefined };
      const { early, rest, told, checks, limiting, safe, again } = standing({
        ...whole,
        board: { ...board, actuators: { heater } },
      });
      await early();
      await rest();
      assert.deepEqual(told, [['self-test-failed', { test: 'heater', because: 'wrong-answer', mode: 'limited' }]]);
      assert.equal(safe(), 1);
      const made = product();
      const limited = limiting(made);
      assert.deepEqual([limited.functions['set-target']?.({}).ok, limited.functions['status']?.({}).ok], [false, true]);
      assert.deepEqual(made.calls, ['status']);
      const [check] = checks('en');
      assert.equal(check?.good, false);
      assert.ok(check?.text.startsWith(declaration.selfTestShown?.failed ?? '-'), check?.text);
      assert.match(checks('ms')[0]?.text ?? '', /Suis pemanas/);
      again();
      assert.equal(safe(), 2);
    }));
});
