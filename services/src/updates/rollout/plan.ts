import { BUCKETS } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/** How a release goes out: what a person decides before it begins. */

const strict = { additionalProperties: false } as const;

export const Stage = Type.Object(
  {
    /** share of the fleet in ten-thousandths, all earlier stages included */
    below: Type.Integer({ minimum: 1, maximum: BUCKETS }),
    /** how long at least before the next, or before the rollout counts as complete, in seconds */
    soakSeconds: Type.Integer({ minimum: 0, maximum: 90 * 86_400 }),
    /** a person agrees before this stage begins */
    approval: Type.Boolean(),
  },
  strict,
);

export const RolloutPlan = Type.Object(
  {
    v: Type.Literal(1),
    stages: Type.Array(Stage, { minItems: 1, maxItems: 20 }),
    /** share of devices that may fail for reasons of their own; beyond it, with certainty, the release is halted */
    acceptableFailures: Type.Number({ exclusiveMinimum: 0, maximum: 0.1 }),
    /** share that the next stage must be shown to stay under */
    toleratedFailures: Type.Number({ exclusiveMinimum: 0, maximum: 0.2 }),
    /** probability, over the whole rollout, that a good release is halted by chance */
    falseHalt: Type.Number({ exclusiveMinimum: 0, maximum: 0.1 }),
    /** probability that a stage begins although more than is tolerated fail */
    falseAdvance: Type.Number({ exclusiveMinimum: 0, maximum: 0.1 }),
    /** a device that has begun and has said nothing for so long has failed */
    silenceSeconds: Type.Integer({ minimum: 60, maximum: 30 * 86_400 }),
    /** a stage whose devices are too few to show anything waits for a person after so long */
    patienceSeconds: Type.Integer({ minimum: 60, maximum: 365 * 86_400 }),
    jitterSeconds: Type.Integer({ minimum: 0, maximum: 7 * 86_400 }),
  },
  strict,
);
export type RolloutPlan = Static<typeof RolloutPlan>;

/** For a feature release of a fleet of thousands: six days, the first for one device in a hundred. */
export const USUAL_PLAN: RolloutPlan = {
  v: 1,
  stages: [
    { below: 100, soakSeconds: 86_400, approval: false },
    { below: 1000, soakSeconds: 86_400, approval: false },
    { below: 5000, soakSeconds: 2 * 86_400, approval: false },
    { below: BUCKETS, soakSeconds: 2 * 86_400, approval: false },
  ],
  acceptableFailures: 0.005,
  toleratedFailures: 0.02,
  falseHalt: 0.001,
  falseAdvance: 0.01,
  silenceSeconds: 6 * 3600,
  patienceSeconds: 3 * 86_400,
  jitterSeconds: 3600,
};

/** What is wrong with a plan that its schema cannot say, one line each with the cure; none where it may be used. */
export const planProblems = (plan: RolloutPlan): readonly string[] => {
  const problems: string[] = [];
  plan.stages.forEach(({ below }, at) => {
    const before = plan.stages[at - 1]?.below ?? 0;
    if (below <= before) problems.push(`Stage ${at + 1} is not larger than the one before it: raise its share.`);
  });
  if (plan.stages.at(-1)?.below !== BUCKETS) {
    problems.push(`The last stage leaves devices without the release: give it ${BUCKETS} ten-thousandths.`);
  }
  for (const [at, { soakSeconds }] of plan.stages.entries()) {
    if (soakSeconds < plan.silenceSeconds) {
      problems.push(
        `Stage ${at + 1} ends before a silent device counts as failed: let it last ${plan.silenceSeconds} s at least.`,
      );
    }
  }
  if (plan.toleratedFailures <= plan.acceptableFailures) {
    problems.push('Fewer failures are tolerated than are acceptable: raise toleratedFailures.');
  }
  return problems;
};

export type ReadPlan =
  | { readonly ok: true; readonly plan: RolloutPlan }
  | { readonly ok: false; readonly lines: readonly string[] };

/** Hostile: a file of a person, or a message. */
export const readPlan = (hostile: unknown): ReadPlan => {
  if (!Value.Check(RolloutPlan, hostile)) {
    const lines = Value.Errors(RolloutPlan, hostile)
      .slice(0, 20)
      .map(({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.') || 'the plan'} ${message}`);
    return { ok: false, lines };
  }
  const lines = planProblems(hostile);
  return lines.length > 0 ? { ok: false, lines } : { ok: true, plan: hostile };
};
