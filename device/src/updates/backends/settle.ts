import { armed, givingUp, rolledBack, withNextSequence, type Move } from '../slots/moves.ts';
import { otherSlot, type SlotName, type SlotRecord } from '../slots/records.ts';
import { labelOf, type Seen } from './installer.ts';

/**
 * Our record beside a boot loader that decides by itself: what each of them says, brought together. A change of both is
 * two writes with a power cut between them, and the boot loader falls back without asking. The same look at the same
 * record leads to the same answer.
 */
export type Settled =
  | {
      readonly ok: true;
      /** to be durable first, where it is another one than before */
      readonly record: SlotRecord;
      /** what the boot loader has to be told then */
      readonly start?: SlotName;
    }
  | { readonly ok: false; readonly because: string };

// EN 303 645 5.3-2, 5.3-4, G044 6.3.2, 6.3.4, G045 PL-2-2: whatever the boot loader did, what is known of the images follows it
export const settled = (before: SlotRecord, seen: Seen): Settled => {
  const record = followed(before, seen);
  const runs = record.slots[seen.booted];
  if (runs.state === 'empty')
    return { ok: false, because: 'the system runs from a place that no release was put into' };
  const label = seen.labels[seen.booted];
  if (label !== undefined && label !== labelOf(runs.image.digest)) {
    return { ok: false, because: 'the system that runs was installed by somebody else' };
  }
  const away = otherSlot(seen.booted);
  if (runs.image.securityVersion < record.floor && mayStart(record, away)) {
    const gone =
      record.active === seen.booted ? withNextSequence(record, givingUp(record, seen.booted, 'below-floor')) : record;
    return { ok: true, record: gone, ...(seen.next === away ? {} : { start: away }) };
  }
  // a rollback that was cut off after it was written down
  const given = record.slots[seen.next].state === 'failed' && record.active !== seen.next;
  return { ok: true, record, ...(given ? { start: record.active } : {}) };
};

/** The record after what the boot loader has been told, or has done, without it. */
const followed = (record: SlotRecord, { booted, next }: Seen): SlotRecord => {
  const { active } = record;
  const slot = record.slots[active];
  const there = otherSlot(active);
  const waiting = record.slots[there];
  // arming was cut off between the boot loader and the record
  if (waiting.state === 'staged' && (booted === there || next === there)) {
    return after(record, armed(record, waiting.image.digest));
  }
  if (booted === active || next === active) return record;
  if (slot.state === 'trial') return after(record, rolledBack(record, slot.image.digest, 'tries-exhausted'));
  // confirmed once, and the boot loader has given it up since
  if (slot.state === 'confirmed' && mayStart(record, there)) {
    return withNextSequence(record, givingUp(record, active, 'tries-exhausted'));
  }
  return record;
};

const mayStart = (record: SlotRecord, name: SlotName): boolean => {
  const slot = record.slots[name];
  return slot.state === 'confirmed' && slot.image.securityVersion >= record.floor;
};

const after = (record: SlotRecord, move: Move): SlotRecord => (move.ok ? move.record : record);
