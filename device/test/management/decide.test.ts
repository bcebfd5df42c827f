import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LASTS, type CommandBody } from '@hearthward/protocol';
import fc from 'fast-check';
import {
  decideManagement,
  UNMANAGED,
  untilNow,
  type ManagementEvent,
  type ManagementState,
} from '../../src/management/decide.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const body = (change: Partial<CommandBody> = {}): CommandBody => ({
  deviceId: 'd0c0ffee12',
  id: 'a'.repeat(16),
  seq: 1,
  expires: new Date(NOW + COMMAND_LASTS).toISOString(),
  command: 'status',
  ...change,
});
const after = (events: readonly ManagementEvent[], now = NOW, from: ManagementState = UNMANAGED) => {
  let state = from;
  let effects: readonly { readonly kind: string; readonly because?: string }[] = [];
  for (const event of events) ({ state, effects } = decideManagement(state, event, now));
  return { state, effects };
};
const allowed = after([{ kind: 'allowed', hours: '1' }]).state;

test('off-until-the-owner-wants-it: no command is taken, and the device does not listen', () => {
  assert.deepEqual(after([{ kind: 'started' }]).effects, []);
  const asked = after([{ kind: 'command', body: body() }]);
  assert.deepEqual([asked.state, asked.effects], [UNMANAGED, [{ kind: 'record-refused', because: 'off' }]]);
});

test('a command is carried out once, whoever repeats it', () => {
  const first = after([{ kind: 'command', body: body() }], NOW, allowed);
  assert.deepEqual(first.effects, [{ kind: 'carry-out', id: 'a'.repeat(16), command: 'status' }]);
  const again = after([{ kind: 'command', body: body() }], NOW + 1000, first.state);
  assert.deepEqual(again.effects, [{ kind: 'record-refused', because: 'seen-before' }]);
  // not even after a reset and a new permission
  const later = after([{ kind: 'reset' }, { kind: 'allowed', hours: '24' }], NOW + 2000, first.state);
  assert.deepEqual(after([{ kind: 'command', body: body() }], NOW + 3000, later.state).effects, [
    { kind: 'record-refused', because: 'seen-before' },
  ]);
});

test('a command that was held back, or comes from a wrong clock, is refused', () => {
  const late = body({ expires: new Date(NOW - 1).toISOString() });
  assert.deepEqual(after([{ kind: 'command', body: late }], NOW, allowed).effects, [
    { kind: 'record-refused', because: 'expired' },
  ]);
  const far = body({ expires: new Date(NOW + 40 * 60_000).toISOString() });
  assert.deepEqual(after([{ kind: 'command', body: far }], NOW, allowed).effects, [
    { kind: 'record-refused', because: 'too-far-ahead' },
  ]);
  assert.deepEqual(after([{ kind: 'command', body: body({ expires: 'soon' }) }], NOW, allowed).effects, [
    { kind: 'record-refused', because: 'expired' },
  ]);
});

test('it ends by itself, by the owner at once, and with a reset; each is on record', () => {
  assert.deepEqual(after([{ kind: 'ticked' }], NOW + HOUR - 1, allowed).effects, []);
  assert.deepEqual(after([{ kind: 'ticked' }], NOW + HOUR, allowed).effects, [
    { kind: 'stop-listening' },
    { kind: 'record-ended', because: 'time' },
  ]);
  assert.deepEqual(after([{ kind: 'ended' }], NOW, allowed).effects[1], { kind: 'record-ended', because: 'owner' });
  assert.deepEqual(after([{ kind: 'reset' }], NOW, allowed).effects[1], { kind: 'record-ended', because: 'reset' });
  assert.deepEqual(after([{ kind: 'started' }], NOW + 2 * HOUR, allowed).state.allowed, null, 'a start after its end');
  assert.deepEqual(after([{ kind: 'started' }], NOW + 1, allowed).effects, [{ kind: 'listen' }], 'a start within it');
});

test('a clock that is set back ends it rather than making it longer', () => {
  assert.equal(untilNow(allowed, NOW - 1).allowed, null);
  assert.equal(after([{ kind: 'command', body: body() }], NOW - HOUR, allowed).effects[0]?.because, 'off');
});

test('whatever happens: nothing is carried out while it is off, and numbers only rise', () => {
  const event: fc.Arbitrary<ManagementEvent> = fc.oneof(
    fc.constantFrom<ManagementEvent>(
      { kind: 'started' },
      { kind: 'ended' },
      { kind: 'ticked' },
      { kind: 'reset' },
      { kind: 'forged' },
      { kind: 'allowed', hours: '1' },
    ),
    fc.integer({ min: 1, max: 6 }).map((seq) => ({ kind: 'command' as const, body: body({ seq }) })),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 2 * HOUR })), { maxLength: 30 }), (history) => {
      let state = UNMANAGED;
      for (const [happened, offset] of history) {
        const now = NOW + offset;
        const next = decideManagement(state, happened, now);
        const done = next.effects.some(({ kind }) => kind === 'carry-out');
        if (done) assert.ok(untilNow(state, now).allowed && next.state.seq > state.seq);
        assert.ok(next.state.seq >= state.seq);
        state = next.state;
      }
    }),
  );
});
