import type { Disk } from './disk.ts';
import { floorRaised } from './moves.ts';
import { SLOTS, type Installed, type SlotName, type SlotRecord } from './records.ts';
import { readFacts, readRecord, writeRecord } from './slots.ts';
import { chooseStart, recordFromFacts } from './start.ts';
import { verifySlot, type BadSlot } from './verify.ts';

/** What a start found, and what it begins with; everything it decided is durable. */
export type Beginning =
  | {
      readonly ok: true;
      readonly slot: SlotName;
      readonly image: Installed;
      /** module of the image that is started, as its manifest says */
      readonly entry: string;
      /** slots that did not verify, each with its first bad file */
      readonly bad: readonly (BadSlot & { readonly slot: SlotName })[];
      /** both records were lost, and one was made from what the slots say */
      readonly recordsLost: boolean;
    }
  | { readonly ok: false; readonly code: 'no-slot'; readonly because: string };

/**
 * Chooses, verifies and counts, in this order, until a slot holds: what `boot` does before it starts anything. `floor`
 * is the highest that `boot` can read beside the record: a counter of the TPM, where there is one.
 */
// EN 303 645 5.3-2, 5.3-9, G044 6.3.2, 6.3.9, G045 PL-2-2, PL-2-3: only a whole, signed image at or above the floor starts
export const beginStart = (disk: Disk, folder: string, floor = 0): Beginning => {
  const held = readRecord(disk, folder);
  const bad: (BadSlot & { readonly slot: SlotName })[] = [];
  const failing = new Set<SlotName>();
  let lost: SlotRecord | undefined;
  for (let tries = 0; tries <= SLOTS.length; tries += 1) {
    const known = { bad: failing, floor };
    const record = held?.record ?? (lost = recordFromFacts(factsOf(disk, folder), known));
    if (!record) return { ok: false, code: 'no-slot', because: 'no record, and no slot that says what it holds' };
    const choice = chooseStart(record, known);
    if (!choice.ok) return choice;
    const slot = record.slots[choice.slot];
    if (slot.state === 'empty') return { ok: false, code: 'no-slot', because: `slot ${choice.slot} is empty` };
    const verified = verifySlot(disk, folder, choice.slot, slot.image.digest);
    if (verified.ok) {
      const next = floorRaised(choice.write ?? record, floor);
      const write = next.ok ? next.record : record;
      if (lost || write.sequence !== record.sequence) writeRecord(disk, folder, write);
      const { entry } = verified.image;
      return { ok: true, slot: choice.slot, image: slot.image, entry, bad, recordsLost: lost !== undefined };
    }
    bad.push({ ...verified, slot: choice.slot });
    failing.add(choice.slot);
  }
  return { ok: false, code: 'no-slot', because: 'no slot verifies' };
};

const factsOf = (disk: Disk, folder: string) => ({ a: readFacts(disk, folder, 'a'), b: readFacts(disk, folder, 'b') });
