import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seeded } from '../../../testbed/src/updates/seeded.ts';
import { boundsOf } from '../../src/updates/rollout/bounds.ts';
import {
  decideRollout,
  PLANNED,
  type Counts,
  type Rollout,
  type RolloutEvent,
} from '../../src/updates/rollout/decide.ts';
import { againstRelease, forRelease } from '../../src/updates/rollout/evidence.ts';
import { planProblems, USUAL_PLAN } from '../../src/updates/rollout/plan.ts';

const PLAN = USUAL_PLAN;
const DAY = 86_400_000;
const counts = (begun: number, confirmed: number, failed = 0, silent = 0): Counts => ({
  begun,
  confirmed,
  failed,
  silent,
});
const counted = (all: Counts): RolloutEvent => ({ kind: 'counted', byModel: { a: all } });
const running: Rollout = { phase: 'running', stage: 0, since: 0 };

test('a-fair-release-is-hardly-ever-halted-however-often-one-looks', () => {
  // every one of 2,000 rollouts is looked at after each of 2,000 devices, which fail exactly as often as is acceptable
  const random = seeded(1);
  const alpha = 0.01;
  let halted = 0;
  for (let rollout = 0; rollout < 2000; rollout++) {
    let failures = 0;
    for (let devices = 1; devices <= 2000; devices++) {
      if (random() < 0.005) {
        failures++;
        if (againstRelease({ devices, failures }, 0.005) >= 1 / alpha) {
          halted++;
          break;
        }
      }
    }
  }
  // 20 are allowed for; the bound of Ville holds for the mean, so five deviations above it
  assert.ok(halted <= 20 + 5 * Math.sqrt(20), `${halted} of 2000 were halted`);
  assert.ok(halted > 0, 'the bet is never won: it cannot find anything');
});

test('a-bad-release-hardly-ever-reaches-the-next-stage', () => {
  const random = seeded(2);
  let advanced = 0;
  for (let rollout = 0; rollout < 2000; rollout++) {
    let failures = 0;
    for (let devices = 1; devices <= 2000; devices++) {
      if (random() < 0.02) failures++;
      if (forRelease({ devices, failures }, 0.02) >= 100) {
        advanced++;
        break;
      }
    }
  }
  assert.ok(advanced <= 20 + 5 * Math.sqrt(20), `${advanced} of 2000 went on`);
});

test('silence-is-never-success', () => {
  const { state, effects } = decideRollout(PLAN, running, counted(counts(1000, 0)), DAY);
  assert.equal(state, running);
  assert.deepEqual(effects, []);
  const silent = decideRollout(PLAN, running, counted(counts(1000, 900, 0, 100)), DAY);
  assert.equal(silent.state.phase, 'halted');
  assert.deepEqual(silent.effects[0], { kind: 'offer', state: 'halted', below: 100 });
});

test('a-fault-of-one-model-halts-although-the-fleet-is-well', () => {
  const byModel = { common: counts(10_000, 9_990, 0, 0), rare: counts(12, 2, 10, 0) };
  const { state } = decideRollout(PLAN, running, { kind: 'counted', byModel }, DAY);
  assert.deepEqual(state.why, { because: 'failures-of-one-model', model: 'rare', counts: byModel.rare });
});

test('a-stage-lasts-its-time-and-shows-that-it-is-good-before-the-next', () => {
  const good = counted(counts(1000, 998, 1, 0));
  assert.equal(decideRollout(PLAN, running, good, DAY - 1).state, running);
  const next = decideRollout(PLAN, running, good, DAY);
  assert.deepEqual(next.state, { phase: 'running', stage: 1, since: DAY });
  assert.deepEqual(next.effects, [{ kind: 'offer', state: 'offered', below: 1000 }]);
});

test('a-handful-of-devices-shows-nothing-and-waits-for-a-person', () => {
  const few = counted(counts(5, 5));
  assert.equal(decideRollout(PLAN, running, few, DAY).state, running);
  const waiting = decideRollout(PLAN, running, few, PLAN.patienceSeconds * 1000);
  assert.deepEqual(waiting.state.why, { because: 'too-few-devices' });
  assert.deepEqual(waiting.effects, [{ kind: 'tell-operators', what: 'approval-needed' }]);
  // it says so once
  assert.deepEqual(decideRollout(PLAN, waiting.state, few, 30 * DAY).effects, []);
  assert.equal(decideRollout(PLAN, waiting.state, { kind: 'approve' }, 30 * DAY).state.stage, 1);
});

test('a-stage-that-a-person-keeps-for-themselves-begins-with-their-word', () => {
  const plan = { ...PLAN, stages: PLAN.stages.map((stage, at) => ({ ...stage, approval: at === 1 })) };
  const { state } = decideRollout(plan, running, counted(counts(1000, 999)), DAY);
  assert.deepEqual([state.phase, state.why], ['awaiting-approval', { because: 'planned' }]);
});

test('what-is-halted-goes-on-only-where-it-no-longer-fails', () => {
  const bad = { a: counts(1000, 900, 0, 100) };
  const halted = decideRollout(PLAN, running, { kind: 'counted', byModel: bad }, DAY).state;
  const still = decideRollout(PLAN, halted, { kind: 'resume', byModel: bad }, DAY);
  assert.deepEqual([still.state, still.effects], [halted, [{ kind: 'tell-operators', what: 'still-failing' }]]);
  const back = decideRollout(PLAN, halted, { kind: 'resume', byModel: { a: counts(1000, 1000) } }, DAY);
  assert.equal(back.state.phase, 'running');
});

test('no-order-of-events-offers-more-than-its-stage-or-what-is-halted', () => {
  const count = fc.nat({ max: 3000 });
  const all = fc
    .tuple(count, count, count, count)
    .map(([confirmed, failed, silent, open]) => counts(confirmed + failed + silent + open, confirmed, failed, silent));
  const event: fc.Arbitrary<RolloutEvent> = fc.oneof(
    fc.constantFrom<RolloutEvent>({ kind: 'start' }, { kind: 'approve' }, { kind: 'halt', by: 'someone' }),
    all.map((each) => counted(each)),
    all.map((each) => ({ kind: 'resume' as const, byModel: { a: each } })),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat({ max: 5 * DAY })), { maxLength: 40 }), (events) => {
      let state: Rollout = PLANNED;
      let now = 0;
      let offered: { state: string; below: number } | undefined;
      for (const [next, later] of events) {
        now += later;
        const before = state;
        const decision = decideRollout(PLAN, state, next, now);
        state = decision.state;
        for (const effect of decision.effects) if (effect.kind === 'offer') offered = effect;
        if (state.phase === 'planned') assert.equal(offered, undefined);
        else assert.equal(offered?.below, PLAN.stages[state.stage]?.below);
        assert.equal(offered?.state === 'halted', state.phase === 'halted');
        assert.ok(state.stage <= before.stage + 1);
        if (before.phase === 'halted' && next.kind !== 'resume') assert.equal(state, before);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a-plan-that-cannot-keep-its-word-is-refused-with-its-cure', () => {
  assert.deepEqual(planProblems(PLAN), []);
  const [first, ...others] = PLAN.stages;
  assert.ok(first);
  assert.match(planProblems({ ...PLAN, stages: [first] })[0] ?? '', /leaves devices without/);
  assert.match(planProblems({ ...PLAN, stages: [first, first, ...others] })[0] ?? '', /not larger/);
  assert.match(planProblems({ ...PLAN, silenceSeconds: 90_000 })[0] ?? '', /before a silent device/);
  assert.match(planProblems({ ...PLAN, toleratedFailures: 0.005 })[0] ?? '', /raise toleratedFailures/);
});

test('the-bounds-hold-what-was-seen-and-turn-exactly-where-a-release-is-halted-or-let-on', () => {
  const share = fc.nat({ max: 400 });
  fc.assert(
    fc.property(fc.tuple(share, share, share, share), ([confirmed, failed, silent, open]) => {
      const all = counts(confirmed + failed + silent + open, confirmed, failed, silent);
      const { low, high, observed } = boundsOf(all, PLAN);
      assert.equal(observed, all.begun === 0 ? undefined : (failed + silent) / all.begun);
      assert.ok(low <= (observed ?? 0) && (observed ?? 0) <= high && high <= 1, `${low} ${observed} ${high}`);
      const outcomes = { devices: all.begun, failures: failed + silent };
      const isHalted = againstRelease(outcomes, PLAN.acceptableFailures) >= 1 / PLAN.falseHalt;
      if (Math.abs(low - PLAN.acceptableFailures) > 1e-5) assert.equal(low > PLAN.acceptableFailures, isHalted);
      const isGood = forRelease({ devices: all.begun, failures: all.begun - confirmed }, PLAN.toleratedFailures);
      if (Math.abs(high - PLAN.toleratedFailures) > 1e-5)
        assert.equal(high < PLAN.toleratedFailures, isGood >= 1 / PLAN.falseAdvance);
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(boundsOf(counts(0, 0), PLAN), { low: 0, high: 1 });
});
