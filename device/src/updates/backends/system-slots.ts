import { join } from 'node:path';
import { statusOf, type FloorCounter, type SlotBackend } from '../backend.ts';
import type { Disk } from '../slots/disk.ts';
import {
  armed,
  confirmed,
  emptied,
  firstRecord,
  floorRaised,
  rolledBack,
  staged,
  withNextSequence,
  type Move,
} from '../slots/moves.ts';
import { otherSlot, type Installed, type SlotName, type SlotRecord } from '../slots/records.ts';
import {
  copyFile,
  keep,
  readFacts,
  readRecord,
  readSource,
  writeFacts,
  writeRecord,
  type ImageSource,
  type Staged,
  type StageRefusal,
} from '../slots/slots.ts';
import { recordFromFacts } from '../slots/start.ts';
import { placesOf } from '../slots/verify.ts';
import { installerFault, labelOf, type Seen, type SystemInstaller } from './installer.ts';
import { settled } from './settle.ts';

/**
 * Images of a whole operating system behind the machine's interface. The installer writes them and the boot loader
 * starts them; what neither of them keeps stands in records of ours: which release lies in which place, which of them
 * failed and why, and the floor of security versions. Such an image has one file, the installer's bundle.
 *
 *   record-0, record-1    as those of our own slots
 *   a/facts, b/facts      what was put into each place, should both records be lost
 *   bundle                while it is installed
 */
export interface SystemSlots {
  readonly installer: SystemInstaller;
  readonly disk: Disk;
  readonly folder: string;
  /** largest bundle, in bytes */
  readonly slotBytes: number;
  readonly counter?: FloorCounter;
}

export const systemSlots = ({ installer, disk, folder, slotBytes, counter }: SystemSlots): SlotBackend => {
  /** What holds, after it was brought together with what the boot loader says. */
  const look = async (): Promise<{ readonly record: SlotRecord; readonly seen: Seen }> => {
    const seen = await installer.look();
    const before = readRecord(disk, folder)?.record ?? fromFacts(disk, folder, seen.booted);
    const now = settled(before, seen);
    if (!now.ok) throw installerFault(`The device cannot say what it runs: ${now.because}`, REMAKE);
    keep(disk, folder, now);
    if (now.start === undefined) return { record: now.record, seen };
    await installer.start(now.start, false);
    return { record: now.record, seen: { ...seen, next: now.start } };
  };
  const make = (move: Move): SlotRecord => keep(disk, folder, allowed(move));
  const isWhole = ({ record, seen }: { readonly record: SlotRecord; readonly seen: Seen }, digest: string): boolean => {
    const target = otherSlot(seen.booted);
    const slot = record.slots[target];
    const label = seen.labels[target];
    return (
      slot.state === 'staged' && slot.image.digest === digest && (label === undefined || label === labelOf(digest))
    );
  };

  const stage = async (source: ImageSource): Promise<Staged> => {
    const read = readSource(source, slotBytes);
    if (!read.ok) return read;
    const [bundle, ...more] = read.manifest.files;
    if (!bundle || more.length > 0)
      return refused('image-refused', 'an image of the system is one bundle and nothing else');
    const before = await look();
    const { booted } = before.seen;
    if (isWhole(before, source.image.digest)) return { ok: true, record: before.record };
    const empty = emptied(before.record, booted);
    const full = empty.ok ? staged(empty.record, booted, source.image) : empty;
    // asked before anything is written over
    if (!empty.ok || !full.ok) return refused(full.ok ? 'on-trial' : full.code, 'the slot record does not allow it');
    keep(disk, folder, empty);
    const path = join(folder, 'bundle');
    disk.remove(path);
    const uncopied = await copyFile(disk, path, bundle, source);
    if (uncopied) return uncopied;
    disk.syncFolder(folder);
    // EN 303 645 5.3-9, G044 6.3.9, G045 PL-2-3: the installer holds the bundle against a signature of its own as well
    const answer = await installer.install(path, labelOf(source.image.digest), booted);
    disk.remove(path);
    if (!answer.ok) return refused(answer.fault === 'bundle' ? 'image-refused' : 'slot-damaged', answer.because);
    const { next } = await installer.look();
    if (next !== booted) {
      // nobody has agreed to start it yet
      await installer.start(booted, false);
      throw installerFault(
        'The installer starts what it installs without being told to',
        'Set it up so that it does not.',
      );
    }
    remember(disk, folder, otherSlot(booted), source.image, before.record.floor);
    return { ok: true, record: keep(disk, folder, full) };
  };

  return {
    status: async () => {
      const { record, seen } = await look();
      return statusOf(record, seen.booted, await counter?.read());
    },
    stage,
    // the boot loader first: a record that says more than it would be taken for a release that failed
    arm: async (digest) => {
      const now = await look();
      const { record, seen } = now;
      const slot = record.slots[record.active];
      if (slot.state === 'trial' && slot.image.digest === digest) return;
      if (!isWhole(now, digest)) return void make(emptied(record, seen.booted));
      const move = allowed(armed(record, digest));
      await installer.start(otherSlot(seen.booted), true);
      make(move);
    },
    confirm: async (digest) => {
      const { record, seen } = await look();
      const move = allowed(confirmed(record, digest));
      await installer.keep(seen.booted);
      make(move);
    },
    // the record first: it has the reason, and the boot loader is told again where that was cut off
    rollback: async (digest, because) => {
      const { record } = await look();
      const { active } = make(rolledBack(record, digest, because));
      await installer.abandon(otherSlot(active));
    },
    // the boot loader counts starts by itself: it is given all of them again, so many times and no more
    giveBack: async () => {
      const { record, seen } = await look();
      const { active, orderlyLeft } = record;
      if (active !== seen.booted || record.slots[active].state !== 'trial' || orderlyLeft === 0) return;
      writeRecord(disk, folder, withNextSequence(record, { orderlyLeft: orderlyLeft - 1 }));
      await installer.start(active, true);
    },
    keepFloor: async (floor) => {
      const { record } = await look();
      make(floorRaised(record, floor));
      if (counter && (await counter.read()) < floor) await counter.raise(floor);
    },
  };
};

/** The first record of a device that its factory made with an image of the system in place a. */
export const beginSystemSlots = (disk: Disk, folder: string, image: Installed): void => {
  remember(disk, folder, 'a', image, image.securityVersion);
  writeRecord(disk, folder, firstRecord(image));
};

const remember = (disk: Disk, folder: string, name: SlotName, image: Installed, floor: number): void => {
  const { slot } = placesOf(folder, name);
  disk.remove(slot);
  disk.makeFolder(slot);
  writeFacts(disk, folder, name, image, floor);
  disk.syncFolder(slot);
  disk.syncFolder(folder);
};

/** Both records are lost: what runs is taken to be good, the other place to be free, and the floor the highest that is known. */
const fromFacts = (disk: Disk, folder: string, booted: SlotName): SlotRecord => {
  const floor = Math.max(0, ...(['a', 'b'] as const).map((name) => readFacts(disk, folder, name)?.floor ?? 0));
  const facts = { a: undefined, b: undefined, [booted]: readFacts(disk, folder, booted) };
  const record = recordFromFacts(facts, { floor });
  if (!record) throw installerFault('Both slot records are lost, and nothing says what runs', REMAKE);
  writeRecord(disk, folder, record);
  return record;
};

const REMAKE = 'Have the device made anew, or install a release through it.';

const allowed = (move: Move): Extract<Move, { ok: true }> => {
  if (!move.ok) throw installerFault(`The update slots do not allow it: ${move.code}`, REMAKE);
  return move;
};

const refused = (code: StageRefusal, because: string): Staged => ({ ok: false, code, because });
