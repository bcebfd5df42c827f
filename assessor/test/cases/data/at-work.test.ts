import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { untilAtWork } from '../../../src/cases/data/at-rest/at-work.ts';
import type { Probe } from '../../../src/model.ts';

/** A unit that was set up at noon, and what of it is asked and read. */
const NOON = Date.parse('2026-11-21T12:00:00Z');
const unit = (
  given: { readonly held?: readonly string[]; readonly writes?: number; readonly setUp?: boolean } = {},
) => {
  const { held = ['2026-11-21T12:00:05Z'], writes = 0, setUp = true } = given;
  const seen = { asked: 0, read: 0 };
  const store = randomBytes(512);
  const probe = {
    ...(setUp ? { inUseSince: NOON } : {}),
    patienceSeconds: 4,
    target: { held: ['held'] },
    clock: { now: () => NOON, wait: async () => undefined },
    manufacturer: {
      held: async () => {
        const at = held[Math.min(seen.asked, held.length - 1)];
        seen.asked += 1;
        return { ok: true, rows: at === undefined ? [] : [{ field: 'heat', at, value: 1 }] };
      },
    },
    files: {
      read: async function* () {
        seen.read += 1;
        yield { path: 'keys', bytes: seen.read <= writes ? randomBytes(512) : store };
      },
    },
  };
  return { probe: probe as unknown as Probe, seen };
};

test('what-a-unit-writes-while-it-enrols-is-over-before-anything-is-put-in', async () => {
  const earlier = '2026-11-21T11:59:00Z';
  const { probe, seen } = unit({ held: [earlier, earlier, '2026-11-21T12:00:05Z'], writes: 2 });
  await untilAtWork(probe);
  assert.deepEqual(
    seen,
    { asked: 3, read: 4 },
    'what is of somebody before is none of it; looks twice until nothing comes',
  );
});

test('a-unit-that-is-never-heard-of-or-never-quiet-is-waited-for-as-long-as-a-case-may', async () => {
  const { probe, seen } = unit({ held: [], writes: Infinity });
  await untilAtWork(probe);
  assert.deepEqual(seen, { asked: 4, read: 6 });
});

test('a-unit-in-use-is-at-work', async () => {
  const { probe, seen } = unit({ setUp: false });
  await untilAtWork(probe);
  assert.deepEqual(seen, { asked: 0, read: 0 });
});
