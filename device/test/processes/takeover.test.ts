import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideLoops, NO_LOOP, type LoopEvent, type Loops } from '../../src/processes/control/decide.ts';

/** What runs, by what the decisions said; each start and end must make sense there. */
const after = (events: readonly LoopEvent[]) => {
  let state: Loops = NO_LOOP;
  const running = new Set<string>();
  const steps = events.map((event) => {
    const { holder } = state;
    // only a process that runs can tick or be lost
    const possible = event.kind === 'runs' || running.has(event.id);
    if (!possible) return { event, holder, next: holder };
    if (event.kind === 'lost') running.delete(event.id);
    const decided = decideLoops(state, event);
    ({ state } = decided);
    for (const { kind, id } of decided.effects) {
      assert.equal(running.has(id), kind === 'end', `${kind} ${id}`);
      if (kind === 'start') running.add(id);
      else running.delete(id);
    }
    const expected = [state.holder, state.successor].filter((id) => id !== undefined);
    assert.deepEqual(
      [...running].sort(),
      expected.sort(),
      'nothing runs that is not known, nor is known and does not run',
    );
    return { event, holder, next: state.holder };
  });
  return { state, steps };
};

const runs = (id: string, onTrial = false, has = true): LoopEvent => ({ kind: 'runs', id, has, onTrial });
const ticked = (id: string): LoopEvent => ({ kind: 'ticked', id });

test('an image on trial gets no loop while another one’s holds, and takes over once it ticks after the trial', () => {
  const trial = [runs('a'), ticked('a'), runs('b', true)];
  assert.deepEqual(after(trial).state, { holder: 'a', successor: undefined });
  assert.deepEqual(after([...trial, runs('b')]).state, { holder: 'a', successor: 'b' });
  assert.deepEqual(after([...trial, runs('b'), ticked('b')]).state, { holder: 'b', successor: undefined });
});

test('after a rollback the one before has simply gone on', () => {
  assert.deepEqual(after([runs('a'), runs('b', true), runs('a')]).state, { holder: 'a', successor: undefined });
});

test('a power cut during a trial begins with the loop of what starts, and a rollback hands over from it', () => {
  assert.deepEqual(after([runs('b', true)]).state, { holder: 'b', successor: undefined });
  assert.deepEqual(after([runs('b', true), runs('a'), ticked('a')]).state, { holder: 'a', successor: undefined });
});

test('a confirmed image without a loop ends the one before; on trial it ends nothing', () => {
  assert.deepEqual(after([runs('a'), runs('b', true, false)]).state, { holder: 'a', successor: undefined });
  assert.deepEqual(after([runs('a'), runs('b', false, false)]).state, NO_LOOP);
});

test('whatever happens, who holds is ended only by one that ticks, or by a confirmed image that has none', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const event = fc.oneof(
    fc.record({ kind: fc.constant('runs' as const), id, has: fc.boolean(), onTrial: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('ticked' as const, 'lost' as const), id }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      for (const { event: each, holder, next } of after(events).steps) {
        if (holder === undefined || holder === next) continue;
        const byNone = each.kind === 'runs' && !each.has && !each.onTrial && next === undefined;
        const byOther = each.kind === 'ticked' && each.id === next;
        assert.ok(byNone || byOther || (each.kind === 'lost' && each.id === holder));
      }
    }),
    { numRuns: 2_000 },
  );
});
