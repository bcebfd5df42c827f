import { type Bounds, boundsOf } from './bounds.ts';
import { type Counts, type Rollout, sum } from './decide.ts';
import { iso } from '../../clock.ts';
import type { RolloutPlan } from './plan.ts';
import type { KeptRollout } from './rows.ts';

/** One rollout as people see it, and as JSON. */
export interface RolloutStatus {
  readonly product: string;
  readonly version: string;
  readonly number: number;
  readonly phase: Rollout['phase'];
  readonly stage: {
    /** from 1 */
    readonly at: number;
    readonly of: number;
    /** ten-thousandths of the fleet that are offered it, or were when it was halted */
    readonly below: number;
    /** ISO 8601 */
    readonly since: string;
  };
  readonly begun: { readonly by: string; readonly at: string };
  readonly why?: NonNullable<Rollout['why']>;
  readonly counts: Counts & { readonly failures: Bounds };
  /** by production batch */
  readonly batches: Readonly<Record<string, Counts & { readonly failures: Bounds }>>;
  readonly plan: RolloutPlan;
  readonly next: NextStep;
}

/** What happens next, and when at the earliest (ISO 8601). */
export type NextStep =
  | { readonly kind: 'stage'; readonly below: number; readonly from: string; readonly approval: boolean }
  | { readonly kind: 'evidence'; readonly below: number; readonly until: string }
  | { readonly kind: 'complete'; readonly from: string }
  | { readonly kind: 'approval'; readonly below: number }
  | { readonly kind: 'person' }
  | { readonly kind: 'none' };

export const statusOf = (kept: KeptRollout, byModel: Readonly<Record<string, Counts>>, now: number): RolloutStatus => {
  const { product, version, number, plan, state, begunBy, begunAt } = kept;
  const withBounds = (counts: Counts) => ({ ...counts, failures: boundsOf(counts, plan) });
  return {
    product,
    version,
    number,
    phase: state.phase,
    stage: {
      at: state.stage + 1,
      of: plan.stages.length,
      below: plan.stages[state.stage]?.below ?? 0,
      since: iso(state.since),
    },
    begun: { by: begunBy, at: begunAt },
    ...(state.why && state.phase !== 'running' ? { why: state.why } : {}),
    counts: withBounds(sum(Object.values(byModel))),
    batches: Object.fromEntries(Object.entries(byModel).map(([batch, counts]) => [batch, withBounds(counts)])),
    plan,
    next: nextOf(plan, state, now),
  };
};

const nextOf = (plan: RolloutPlan, { phase, stage, since }: Rollout, now: number): NextStep => {
  const next = plan.stages[stage + 1];
  const soaked = since + (plan.stages[stage]?.soakSeconds ?? 0) * 1000;
  switch (phase) {
    case 'planned':
    case 'complete':
      return { kind: 'none' };
    case 'halted':
      return { kind: 'person' };
    case 'awaiting-approval':
      return { kind: 'approval', below: next?.below ?? 0 };
    case 'running':
      if (!next) return { kind: 'complete', from: iso(soaked) };
      if (now >= soaked)
        return {
          kind: 'evidence',
          below: next.below,
          until: iso(Math.max(soaked, since + plan.patienceSeconds * 1000)),
        };
      return { kind: 'stage', below: next.below, from: iso(soaked), approval: next.approval };
  }
};
