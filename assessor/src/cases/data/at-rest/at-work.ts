import type { Probe } from '../../../model.ts';
import { createBefore, createCame } from './remains.ts';
import { readStorage } from './storage.ts';

/**
 * A unit that was set up just now writes for itself still, the keys with which it enrols say; none of that comes with what is put
 * in afterwards. It is at work when its manufacturer has something of it, and nothing sealed comes into its storage by itself.
 */
export async function untilAtWork(probe: Probe): Promise<void> {
  if (probe.inUseSince === undefined) return;
  for (let waited = 0; waited < probe.patienceSeconds && !(await isHeardOf(probe)); waited += 1)
    await probe.clock.wait(1000);
  for (let tries = 0; tries < MOST_TRIES && !(await isQuiet(probe)); tries += 1);
}
/** One that keeps what it measures is never quiet. */
const MOST_TRIES = 3;

/** Nobody waits for a word that is not given. */
async function isHeardOf({ target, manufacturer, inUseSince = 0 }: Probe): Promise<boolean> {
  if (target.held === undefined) return true;
  const held = await manufacturer.held();
  return !held.ok || held.rows.some(({ at }) => Date.parse(at) >= inUseSince);
}

const QUIET_MS = 2_000;
async function isQuiet(probe: Probe): Promise<boolean> {
  const before = createBefore();
  await readStorage(probe, 'runningStorage', [], before.add);
  await probe.clock.wait(QUIET_MS);
  const came = createCame(before);
  await readStorage(probe, 'runningStorage', [], came.add);
  return came.size() === 0;
}
