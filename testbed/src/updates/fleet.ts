import { bucketOf } from '@hearthward/protocol';
import { decideRollout, PLANNED, type Counts, type Rollout, type RolloutPlan } from '@hearthward/services';

/** A fleet as numbers: devices that look for updates once a day at a minute of their own, and say how it went. */

export interface SimulatedFleet {
  readonly devices: number;
  /** share of devices on which the release does not work, 0 to 1 */
  readonly bad: number;
  /** whether the bad ones are a hardware model of their own, or look like the others */
  readonly badModel: boolean;
  /** of the bad ones, those that never say anything again; the others roll back and say so */
  readonly silent: number;
  /** share of devices that fail for reasons of their own */
  readonly noise: number;
}
export interface Simulated {
  readonly state: Rollout;
  /** devices that switched to the release */
  readonly begun: number;
  /** seconds from the start to the end of the simulation */
  readonly seconds: number;
}

/** how long a device takes from the switch to its word on how it went */
const OUTCOME_AFTER = 600;
const STEP = 600;
const DAY = 86_400;

/** Runs until the rollout is halted, complete or awaits a person, at most `days`. */
export const simulate = (plan: RolloutPlan, fleet: SimulatedFleet, random: () => number, days = 30): Simulated => {
  const salt = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  const devices = Array.from({ length: fleet.devices }, (_, at) => {
    const bad = random() < fleet.bad;
    const fails = bad || random() < fleet.noise;
    return {
      model: bad && fleet.badModel ? 'second' : 'first',
      bucket: bucketOf(salt, `device${at}`),
      checksAt: Math.floor(random() * DAY),
      end: !fails ? 'confirmed' : bad && random() < fleet.silent ? 'never' : 'failed',
    } as const;
  });
  const waiting = new Set(devices);
  // by the second in which something is due
  const due = new Map<number, (() => void)[]>();
  const later = (at: number, work: () => void): void => {
    const slot = Math.ceil(at / STEP) * STEP;
    const works = due.get(slot);
    if (works) works.push(work);
    else due.set(slot, [work]);
  };
  const byModel: Record<string, { -readonly [Key in keyof Counts]: Counts[Key] }> = {};
  const countsOf = (model: string) => (byModel[model] ??= { begun: 0, confirmed: 0, failed: 0, silent: 0 });

  let offer: { readonly state: string; readonly below: number } = { state: 'halted', below: 0 };
  let state = PLANNED;
  let begun = 0;
  const decide = (event: Parameters<typeof decideRollout>[2], seconds: number): void => {
    const decision = decideRollout(plan, state, event, seconds * 1000);
    state = decision.state;
    for (const effect of decision.effects) if (effect.kind === 'offer') offer = effect;
  };
  decide({ kind: 'start' }, 0);
  let seconds = 0;
  for (; seconds <= days * DAY && state.phase === 'running'; seconds += STEP) {
    for (const work of due.get(seconds) ?? []) work();
    due.delete(seconds);
    const minute = seconds % DAY;
    for (const device of waiting) {
      const checks = device.checksAt >= minute && device.checksAt < minute + STEP;
      if (!checks || offer.state !== 'offered' || device.bucket >= offer.below) continue;
      waiting.delete(device);
      later(seconds + random() * plan.jitterSeconds, () => {
        // a release that was halted meanwhile is not begun
        if (offer.state !== 'offered') return;
        begun++;
        const counts = countsOf(device.model);
        counts.begun++;
        const { end } = device;
        if (end === 'never') later(seconds + plan.silenceSeconds, () => void counts.silent++);
        else later(seconds + OUTCOME_AFTER, () => void counts[end]++);
      });
    }
    decide({ kind: 'counted', byModel: structuredClone(byModel) }, seconds);
  }
  return { state, begun, seconds };
};
