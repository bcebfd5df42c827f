import type { Language } from '@hearthward/standards';
import { rolloutsPage, type RolloutView } from '../src/index.ts';
import { at, DAY, inside } from './frames.ts';

/** Rollouts in every state that the console shows. */
export function rolloutPages(language: Language): Record<string, () => string> {
  const view = { ...inside(language), base: '/operator' };
  const page = (...rollouts: readonly RolloutView[]) => rolloutsPage({ ...view, rollouts });
  return {
    '/operator/updates': () => page(RUNNING, COMPLETE),
    '/operator/updates-none': () => page(),
    '/operator/updates-halted': () => page(HALTED, { ...HALTED, why: { because: 'person', by: 'emil' } }),
    '/operator/updates-waiting': () => page(WAITING, { ...WAITING, why: { because: 'too-few-devices' } }),
    '/operator/updates-evidence': () =>
      page({ ...RUNNING, next: { kind: 'evidence', below: 5000, until: at(-2 * DAY) } }),
    '/operator/updates-refused': () =>
      rolloutsPage({ ...view, rollouts: [WAITING], notice: { kind: 'bad', key: 'refused.second-person' } }),
  };
}

const stage = (below: number, days: number, approval = false) => ({ below, soakSeconds: days * 86_400, approval });
const RUNNING: RolloutView = {
  product: 'hub',
  version: '1.5.0',
  number: 15,
  phase: 'running',
  stage: { at: 2, of: 4, below: 1000, since: at(DAY / 2) },
  begun: { by: 'dora', at: at(1.5 * DAY) },
  counts: { begun: 1812, confirmed: 1790, failed: 2, silent: 1, failures: { low: 0.00004, high: 0.0212 } },
  batches: {
    '2029-spring': { begun: 1204, confirmed: 1190, failed: 1, silent: 0, failures: { low: 0, high: 0.0241 } },
    '2030-autumn': { begun: 608, confirmed: 600, failed: 1, silent: 1, failures: { low: 0, high: 0.0352 } },
  },
  plan: {
    stages: [stage(100, 1), stage(1000, 1), stage(5000, 2, true), stage(10_000, 2)],
    acceptableFailures: 0.005,
    toleratedFailures: 0.02,
  },
  next: { kind: 'stage', below: 5000, from: at(-DAY / 2), approval: true },
};
const COMPLETE: RolloutView = {
  ...RUNNING,
  version: '1.4.0',
  number: 14,
  phase: 'complete',
  stage: { at: 4, of: 4, below: 10_000, since: at(30 * DAY) },
  next: { kind: 'none' },
};
const HALTED: RolloutView = {
  ...RUNNING,
  phase: 'halted',
  why: { because: 'failures-of-one-model', model: '2030-autumn' },
  counts: { begun: 1812, confirmed: 1710, failed: 71, silent: 30, failures: { low: 0.0312, high: 0.0834 } },
  next: { kind: 'person' },
};
const WAITING: RolloutView = {
  ...RUNNING,
  phase: 'awaiting-approval',
  why: { because: 'planned' },
  next: { kind: 'approval', below: 5000 },
};
