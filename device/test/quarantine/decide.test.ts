import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  decideQuarantine,
  FIRST_HOLD,
  FREE,
  LATELY,
  LONGEST_HOLD,
  type Quarantine,
  type QuarantineEvent,
} from '../../src/quarantine/decide.ts';

const T0 = Date.UTC(2026, 0, 1);
const violated: QuarantineEvent = { kind: 'violated', cause: 'integrity', detail: 'slot-a main.js' };
const after = (events: readonly (readonly [QuarantineEvent, number])[], from: Quarantine = FREE) =>
  events.reduce(
    ({ state, effects }, [event, now]) => {
      const next = decideQuarantine(state, event, now);
      return { state: next.state, effects: [...effects, ...next.effects] };
    },
    { state: from, effects: [] as readonly { readonly kind: string }[] },
  );

test('what-is-altered-is-cut-off-and-recovery-ends-it-no-earlier-than-its-hold', () => {
  const { state } = after([
    [violated, T0],
    [{ kind: 'recovered', cause: 'integrity' }, T0 + 1_000],
    [{ kind: 'ticked' }, T0 + FIRST_HOLD - 1],
  ]);
  assert.equal(state.held?.incident, 1);
  const over = decideQuarantine(state, { kind: 'ticked' }, T0 + FIRST_HOLD);
  assert.equal(over.state.held, null);
  assert.deepEqual(over.effects, [{ kind: 'reconnect', because: 'recovered' }]);
});

test('nothing-but-recovery-or-a-decision-ends-it-however-long-it-lasts', () => {
  const { state } = after([
    [violated, T0],
    [{ kind: 'ticked' }, T0 + 400 * 86_400_000],
    [{ kind: 'recovered', cause: 'tamper' }, T0 + 400 * 86_400_000],
    [{ kind: 'ticked' }, T0 + 401 * 86_400_000],
  ]);
  assert.equal(state.held?.incident, 1);
});

test('one-cause-that-is-mended-does-not-end-what-another-one-holds', () => {
  const { state } = after([
    [violated, T0],
    [{ kind: 'violated', cause: 'tamper', detail: 'case' }, T0 + 1],
    [{ kind: 'recovered', cause: 'integrity' }, T0 + 2],
    [{ kind: 'ticked' }, T0 + LONGEST_HOLD],
  ]);
  assert.deepEqual(
    state.held?.found.map(({ cause, recovered }) => [cause, recovered]),
    [
      ['integrity', true],
      ['tamper', false],
    ],
  );
});

test('a-decision-about-what-was-shown-is-none-about-what-was-found-since', () => {
  const { state } = after([
    [violated, T0],
    [{ kind: 'violated', cause: 'tamper', detail: 'case' }, T0 + 1],
    [{ kind: 'decided', incident: 1 }, T0 + 2],
  ]);
  assert.equal(state.held?.incident, 2);
  assert.equal(decideQuarantine(state, { kind: 'decided', incident: 2 }, T0 + 3).state.held, null);
});

test('the-same-again-changes-nothing-however-often', () => {
  const once = after([[violated, T0]]).state;
  let state = once;
  for (let n = 0; n < 1_000; n++) {
    const next = decideQuarantine(state, violated, T0 + n);
    assert.deepEqual(next.effects, []);
    ({ state } = next);
  }
  assert.equal(state, once, 'nothing is written either');
});

test('who-keeps-causing-it-moves-the-device-a-dozen-times-a-week-at-most', () => {
  let state = FREE;
  let entries = 0;
  // violated and recovered from as fast as can be, looked at once a minute
  for (let now = T0; now < T0 + LATELY; now += 60_000) {
    for (const event of [violated, { kind: 'recovered', cause: 'integrity' }, { kind: 'ticked' }] as const) {
      const next = decideQuarantine(state, event, now);
      entries += next.effects.filter(({ kind }) => kind === 'cut-off').length;
      ({ state } = next);
    }
  }
  assert.ok(entries <= 12, `${entries} entries`);
});

const anyEvent: fc.Arbitrary<QuarantineEvent> = fc.oneof(
  fc.constantFrom<QuarantineEvent>(
    violated,
    { kind: 'violated', cause: 'tamper', detail: 'case' },
    { kind: 'recovered', cause: 'integrity' },
    { kind: 'recovered', cause: 'tamper' },
    { kind: 'ticked' },
  ),
  fc.integer({ min: 1, max: 4 }).map((incident) => ({ kind: 'decided', incident }) as const),
);

test('whatever-happens-and-however-the-clock-jumps-it-opens-only-by-recovery-or-a-decision', () => {
  const step = fc.tuple(anyEvent, fc.integer({ min: -86_400_000, max: 2 * 86_400_000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let state = FREE;
      let now = T0;
      for (const [event, by] of steps) {
        now += by;
        const before = state;
        const next = decideQuarantine(state, event, now);
        ({ state } = next);
        assert.ok(state.lately.length <= 16);
        assert.ok(!state.held || state.held.until - now <= Math.max(LONGEST_HOLD, (before.held?.until ?? 0) - now));
        if (!before.held || state.held) continue;
        const decided = event.kind === 'decided' && event.incident === before.held.incident;
        const mended = next.effects.some((each) => each.kind === 'reconnect' && each.because === 'recovered');
        assert.ok(decided || mended);
        if (mended) {
          const open = before.held.found.filter(({ recovered }) => !recovered).map(({ cause }) => cause);
          assert.ok(open.every((cause) => event.kind === 'recovered' && event.cause === cause));
        }
      }
    }),
  );
});
