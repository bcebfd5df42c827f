import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHASES } from '@hearthward/device/updates';
import { explore, healthyStep } from '../../src/updates/crashes/explore.ts';
import { worldKey, type World } from '../../src/updates/crashes/world.ts';

const MOST_STEPS = 400;

test('whatever an adversary does, a whole signed image at or above the floor runs, and a world that means well brings the newest', () => {
  const arrives = new Set<string>();
  let longest = 0;
  const explored = explore(400_000, (world: World, how) => {
    const way: string[] = [];
    for (let at: World | undefined = world; ;) {
      const key = worldKey(at);
      if (arrives.has(key)) break;
      way.push(key);
      if (way.length > MOST_STEPS) assert.fail(`goes round in circles after: ${how}\n${key}`);
      const next = healthyStep(at);
      if (!next) break;
      at = next;
    }
    for (const key of way) arrives.add(key);
    longest = Math.max(longest, way.length);
  });
  console.log(
    `${explored.worlds} worlds by ${explored.steps} steps, ${explored.phases.size} phases; at most ${longest} new steps to the newest release`,
  );
  assert.deepEqual(new Set(explored.phases), new Set(PHASES), 'every phase is met');
});
