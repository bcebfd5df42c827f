import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Value } from 'typebox/value';
import { GIVEN_UP } from '../../src/updates/slots/records.ts';
import { decideUpdates } from '../../src/updates/decide.ts';
import { NOTHING_YET, UpdateState } from '../../src/updates/state.ts';
import type { UpdateEvent } from '../../src/updates/steps/events.ts';
import { HUB, numbered, offered, slotsWith } from '../stand-in/offered.ts';

const image = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 })).map((each) => numbered(...each));
const digest = image.map((each) => each.digest);
const status = fc
  .record({
    running: image,
    next: image,
    onTrial: fc.boolean(),
    staged: fc.option(image),
    failed: fc.option(fc.record({ image, because: fc.constantFrom(...GIVEN_UP) })),
    floor: fc.integer({ min: 0, max: 5 }),
    counter: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ running, ...rest }) => slotsWith(running, rest));
const plain = (kind: 'resumed' | 'ticked' | 'check-asked' | 'stopping' | 'cleared'): fc.Arbitrary<UpdateEvent> =>
  fc.constant({ kind });
const events: fc.Arbitrary<UpdateEvent> = fc.oneof(
  plain('resumed'),
  plain('ticked'),
  plain('check-asked'),
  plain('stopping'),
  plain('cleared'),
  fc.integer({ min: 0, max: 1439 }).map((minute) => ({ kind: 'initialised', minute })),
  fc.array(image, { maxLength: 3 }).map((images) => ({
    kind: 'offers',
    offers: images.map((each) => offered(each)),
    device: HUB,
    random: 0.5,
  })),
  fc.constant({ kind: 'check-failed', because: 'unreachable' } as const),
  fc.option(fc.integer({ min: 0, max: 1e14 })).map((until) => ({ kind: 'postponed', until })),
  fc.tuple(fc.constantFrom('agreed', 'fetched', 'verified'), digest).map(([kind, digest]) => ({ kind, digest })),
  fc
    .tuple(digest, fc.constantFrom('image-refused', 'bytes-corrupt', 'slot-lost', 'no-space'))
    .map(([digest, because]) => ({ kind: 'step-failed', digest, because })),
  status.map((each) => ({ kind: 'looked', status: each })),
  fc
    .record({ apiUp: fc.boolean(), storeOpens: fc.boolean(), controlTicks: fc.boolean() })
    .map((health) => ({ kind: 'health', ...health })),
  fc.integer({ min: 0, max: 5 }).map((floor) => ({ kind: 'floor-kept', floor })),
  fc.integer({ min: 0, max: 50 }).map((seq) => ({ kind: 'told', seq })),
  fc
    .constantFrom('look', 'check', 'stage', 'arm', 'notify', 'confirm')
    .map((effect) => ({ kind: 'failed', effect, because: 'disk-full' }) as const),
) as fc.Arbitrary<UpdateEvent>;

test('whatever comes in whatever order, the state can be read again, never lowers its floor and stays small', () => {
  const step = fc.tuple(events, fc.constantFrom(0, 60_000, 3_600_000, 86_400_000, -86_400_000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let state: UpdateState = NOTHING_YET;
      let now = Date.UTC(2026, 0, 1);
      for (const [event, pause] of steps) {
        now += pause;
        const next: UpdateState = decideUpdates(state, event, now).state;
        const stored: unknown = JSON.parse(JSON.stringify(next));
        assert.ok(Value.Check(UpdateState, stored), JSON.stringify([...Value.Errors(UpdateState, stored)][0]));
        assert.deepEqual(stored, next);
        assert.ok(next.floor >= state.floor || state.installed === null);
        assert.equal(decideUpdates(next, { kind: 'resumed' }, now).state.phase, next.phase);
        state = next;
      }
      assert.ok(JSON.stringify(state).length < 16_384);
    }),
    { numRuns: 300 },
  );
});

test('the same event decided twice from the same state is decided alike', () => {
  fc.assert(
    fc.property(events, (event) => {
      const now = Date.UTC(2026, 0, 1);
      assert.deepEqual(decideUpdates(NOTHING_YET, event, now), decideUpdates(NOTHING_YET, event, now));
    }),
  );
});
