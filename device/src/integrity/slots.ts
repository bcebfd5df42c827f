import { readFactoryBundle } from '../manufacture/bundle.ts';
import type { QuarantineKeeper } from '../quarantine/keeper.ts';
import { couldBegin, type Beginning } from '../updates/slots/begin.ts';
import type { Disk } from '../updates/slots/disk.ts';
import type { Installed, SlotName } from '../updates/slots/records.ts';
import { distrusted, type SlotTrust } from '../updates/slots/trust.ts';
import { verifySlot, verifySteps, type BadSlot, type VerifiedSlot } from '../updates/slots/verify.ts';
import { watchSoftware, type Watch } from './watch.ts';

/** The software in slots, held against what its maker signed: what was found at the start, and while it runs. */

/** From the factory: the root of what is signed, and the one image that it vouches for itself. */
export const trustOf = (dataDir: string): SlotTrust => {
  const { bundle, firstImage } = readFactoryBundle(dataDir);
  return { root: bundle.updates?.root, first: firstImage };
};

/**
 * What a start found. A slot that was given up for a good copy is recovery already; the device is held for a while all
 * the same, so that people and maker hear of it.
 */
// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: an unauthorised change is told and cut off, also where the device has mended itself
export const tellOfStart = (quarantine: QuarantineKeeper, beginning: Beginning): void => {
  for (const bad of beginning.bad)
    quarantine.hear({ kind: 'violated', cause: 'integrity', detail: placeOf(bad.slot, bad) });
  if (beginning.recordsLost) quarantine.hear({ kind: 'violated', cause: 'integrity', detail: 'slot-records' });
  // every byte of what starts now has just been verified
  if (isOfSlots(quarantine)) quarantine.hear({ kind: 'recovered', cause: 'integrity' });
};

export interface RunningSoftware {
  readonly slot: SlotName;
  readonly image: Installed;
}

/** Watches what runs; where it was altered and another image is whole, the device begins again with that one. */
export const guardSlots = (given: {
  readonly disk: Disk;
  readonly folder: string;
  readonly running: RunningSoftware;
  readonly floor: number;
  readonly trust: SlotTrust | undefined;
  readonly quarantine: () => QuarantineKeeper;
  readonly beginAgain: () => void;
  readonly fault: (thrown: unknown) => void;
  readonly verify?: typeof verifySteps;
  readonly pace?: Parameters<typeof watchSoftware>[0]['pace'];
  readonly later?: Parameters<typeof watchSoftware>[0]['later'];
}): Watch & { readonly isGenuine: () => boolean } => {
  const { disk, folder, running, floor, trust, verify = verifySteps, pace, later } = given;
  const { slot, image } = running;
  const unsigned = (): BadSlot | undefined => trust && distrusted(disk, folder, slot, image, trust);
  const watch = watchSoftware({
    steps: function* (): Generator<undefined, VerifiedSlot> {
      return unsigned() ?? (yield* verify(disk, folder, slot, image.digest));
    },
    altered: (bad) => {
      given.quarantine().hear({ kind: 'violated', cause: 'integrity', detail: placeOf(slot, bad) });
      // with nothing else to start, the device stays up and cut off: its people still see why
      if (couldBegin(disk, folder, floor, trust) !== undefined) given.beginAgain();
    },
    fault: given.fault,
    ...(pace ? { pace } : {}),
    ...(later ? { later } : {}),
  });
  return { ...watch, isGenuine: () => !unsigned() && verifySlot(disk, folder, slot, image.digest).ok };
};

/** Names in an image are its maker's; what an intruder called a file is told only as far as it fits. */
export const plainly = (path: string): string => path.replace(/[^\w./@-]/g, '_').slice(0, 60);
const placeOf = (slot: SlotName, { path, because }: BadSlot): string => `slot-${slot} ${because},${plainly(path)}`;

const isOfSlots = (quarantine: QuarantineKeeper): boolean =>
  quarantine.state().held?.found.some(({ cause, detail }) => cause === 'integrity' && detail.startsWith('slot-')) ===
  true;
