import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USUAL_PLAN } from '@hearthward/services';
import { simulate, type SimulatedFleet } from '../../src/updates/fleet.ts';
import { seeded } from '../../src/updates/seeded.ts';

const FLEET: SimulatedFleet = { devices: 100_000, bad: 0.03, badModel: true, silent: 0.5, noise: 0.001 };
const hours = (seconds: number): string => (seconds / 3600).toFixed(1);

for (const [name, changes] of [
  ['of-one-model-that-fall-silent', { silent: 1 }],
  ['of-one-model-that-roll-back', { silent: 0 }],
  ['that-look-like-all-others-and-fall-silent', { badModel: false, silent: 1 }],
  ['that-look-like-all-others', { badModel: false }],
] as const) {
  test(`a-release-that-fails-on-three-of-a-hundred-devices-${name}-is-halted-before-it-reaches-15-of-1000`, (t) => {
    for (const seed of [1, 2, 3]) {
      const { state, begun, seconds } = simulate(USUAL_PLAN, { ...FLEET, ...changes }, seeded(seed));
      t.diagnostic(`seed ${seed}: halted after ${hours(seconds)} h, ${begun} of ${FLEET.devices} devices had it`);
      assert.equal(state.phase, 'halted');
      assert.equal(state.why?.because.startsWith('failures'), true);
      assert.ok(begun < 0.015 * FLEET.devices, `${begun} devices had it`);
    }
  });
}

test('a-good-release-reaches-the-whole-fleet', (t) => {
  const { state, begun, seconds } = simulate(USUAL_PLAN, { ...FLEET, bad: 0 }, seeded(4));
  t.diagnostic(`complete after ${hours(seconds)} h, ${begun} of ${FLEET.devices} devices have it`);
  assert.equal(state.phase, 'complete');
  assert.ok(begun > 0.99 * FLEET.devices);
});

test('a-fleet-of-a-dozen-waits-for-a-person', () => {
  const { state } = simulate(USUAL_PLAN, { ...FLEET, devices: 12, bad: 0 }, seeded(5));
  assert.equal(state.phase, 'awaiting-approval');
});
