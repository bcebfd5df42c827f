import assert from 'node:assert/strict';
import { decideUpdates } from '../../src/updates/decide.ts';
import { NOTHING_YET, type Phase, type UpdateState } from '../../src/updates/state.ts';
import type { Health, OfferedRelease, UpdateEffect, UpdateEvent } from '../../src/updates/steps/events.ts';
import { HUB, numbered, offered, slotsWith } from './offered.ts';

/** The update machine with a clock of its own, and the way to each of its phases. */

export const DAY = 86_400_000;
export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const one = numbered(1);
export const two = numbered(2);
export const FINE: Health = { apiUp: true, storeOpens: true, controlTicks: true };

/** A device that hears one event after the other; effects since the last look. */
export const device = (from: UpdateState = NOTHING_YET) => {
  let state = from;
  let now = START;
  let effects: UpdateEffect[] = [];
  const it = {
    state: () => state,
    hears: (event: UpdateEvent) => {
      const step = decideUpdates(state, event, now);
      state = step.state;
      effects.push(...step.effects);
      return it;
    },
    waits: (millis: number) => {
      now += millis;
      return it.hears({ kind: 'ticked' });
    },
    offers: (...offers: OfferedRelease[]) => it.hears({ kind: 'offers', offers, device: HUB, random: 0.5 }),
    asked: () => {
      const kinds = effects.map(({ kind }) => kind);
      effects = [];
      return kinds;
    },
    told: (to: 'people' | 'manufacturer') =>
      state.owed.filter((each) => each.to === to).map(({ what, because }) => (because ? `${what}: ${because}` : what)),
  };
  return it;
};
/** Set up at midnight, with `one`, and nothing on offer yet. */
export const ready = () => {
  const it = device()
    .hears({ kind: 'looked', status: slotsWith(one) })
    .hears({ kind: 'initialised', minute: 200 })
    .offers();
  it.asked();
  return it;
};
export const at = (phase: Phase, to = two) => {
  const { digest } = to;
  const it = ready();
  const steps: readonly (readonly [Phase, () => unknown])[] = [
    ['downloading', () => it.offers(offered(to))],
    ['downloaded', () => it.hears({ kind: 'fetched', digest })],
    ['verified', () => it.hears({ kind: 'verified', digest })],
    ['staged', () => it.hears({ kind: 'looked', status: slotsWith(one, { staged: to }) })],
    ['armed', () => it.waits(10 * MINUTE)],
    ['trial', () => it.hears({ kind: 'looked', status: slotsWith(to, { onTrial: true }) })],
    ['confirmed', () => it.hears({ kind: 'health', ...FINE }).hears({ kind: 'looked', status: slotsWith(to) })],
  ];
  for (const [reached, step] of steps) {
    step();
    assert.equal(it.state().phase, reached);
    if (reached === phase) break;
  }
  it.asked();
  return it;
};
