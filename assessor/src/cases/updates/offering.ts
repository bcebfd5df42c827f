import { Type, type Static } from 'typebox';
import type { Probe, ReleaseKind } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { readPage, type Read } from './page.ts';
import { steer, type Steered } from './steering.ts';

/** A release is offered to this unit because the manufacturer’s bench was asked for it, and withdrawn in the end. */
const KINDS_OF_RELEASE = [
  'next',
  'damaged',
  'unsigned',
  'older',
  'failing',
  'other-model',
] as const satisfies readonly ReleaseKind[];
export const Release = Type.Enum([...KINDS_OF_RELEASE]);
export const Asked = Type.Object(
  { release: Release, which: Type.Enum(['ask', 'takeBack']), because: Type.String() },
  { additionalProperties: false },
);
export type Asked = Static<typeof Asked>;

export const LOOK_EVERY_MS = 500;
/** A machine with much other work takes up to so many times as long; what takes longer than that is the product's own. */
export const LONGEST = 4;

/** @returns false where it could not be arranged, which is recorded */
export async function offering(
  probe: Probe,
  it: Steered,
  release: ReleaseKind,
  work: () => Promise<void>,
): Promise<boolean> {
  if (probe.target.releases?.[release] === undefined) {
    const what = `how a release is offered that is ${SAID[release]}`;
    probe.record('blocked', it.id, { because: lacking(probe.target, `/releases/${release}`, what) });
    return false;
  }
  if (!(await ask(probe, it, release, 'ask'))) return false;
  try {
    await lookForUpdates(probe, it);
    await work();
  } finally {
    await ask(probe, it, release, 'takeBack');
    // so that the device knows, before anything else is tried, that it is offered no longer
    await lookForUpdates(probe, it);
    await until(probe, it, ({ page }) => page.read && page.offered === '');
  }
  return true;
}

export const SAID: Readonly<Record<ReleaseKind, string>> = {
  next: 'good and newer',
  damaged: 'damaged',
  unsigned: 'not signed',
  older: 'older',
  failing: 'signed and does not come up',
  'other-model': 'for another model',
};

async function ask(probe: Probe, { id }: Steered, release: ReleaseKind, which: Asked['which']): Promise<boolean> {
  const told = await probe.manufacturer.release(release, which);
  probe.record('asked', id, { release, which, because: told.ok ? '' : told.because });
  return told.ok;
}

/** As somebody who does not wait for the daily check; where no function is declared for it, the device is waited for. */
export async function lookForUpdates(probe: Probe, it: Steered): Promise<void> {
  if (it.check === undefined) return;
  const { answer, blobs } = await steer(probe, it, it.check);
  probe.record('called', it.id, { function: it.check.id, with: 'session', answer }, blobs);
}

/** Looks at the page until it says so, or for as long as a case waits; `more` seconds beyond. */
export async function until(probe: Probe, it: Steered, enough: (read: Read) => boolean, more = 0): Promise<Read> {
  let read = await readPage(probe, it);
  const times = Math.ceil(((probe.patienceSeconds + more) * 1000) / LOOK_EVERY_MS);
  for (let looked = 0; looked < times && !enough(read); looked += 1) {
    await probe.clock.wait(LOOK_EVERY_MS);
    read = await readPage(probe, it);
  }
  return read;
}
