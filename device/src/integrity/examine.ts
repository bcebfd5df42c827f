import { slotsFolderOf } from '../updates/running/folders.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { SLOTS, type SlotName } from '../updates/slots/records.ts';
import { readRecord } from '../updates/slots/slots.ts';
import { distrusted } from '../updates/slots/trust.ts';
import { verifySlot, type BadSlot } from '../updates/slots/verify.ts';
import { plainly, trustOf } from './slots.ts';

/** What one slot holds. `number`: of the release, by which its maker counts. */
export type ExaminedSlot = { readonly slot: SlotName } & (
  | { readonly holds: 'nothing' }
  | { readonly holds: 'whole'; readonly number: number }
  | { readonly holds: 'altered'; readonly number: number; readonly path: string; readonly because: BadSlot['because'] }
);

/**
 * Whether the software in a data folder is what its maker signed: as the loader finds it at a start, without starting
 * anything. Reads, and changes nothing; the device may run. Empty where there is no record of slots that can be read.
 * Faults: not-manufactured, bundle-invalid, data-unreadable.
 */
export const examineSoftware = (dataDir: string): readonly ExaminedSlot[] => {
  const trust = trustOf(dataDir);
  const folder = slotsFolderOf(dataDir);
  const record = readRecord(systemDisk, folder)?.record;
  if (!record) return [];
  return SLOTS.map((slot): ExaminedSlot => {
    const held = record.slots[slot];
    if (held.state === 'empty') return { slot, holds: 'nothing' };
    const { number, digest } = held.image;
    const unsigned = distrusted(systemDisk, folder, slot, held.image, trust);
    const verified = unsigned ?? verifySlot(systemDisk, folder, slot, digest);
    if (verified.ok) return { slot, holds: 'whole', number };
    const { path, because } = verified;
    return { slot, holds: 'altered', number, path: plainly(path), because };
  });
};
