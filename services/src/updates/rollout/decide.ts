import { againstRelease, forRelease } from './evidence.ts';
import type { RolloutPlan } from './plan.ts';

/**
 * One release on its way through the fleet. State and effects are values; a driver counts devices, stores the state and
 * signs the offer. What is halted stays halted until a person says otherwise; what has begun to install is not stopped.
 */

/** What the devices that were offered the release have said of it, each counted once. */
export interface Counts {
  /** said that they switch to it */
  readonly begun: number;
  readonly confirmed: number;
  /** rolled back, or found it damaged after it was switched to */
  readonly failed: number;
  /** begun longer ago than the plan's silence, and neither confirmed nor failed */
  readonly silent: number;
}

export interface Rollout {
  readonly phase: 'planned' | 'running' | 'awaiting-approval' | 'halted' | 'complete';
  /** index into the plan's stages of what is offered now */
  readonly stage: number;
  /** when this stage began, milliseconds since the epoch */
  readonly since: number;
  readonly why?: Halt | Wait;
}
export interface Halt {
  readonly because: 'failures' | 'failures-of-one-model' | 'person';
  readonly model?: string;
  readonly by?: string;
  readonly counts?: Counts;
}
export interface Wait {
  readonly because: 'planned' | 'too-few-devices';
}
export const PLANNED: Rollout = { phase: 'planned', stage: 0, since: 0 };

export type RolloutEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'approve' }
  /** only what no longer fails goes on: devices that were silent may have come back since */
  | { readonly kind: 'resume'; readonly byModel: Readonly<Record<string, Counts>> }
  | { readonly kind: 'halt'; readonly by: string }
  /** all that is known now, by hardware model */
  | { readonly kind: 'counted'; readonly byModel: Readonly<Record<string, Counts>> };

export type RolloutEffect =
  /** sign an offer for this share of the fleet; 'halted' withdraws it */
  | { readonly kind: 'offer'; readonly state: 'offered' | 'halted'; readonly below: number }
  | { readonly kind: 'tell-operators'; readonly what: 'halted' | 'still-failing' | 'approval-needed' | 'complete' };

export const decideRollout = (
  plan: RolloutPlan,
  state: Rollout,
  event: RolloutEvent,
  now: number,
): { readonly state: Rollout; readonly effects: readonly RolloutEffect[] } => {
  switch (event.kind) {
    case 'start':
      return state.phase === 'planned' ? enter(plan, 0, now) : unchanged(state);
    case 'approve':
      return state.phase === 'awaiting-approval' ? enter(plan, state.stage + 1, now) : unchanged(state);
    case 'resume':
      return state.phase === 'halted' ? resume(plan, state, event.byModel, now) : unchanged(state);
    case 'halt':
      return state.phase === 'halted' || state.phase === 'planned'
        ? unchanged(state)
        : halt(plan, state, { because: 'person', by: event.by });
    case 'counted':
      return counted(plan, state, event.byModel, now);
  }
};

const counted = (
  plan: RolloutPlan,
  state: Rollout,
  byModel: Readonly<Record<string, Counts>>,
  now: number,
): ReturnType<typeof decideRollout> => {
  if (state.phase === 'planned' || state.phase === 'halted') return unchanged(state);
  const counts = sum(Object.values(byModel));
  // EN 303 645 5.3-2, G044 6.3.2: a release that harms devices is withdrawn by itself, before it reaches the others
  const bad = whatFails(plan, counts, byModel);
  if (bad) return halt(plan, state, bad);
  if (state.phase === 'complete') return unchanged(state);
  const stage = plan.stages[state.stage];
  const next = plan.stages[state.stage + 1];
  if (state.phase === 'awaiting-approval' || !stage || now - state.since < stage.soakSeconds * 1000) {
    return unchanged(state);
  }
  if (!next) {
    return {
      state: { phase: 'complete', stage: state.stage, since: now },
      effects: [{ kind: 'tell-operators', what: 'complete' }],
    };
  }
  if (!isShownGood(plan, counts)) {
    const patient = now - state.since < plan.patienceSeconds * 1000;
    return patient ? unchanged(state) : wait(state, 'too-few-devices');
  }
  return next.approval ? wait(state, 'planned') : enter(plan, state.stage + 1, now);
};

const resume = (
  plan: RolloutPlan,
  state: Rollout,
  byModel: Readonly<Record<string, Counts>>,
  now: number,
): ReturnType<typeof decideRollout> =>
  whatFails(plan, sum(Object.values(byModel)), byModel)
    ? { state, effects: [{ kind: 'tell-operators', what: 'still-failing' }] }
    : enter(plan, state.stage, now);

/** The fleet as a whole, and each model by itself: a fault of one model drowns among the others. */
const whatFails = (plan: RolloutPlan, all: Counts, byModel: Readonly<Record<string, Counts>>): Halt | undefined => {
  const models = Object.entries(byModel);
  // each hypothesis gets its part of the probability (Bonferroni), so that together they keep what was promised
  const certain = (models.length + 1) / plan.falseHalt;
  const fails = (counts: Counts): boolean =>
    againstRelease({ devices: counts.begun, failures: counts.failed + counts.silent }, plan.acceptableFailures) >=
    certain;
  if (fails(all)) return { because: 'failures', counts: all };
  const worst = models.find(([, counts]) => fails(counts));
  return worst && { because: 'failures-of-one-model', model: worst[0], counts: worst[1] };
};

const isShownGood = (plan: RolloutPlan, { begun, confirmed }: Counts): boolean =>
  forRelease({ devices: begun, failures: begun - confirmed }, plan.toleratedFailures) >= 1 / plan.falseAdvance;

const enter = (plan: RolloutPlan, stage: number, now: number): ReturnType<typeof decideRollout> => ({
  state: { phase: 'running', stage, since: now },
  effects: [{ kind: 'offer', state: 'offered', below: plan.stages[stage]?.below ?? 0 }],
});

const halt = (plan: RolloutPlan, state: Rollout, why: Halt): ReturnType<typeof decideRollout> => ({
  state: { ...state, phase: 'halted', why },
  effects: [
    { kind: 'offer', state: 'halted', below: plan.stages[state.stage]?.below ?? 0 },
    { kind: 'tell-operators', what: 'halted' },
  ],
});

const wait = (state: Rollout, because: Wait['because']): ReturnType<typeof decideRollout> => ({
  state: { ...state, phase: 'awaiting-approval', why: { because } },
  effects: [{ kind: 'tell-operators', what: 'approval-needed' }],
});

const unchanged = (state: Rollout): ReturnType<typeof decideRollout> => ({ state, effects: [] });

export const sum = (all: readonly Counts[]): Counts =>
  all.reduce(
    (total, each) => ({
      begun: total.begun + each.begun,
      confirmed: total.confirmed + each.confirmed,
      failed: total.failed + each.failed,
      silent: total.silent + each.silent,
    }),
    { begun: 0, confirmed: 0, failed: 0, silent: 0 },
  );
