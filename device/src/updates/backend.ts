import { DeviceFault } from '../driver/faults.ts';
import type { Executors } from '../driver/room.ts';
import type { Disk } from './slots/disk.ts';
import { armed, confirmed, emptied, floorRaised, rolledBack, triedInOrder, type Move } from './slots/moves.ts';
import { otherSlot, type GivenUp, type Installed, type Slot, type SlotName, type SlotRecord } from './slots/records.ts';
import { keep, readRecord, stageImage, type ImageSource, type Staged, type StageRefusal } from './slots/slots.ts';
import { verifySlot } from './slots/verify.ts';
import type { Candidate } from './state.ts';
import type { SlotsStatus, StepFailure, UpdateEffect, UpdateEvent } from './steps/events.ts';

/**
 * What installs images. The machine knows no more of it than this; our own slots stand behind it, and so can whatever
 * installs whole images of an operating system. Every method bears being called twice, is durable when it resolves, and
 * throws a `DeviceFault` where it cannot do what was asked.
 */
export interface SlotBackend {
  readonly status: () => Promise<SlotsStatus>;
  /** writes an image into what does not run, and verifies it there; nothing starts it */
  readonly stage: (
    source: ImageSource,
  ) => Promise<Staged | { readonly ok: false; readonly code: StageRefusal; readonly because: string }>;
  /** the next start tries the staged image; where it is not whole any more, it is staged no more */
  readonly arm: (digest: string) => Promise<void>;
  readonly confirm: (digest: string) => Promise<void>;
  readonly rollback: (digest: string, because: GivenUp) => Promise<void>;
  /** a restart in good order follows, which is not to be counted as a try */
  readonly giveBack: () => Promise<void>;
  readonly keepFloor: (floor: number) => Promise<void>;
}

/** A counter that only rises, as a TPM has (TPM 2.0 part 1, 37.2.4). */
export interface FloorCounter {
  readonly read: () => Promise<number>;
  readonly raise: (to: number) => Promise<void>;
}

/** `running`: the slot that this start began with (`beginStart`). */
// EN 303 645 5.3-1, 5.3-2, G044 6.3.1, 6.3.2: all software of the image is replaced, and a whole one is always left
export const ownSlots = (options: {
  readonly disk: Disk;
  readonly folder: string;
  readonly running: SlotName;
  readonly slotBytes: number;
  readonly counter?: FloorCounter;
}): SlotBackend => {
  const { disk, folder, running, counter } = options;
  const record = (): SlotRecord => {
    const held = readRecord(disk, folder);
    if (!held) throw slotsFault('both slot records are lost');
    return held.record;
  };
  const move = (make: (record: SlotRecord) => Move): void => {
    const made = make(record());
    if (!made.ok) throw slotsFault(made.code);
    keep(disk, folder, made);
  };
  return {
    status: async () => statusOf(record(), running, await counter?.read()),
    stage: (source) => stageImage(disk, folder, source, { running, slotBytes: options.slotBytes }),
    // EN 303 645 5.3-9, G044 6.3.9, G045 PL-2-3: read once more, since a record that decayed may leave one that says too much
    arm: async (digest) => {
      const whole = verifySlot(disk, folder, otherSlot(running), digest).ok;
      move((held) => (whole || isOnTrial(held, digest) ? armed(held, digest) : emptied(held, running)));
    },
    confirm: async (digest) => move((held) => confirmed(held, digest)),
    rollback: async (digest, because) => move((held) => rolledBack(held, digest, because)),
    giveBack: async () => move((held) => triedInOrder(held, running)),
    keepFloor: async (floor) => {
      move((held) => floorRaised(held, floor));
      if (counter && (await counter.read()) < floor) await counter.raise(floor);
    },
  };
};

const isOnTrial = ({ active, slots }: SlotRecord, digest: string): boolean => {
  const slot = slots[active];
  return slot.state === 'trial' && slot.image.digest === digest;
};

export const statusOf = (record: SlotRecord, running: SlotName, counter?: number): SlotsStatus => {
  const { active, floor, slots } = record;
  const failed = (['a', 'b'] as const).map((name) => slots[name]).find((slot) => slot.state === 'failed');
  const spare = slots[otherSlot(running)];
  return {
    running: imageIn(slots[running]),
    onTrial: active === running && slots[running].state === 'trial',
    next: imageIn(slots[active]),
    staged: spare.state === 'staged' ? spare.image : null,
    failed: failed?.state === 'failed' ? { image: failed.image, because: failed.because } : null,
    floor,
    ...(counter === undefined ? {} : { counter }),
  };
};

type SlotEffect = Extract<
  UpdateEffect,
  { kind: 'look' | 'stage' | 'arm' | 'confirm' | 'rollback' | 'give-back' | 'keep-floor' }
>;

/** Carries out what the machine asks of the slots; whatever it did, the slots are looked at afterwards. */
export const slotExecutors = (
  backend: SlotBackend,
  sourceOf: (candidate: Candidate) => Promise<ImageSource>,
): Executors<UpdateEvent, SlotEffect> => {
  const look = async (): Promise<UpdateEvent> => ({ kind: 'looked', status: await backend.status() });
  return {
    look,
    stage: async ({ candidate }) => {
      const staged = await backend.stage(await sourceOf(candidate));
      if (staged.ok) return look();
      return { kind: 'step-failed', digest: candidate.image.digest, because: failureOf(staged.code) };
    },
    arm: ({ digest }) => backend.arm(digest).then(look),
    confirm: ({ digest }) => backend.confirm(digest).then(look),
    rollback: ({ digest, because }) => backend.rollback(digest, because).then(look),
    'give-back': () => backend.giveBack(),
    'keep-floor': async ({ floor }) => {
      await backend.keepFloor(floor);
      return { kind: 'floor-kept', floor };
    },
  };
};

const failureOf = (code: StageRefusal): StepFailure => {
  switch (code) {
    case 'image-refused':
    case 'image-mismatch':
    case 'below-floor':
    case 'bytes-corrupt':
    case 'slot-damaged':
      return code;
    case 'on-trial':
    case 'not-staged':
    case 'not-on-trial':
    case 'no-fallback':
      return 'not-allowed';
  }
};

const imageIn = (slot: Slot): Installed => {
  if (slot.state === 'empty') throw slotsFault('a slot that runs or starts next is said to be empty');
  return slot.image;
};

const slotsFault = (because: string): DeviceFault =>
  new DeviceFault(
    'slots-unusable',
    `The update slots do not allow it: ${because}`,
    'Restart the device; install it anew if it comes back.',
  );
