import type { Disk } from './disk.ts';
import { floorRaised } from './moves.ts';
import { nextSequence, SLOTS, type Installed, type SlotName, type SlotRecord } from './records.ts';
import { readFacts, readRecord, writeRecord } from './slots.ts';
import { chooseStart, recordFromFacts, type SlotFacts } from './start.ts';
import { distrusted, type SlotTrust } from './trust.ts';
import { verifySlot, type BadSlot, type VerifiedSlot } from './verify.ts';

/** What a start found, and what it begins with. */
export interface Beginning {
  readonly ok: true;
  readonly slot: SlotName;
  readonly image: Installed;
  /** module of the image that is started, as its manifest says */
  readonly entry: string;
  /** slots that did not verify, each with its first bad file */
  readonly bad: readonly (BadSlot & { readonly slot: SlotName })[];
  /** the records were lost, or led to nothing that is whole, and what the slots say of themselves took their place */
  readonly recordsLost: boolean;
}
export interface NoBeginning {
  readonly ok: false;
  readonly code: 'no-slot';
  readonly because: string;
}

/**
 * Chooses, verifies and counts, until a slot holds: what `boot` does before it starts anything. What it decided is
 * durable when it returns. `floor` is the highest that `boot` can read beside the record: a counter of the TPM, where
 * there is one. With `trust` a signature has to reach what starts; without, the record is believed, as in a test of what
 * comes after it.
 */
// EN 303 645 5.3-2, 5.3-9, G044 6.3.2, 6.3.9, G045 PL-2-2, PL-2-3: only a whole, signed image at or above the floor starts
export const beginStart = (disk: Disk, folder: string, floor = 0, trust?: SlotTrust): Beginning | NoBeginning => {
  const decided = looked(disk, folder, floor, trust);
  if (decided.write) writeRecord(disk, folder, decided.write);
  return decided.beginning;
};

/** The slot that a start would begin with now; undefined where none holds. Nothing is written. */
export const couldBegin = (disk: Disk, folder: string, floor: number, trust?: SlotTrust): SlotName | undefined => {
  const { beginning } = looked(disk, folder, floor, trust);
  return beginning.ok ? beginning.slot : undefined;
};

const looked = (disk: Disk, folder: string, floor: number, trust: SlotTrust | undefined): Decided => {
  const held = readRecord(disk, folder)?.record;
  const facts = { a: readFacts(disk, folder, 'a'), b: readFacts(disk, folder, 'b') };
  return decideStart(
    held,
    facts,
    floor,
    (slot, image) =>
      (trust && distrusted(disk, folder, slot, image, trust)) ?? verifySlot(disk, folder, slot, image.digest),
  );
};

/** The same without a disk: `write` is to be durable before the start. */
export const decideStart = (
  held: SlotRecord | undefined,
  facts: Facts,
  knownFloor: number,
  verify: (slot: SlotName, image: Installed) => VerifiedSlot,
): Decided => {
  const floor = Math.max(knownFloor, held?.floor ?? 0);
  const byRecord = held && firstWhole(() => held, floor, verify);
  if (byRecord?.beginning.ok) return byRecord.write === held ? { beginning: byRecord.beginning } : byRecord;
  const byFacts = firstWhole((bad) => recordFromFacts(facts, { bad, floor }), floor, verify);
  if (!byFacts.beginning.ok) return byRecord ?? byFacts;
  const beginning = { ...byFacts.beginning, recordsLost: true };
  if (!held || !byFacts.write) return { ...byFacts, beginning };
  return { beginning, write: { ...byFacts.write, sequence: nextSequence(held.sequence) } };
};

type Facts = Readonly<Record<SlotName, SlotFacts | undefined>>;
interface Decided {
  readonly beginning: Beginning | NoBeginning;
  readonly write?: SlotRecord;
}

/** Each slot is looked at once; one that does not verify is known to be bad in the next choice. */
const firstWhole = (
  recordOf: (bad: ReadonlySet<SlotName>) => SlotRecord | undefined,
  floor: number,
  verify: (slot: SlotName, image: Installed) => VerifiedSlot,
): Decided => {
  const found = new Map<SlotName, BadSlot>();
  let because = 'nothing says which slot to start';
  while (found.size <= SLOTS.length) {
    const bad = new Set(found.keys());
    const record = recordOf(bad);
    if (!record) break;
    const choice = chooseStart(record, { bad, floor });
    if (!choice.ok) {
      because = choice.because;
      break;
    }
    const slot = record.slots[choice.slot];
    const verified: VerifiedSlot =
      slot.state === 'empty' ? { ok: false, path: choice.slot, because: 'missing' } : verify(choice.slot, slot.image);
    if (!verified.ok || slot.state === 'empty') {
      if (!verified.ok) found.set(choice.slot, verified);
      continue;
    }
    const raised = floorRaised(choice.write ?? record, floor);
    return {
      beginning: {
        ok: true,
        slot: choice.slot,
        image: slot.image,
        entry: verified.image.entry,
        bad: [...found].map(([name, why]) => ({ ...why, slot: name })),
        recordsLost: false,
      },
      write: raised.ok ? raised.record : record,
    };
  }
  return { beginning: { ok: false, code: 'no-slot', because } };
};
