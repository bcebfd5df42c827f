import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Confirmation, PlaceReport } from '@hearthward/protocol';
import fc from 'fast-check';
import {
  beginErasure,
  decideErasure,
  dueAt,
  type Erasure,
  type ErasureEffect,
  type ErasureEvent,
  progressOf,
  type Said,
  waitAfter,
} from '../../src/privacy/erasure/decide.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ORDER = {
  id: 'A'.repeat(22),
  subjects: ['s'.repeat(22)],
  askedBy: { who: 'device', deviceId: 'hub01' },
  askedAt: 0,
  undoUntil: HOUR,
} as const;
const OTHERS = ['device:hub01', 'party:cloud'] as const;
const CONFIRMATION = {} as Confirmation;

const begun = () =>
  beginErasure(
    ORDER,
    OTHERS.map((place) => ({ place })),
    0,
  ).state;
const after = (state: Erasure, ...events: readonly (readonly [ErasureEvent, number])[]) =>
  events.reduce((was, [event, at]) => decideErasure(was, event, at).state, state);
const said = (
  place: PlaceReport['place'],
  state: Said['state'],
  at: number,
  until?: number,
): readonly [ErasureEvent, number] => [
  { kind: 'said', place, said: { state, at, ...(until === undefined ? {} : { until }) } },
  at,
];
const tries = (effects: readonly ErasureEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'try' ? [effect.place] : []));

describe('an erasure, decided', () => {
  it('asks-nobody-before-its-moment-and-the-keys-alone-then', () => {
    assert.deepEqual(tries(decideErasure(begun(), { kind: 'due' }, HOUR - 1).effects), []);
    assert.deepEqual(tries(decideErasure(begun(), { kind: 'due' }, HOUR).effects), ['keys']);
  });

  it('refuses-to-take-back-what-is-under-way-and-takes-back-what-is-not', () => {
    const kept = decideErasure(begun(), { kind: 'keep' }, HOUR - 1);
    assert.equal(kept.state.phase, 'kept');
    assert.ok(kept.effects.some(({ kind }) => kind === 'free'));
    assert.equal(decideErasure(kept.state, { kind: 'keep' }, DAY).state.phase, 'kept');
    const late = decideErasure(begun(), { kind: 'keep' }, HOUR);
    assert.deepEqual([late.state.phase, late.effects.map(({ kind }) => kind)], ['undo', ['too-late']]);
  });

  it('tells-backups-from-rows-and-asks-for-them-only-when-the-rows-are-gone', () => {
    const keysGone = after(begun(), [{ kind: 'due' }, HOUR], said('keys', 'erased', HOUR));
    const asked = tries(decideErasure(keysGone, { kind: 'due' }, HOUR).effects);
    assert.deepEqual(asked, ['services', 'device:hub01', 'party:cloud']);
    const rowsGone = after(keysGone, said('services', 'erased', HOUR));
    assert.ok(tries(decideErasure(rowsGone, { kind: 'due' }, HOUR).effects).includes('backups'));
  });

  it('becomes-late-at-its-very-moment-whatever-is-said-but-that-it-has-settled', () => {
    const due = HOUR + 3 * DAY;
    fc.assert(
      fc.property(
        fc.constantFrom<Said['state']>('waiting', 'failed', 'erased', 'held'),
        fc.integer({ min: HOUR, max: due + DAY }),
        fc.integer({ min: HOUR, max: due + DAY }),
        (state, saidAt, lookAt) => {
          const others = [{ place: 'party:cloud', within: 3 * DAY }] as const;
          const working = after(
            beginErasure(ORDER, others, 0).state,
            [{ kind: 'due' }, HOUR],
            said('keys', 'erased', HOUR),
            said('party:cloud', state, saidAt, 99 * DAY),
            [{ kind: 'due' }, lookAt],
          );
          const isOpen = state === 'waiting' || state === 'failed';
          const late = isOpen && lookAt >= due ? [{ place: 'party:cloud', since: due }] : [];
          assert.deepEqual(progressOf(working).late, late);
          // it is looked at then, however late the place is asked again
          if (isOpen && lookAt < due) assert.ok((dueAt({ ...working, told: working.version }) ?? Infinity) <= due);
          const settled = after(working, said('party:cloud', 'erased', due + DAY));
          assert.deepEqual(progressOf(settled).late, []);
        },
      ),
    );
  });

  it('asks-a-place-that-failed-ever-later-and-says-why', () => {
    let state = after(begun(), [{ kind: 'due' }, HOUR]);
    let at = HOUR;
    const waits: number[] = [];
    for (let n = 0; n < 14; n++) {
      state = after(state, said('keys', 'failed', at));
      const next = dueAt({ ...state, told: state.version }) ?? Number.NaN;
      waits.push(next - at);
      at = next;
      state = decideErasure(state, { kind: 'due' }, at).state;
    }
    assert.deepEqual([waits[0], waits[1], waits.at(-1)], [60_000, 120_000, 6 * HOUR]);
    assert.ok(waits.every((wait, index) => wait >= (waits[index - 1] ?? 0)));
    assert.equal(waitAfter(1000), 6 * HOUR);
    assert.equal(progressOf(state).places[0]?.state, 'failed');
  });

  it('names-what-a-law-holds-and-erases-it-when-that-ends', () => {
    let state = after(begun(), [{ kind: 'due' }, HOUR], said('keys', 'held', HOUR, 9 * DAY));
    state = after(state, said('services', 'held', HOUR, 9 * DAY), said('backups', 'held', HOUR, 9 * DAY));
    state = after(state, said('device:hub01', 'erased', HOUR), said('party:cloud', 'erased', HOUR));
    assert.deepEqual(decideErasure(state, { kind: 'due' }, HOUR).effects[0], { kind: 'sign', as: 'erased' });
    state = after(state, [{ kind: 'signed', as: 'erased', confirmation: CONFIRMATION }, HOUR]);
    assert.deepEqual(tries(decideErasure(state, { kind: 'due' }, 9 * DAY - 1).effects), []);
    assert.ok(tries(decideErasure(state, { kind: 'due' }, 9 * DAY).effects).includes('keys'));
    const released = after(state, [{ kind: 'asks-again' }, 2 * DAY]);
    assert.ok(tries(decideErasure(released, { kind: 'due' }, 2 * DAY).effects).includes('keys'));
  });

  it('never-confirms-falsely-whatever-answers-failures-repeats-and-crashes-come-in-what-order', () => {
    fc.assert(
      fc.property(fc.array(HAPPENING, { minLength: 10, maxLength: 120 }), (happenings) => {
        const world = new World();
        for (const each of happenings) world.happen(each);
        world.check();
      }),
      { numRuns: 600 },
    );
  });

  it('comes-to-its-end-once-every-place-answers-whatever-came-before', () => {
    fc.assert(
      fc.property(fc.array(HAPPENING, { maxLength: 60 }), (happenings) => {
        const world = new World();
        for (const each of happenings) world.happen(each);
        if (world.state.phase === 'kept') return;
        for (let round = 0; round < 60; round++) world.happen({ kind: 'well' });
        world.check();
        assert.equal(world.state.phase, 'expired');
        assert.equal(world.state.confirmations.length, 2);
        assert.equal(dueAt(world.state), undefined);
      }),
      { numRuns: 300 },
    );
  });
});

type Happening =
  | { readonly kind: 'due'; readonly wait: number; readonly crashAfter: number; readonly fails: number }
  | { readonly kind: 'keep' | 'early' | 'repeat' | 'again' | 'told' | 'stale' | 'well' }
  /** says `settled` of a place that nobody asked: a liar, or an answer to another question */
  | { readonly kind: 'stray'; readonly place: PlaceReport['place']; readonly state: Said['state'] };
const HAPPENING: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('due' as const),
      wait: fc.integer({ min: 0, max: 12 * HOUR }),
      crashAfter: fc.integer({ min: 0, max: 6 }),
      fails: fc.integer({ min: 0, max: 31 }),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom<Happening>({ kind: 'early' }, { kind: 'repeat' }, { kind: 'again' }) },
  { weight: 1, arbitrary: fc.constantFrom<Happening>({ kind: 'keep' }, { kind: 'told' }, { kind: 'stale' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('stray' as const),
      place: fc.constantFrom<PlaceReport['place']>('services', 'backups', 'device:other', 'party:other'),
      state: fc.constantFrom<Said['state']>('erased', 'unreadable', 'held', 'failed'),
    }),
  },
);

/** What is really there, beside what is decided: a place says `erased` only of what it has erased. */
class World {
  state = begun();
  now = 0;
  gone = new Set<string>();
  backupUntil: number | undefined = 3 * DAY;
  last: readonly [ErasureEvent, number] | undefined;

  happen(each: Happening): void {
    switch (each.kind) {
      case 'due':
        this.now += each.wait;
        return this.due(each.crashAfter, each.fails);
      case 'well':
        this.now = Math.max(this.now + 1, Math.min(this.now + 7 * HOUR, dueAt(this.state) ?? 0));
        return this.due(99, 0);
      case 'keep':
        return this.step({ kind: 'keep' });
      case 'again':
        return this.step({ kind: 'asks-again' });
      case 'told':
        return this.step({ kind: 'told', version: 9999 });
      case 'stale':
        // signed before a crash, of what was then
        this.step({ kind: 'signed', as: 'expired', confirmation: CONFIRMATION });
        return this.step({ kind: 'signed', as: 'erased', confirmation: CONFIRMATION });
      case 'early':
        // the device's own clock may be ahead of ours
        if (this.state.phase === 'kept') return;
        this.gone.add('device:hub01');
        return this.says('device:hub01', 'erased');
      case 'repeat':
        if (this.last) this.step(...this.last);
        return;
      case 'stray':
        // services and backups speak truly, but perhaps of what was long ago
        if (each.place === 'services' && !this.gone.has('services') && each.state !== 'failed') return;
        if (each.place === 'backups' && (each.state === 'erased' || !this.gone.has('services'))) return;
        return this.says(each.place, each.state);
    }
  }

  due(crashAfter: number, fails: number): void {
    const { state, effects } = decideErasure(this.state, { kind: 'due' }, this.now);
    this.state = state;
    this.check();
    // whatever comes after the crash is lost, and what was kept is not
    for (const [index, effect] of effects.slice(0, crashAfter).entries())
      this.carryOut(effect, (fails & (1 << index)) !== 0);
  }

  carryOut(effect: ErasureEffect, fails: boolean): void {
    switch (effect.kind) {
      case 'try': {
        const { place } = effect;
        if (place !== 'keys') assert.ok(this.gone.has('keys'), `${place} was asked while the keys were there`);
        assert.notEqual(this.state.phase, 'undo');
        assert.notEqual(this.state.phase, 'kept');
        if (fails) return this.says(place, 'failed');
        if (place === 'backups' && this.backupUntil !== undefined && this.now < this.backupUntil)
          return this.step(...said(place, 'unreadable', this.now, this.backupUntil));
        this.gone.add(place);
        return this.says(place, 'erased');
      }
      case 'sign':
        this.check();
        return fails ? undefined : this.step({ kind: 'signed', as: effect.as, confirmation: CONFIRMATION });
      case 'free':
        return this.step({ kind: 'freed' });
      case 'tell':
        return this.step({ kind: 'told', version: effect.version });
      case 'block':
      case 'too-late':
        return;
    }
  }

  says(place: PlaceReport['place'], state: Said['state']): void {
    this.step(...said(place, state, this.now, state === 'held' ? this.now + DAY : undefined));
  }

  step(event: ErasureEvent, at = this.now): void {
    this.last = [event, at];
    this.state = decideErasure(this.state, event, this.now).state;
    this.check();
  }

  check(): void {
    const { phase, places } = this.state;
    if (phase === 'kept') assert.ok(!this.gone.has('keys'), 'taken back, and its keys are gone');
    for (const { place, state } of places)
      if (state === 'erased') assert.ok(this.gone.has(place), `${place} counts as erased, and is not`);
    if (phase !== 'erased' && phase !== 'expired') return;
    for (const { place } of places)
      assert.ok(this.gone.has(place) || (place === 'backups' && this.gone.has('keys')), `confirmed without ${place}`);
    if (phase === 'expired') assert.equal(this.gone.size, places.length);
  }
}
