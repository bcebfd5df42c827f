import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_KINDS, entryOf } from '../../src/logging/catalogue.ts';
import { decideRepeats, HELD_FOR, type RepeatsState } from '../../src/logging/repeats/decide.ts';
import type { SecurityEvent } from '../../src/seams.ts';
import { eventOf } from './written.ts';

const run = (happenings: readonly { readonly event?: SecurityEvent; readonly now: number }[]) => {
  let state: RepeatsState = {};
  const written: SecurityEvent[] = [];
  for (const { event, now } of happenings) {
    const decided = decideRepeats(state, event ? { kind: 'happened', event } : { kind: 'looked' }, now);
    state = decided.state;
    written.push(...decided.effects.map((effect) => effect.event));
  }
  const rest = decideRepeats(state, { kind: 'told' }, 0);
  return { written, rest: rest.effects.map(({ event }) => event) };
};
const standsFor = (events: readonly SecurityEvent[]): number =>
  events.reduce((sum, { repeats }) => sum + (repeats?.count ?? 1), 0);

test('a flood of refused sign-ins leaves fifty entries, and then one a minute that says how many', () => {
  const seconds = Array.from({ length: 600 }, (_, index) => index * 1_000);
  const { written, rest } = run(seconds.flatMap((now) => [{ event: eventOf('login-failed', now), now }, { now }]));
  assert.ok(written.length <= 50 + 60 + 10, `${written.length} entries`);
  assert.equal(standsFor([...written, ...rest]), 600, 'none is unsaid');
  const counted = written.find(({ repeats }) => repeats);
  assert.ok(counted?.repeats && counted.repeats.count > 1);
  assert.ok(counted.repeats.since < counted.at, 'from the first to the last');
});

test('whatever happens, each event is written or counted, and what is not routine stands alone', () => {
  const happenings = fc.array(
    fc.record({ kind: fc.constantFrom(...EVENT_KINDS), times: fc.integer({ min: 1, max: 90 }), after: fc.nat(5_000) }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(happenings, (given) => {
      let now = 0;
      const all = given.flatMap(({ kind, times, after }) =>
        Array.from({ length: times }, () => ({ event: eventOf(kind, (now += after)), now })),
      );
      const { written, rest } = run(all);
      assert.equal(standsFor([...written, ...rest]), all.length);
      const important = (events: readonly SecurityEvent[]) =>
        events.filter(({ kind }) => entryOf(kind).priority !== 'routine');
      assert.deepEqual(important(written), important(all.map(({ event }) => event)));
    }),
  );
});

test('refused sign-ins of all reasons share one count, so that writing tells none of them', () => {
  const throttled = { ...eventOf('login-throttled'), detail: { by: 'account', waitSeconds: 1 } };
  const flood = Array.from({ length: 50 }, (_, now) => ({ event: eventOf('login-failed'), now }));
  const { written, rest } = run([...flood, { event: throttled, now: 51 }, { event: eventOf('login-failed'), now: 52 }]);
  assert.equal(written.length, 50);
  assert.equal(standsFor(rest), 2);
});

test('a clock of the device that begins anew holds nothing back for ever', () => {
  const { written } = run([
    { event: eventOf('access-refused', 1), now: 10 * HELD_FOR },
    { event: eventOf('access-refused', 2), now: 10 * HELD_FOR },
    { now: 5 },
  ]);
  assert.equal(written.length, 2);
});
