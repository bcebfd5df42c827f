import { nextSequence, otherSlot, type GivenUp, type Installed, type SlotName, type SlotRecord } from './records.ts';

/**
 * Every change of a slot record, as pure functions. Each bears being made twice: what is so already is answered with
 * the record that came, and nothing is written. `running` is the slot that this start began with.
 */

/** Starts that an image on trial has to be found healthy in; each is counted before it begins. */
export const TRIES = 3;
/** Restarts in good order during one trial that cost no try. */
export const ORDERLY_RESTARTS = 4;

export type MoveRefusal = 'on-trial' | 'not-staged' | 'not-on-trial' | 'below-floor' | 'no-fallback';
export type Move =
  | { readonly ok: true; readonly record: SlotRecord }
  | { readonly ok: false; readonly code: MoveRefusal };

/** The first record of a device, by its factory: one image in slot a, and nothing to fall back to yet. */
export const firstRecord = (image: Installed): SlotRecord => ({
  sequence: 1n,
  active: 'a',
  triesLeft: 0,
  orderlyLeft: 0,
  floor: image.securityVersion,
  slots: { a: { state: 'confirmed', image }, b: { state: 'empty' } },
});

/** The slot that is not running is about to be written over: from here on nothing starts what was in it. */
export const emptied = (record: SlotRecord, running: SlotName): Move => {
  const target = otherSlot(running);
  if (record.active !== running || record.slots[running].state === 'trial') return { ok: false, code: 'on-trial' };
  if (record.slots[target].state === 'empty') return { ok: true, record };
  return changed(record, { slots: { ...record.slots, [target]: { state: 'empty' } } });
};

/** The image is in the slot, synced, and read back. */
// EN 303 645 5.3-2, G044 6.3.2: what is below the floor gets no slot, whoever asks
export const staged = (record: SlotRecord, running: SlotName, image: Installed): Move => {
  const target = otherSlot(running);
  if (image.securityVersion < record.floor) return { ok: false, code: 'below-floor' };
  if (isImage(record, target, image) && record.slots[target].state === 'staged') return { ok: true, record };
  if (record.slots[target].state !== 'empty') return { ok: false, code: 'on-trial' };
  return changed(record, { slots: { ...record.slots, [target]: { state: 'staged', image } } });
};

/** The one commit point: the next start tries the staged image. */
// EN 303 645 5.3-9, 5.3-10, G044 6.3.9, 6.3.10, G045 PL-2-3: only what was verified in its slot can be armed
export const armed = (record: SlotRecord, digest: string): Move => {
  const target = slotOf(record, digest);
  const slot = target && record.slots[target];
  if (target && slot?.state === 'trial' && record.active === target) return { ok: true, record };
  if (!target || slot?.state !== 'staged') return { ok: false, code: 'not-staged' };
  if (slot.image.securityVersion < record.floor) return { ok: false, code: 'below-floor' };
  const slots = { ...record.slots, [target]: { state: 'trial', image: slot.image } };
  return changed(record, { slots, active: target, triesLeft: TRIES, orderlyLeft: ORDERLY_RESTARTS });
};

/**
 * The image on trial stays. The floor follows one step behind: to the security version of what stays as the fallback,
 * so that falling back is possible until the next release is confirmed.
 */
export const confirmed = (record: SlotRecord, digest: string): Move => {
  const { active } = record;
  const slot = record.slots[active];
  if (!isDigest(record, active, digest)) return { ok: false, code: 'not-on-trial' };
  if (slot.state === 'confirmed') return { ok: true, record };
  if (slot.state !== 'trial') return { ok: false, code: 'not-on-trial' };
  const fallback = record.slots[otherSlot(active)];
  const behind = fallback.state === 'confirmed' ? fallback.image.securityVersion : slot.image.securityVersion;
  return changed(record, {
    slots: { ...record.slots, [active]: { state: 'confirmed', image: slot.image } },
    floor: Math.max(record.floor, Math.min(behind, slot.image.securityVersion)),
    triesLeft: 0,
    orderlyLeft: 0,
  });
};

/** The image on trial is given up, with the reason; the next start is the fallback's. */
// G045 PL-2-2: what worked before the update works again
export const rolledBack = (record: SlotRecord, digest: string, because: GivenUp): Move => {
  const failing = slotOf(record, digest);
  const slot = failing && record.slots[failing];
  if (!failing || !slot) return { ok: false, code: 'not-on-trial' };
  if (slot.state === 'failed') return { ok: true, record };
  if (slot.state !== 'trial') return { ok: false, code: 'not-on-trial' };
  if (record.slots[otherSlot(failing)].state !== 'confirmed') return { ok: false, code: 'no-fallback' };
  return changed(record, givingUp(record, failing, because));
};

/** A restart in good order while on trial: the start that this one had is given back. */
export const triedInOrder = (record: SlotRecord, running: SlotName): Move => {
  const onTrial = record.active === running && record.slots[running].state === 'trial';
  if (!onTrial || record.orderlyLeft === 0 || record.triesLeft >= TRIES) return { ok: true, record };
  return changed(record, { triesLeft: record.triesLeft + 1, orderlyLeft: record.orderlyLeft - 1 });
};

/** A floor that another place knows to be higher. It never falls. */
export const floorRaised = (record: SlotRecord, floor: number): Move =>
  floor > record.floor ? changed(record, { floor }) : { ok: true, record };

/** The record with a slot given up and the other one active. */
export const givingUp = (record: SlotRecord, failing: SlotName, because: GivenUp): Partial<SlotRecord> => {
  const slot = record.slots[failing];
  if (slot.state === 'empty') return { active: otherSlot(failing) };
  return {
    active: otherSlot(failing),
    slots: { ...record.slots, [failing]: { state: 'failed', image: slot.image, because } },
    triesLeft: 0,
    orderlyLeft: 0,
  };
};

export const withNextSequence = (record: SlotRecord, change: Partial<SlotRecord>): SlotRecord => ({
  ...record,
  ...change,
  sequence: nextSequence(record.sequence),
});

const changed = (record: SlotRecord, change: Partial<SlotRecord>): Move => ({
  ok: true,
  record: withNextSequence(record, change),
});

const slotOf = (record: SlotRecord, digest: string): SlotName | undefined =>
  (['a', 'b'] as const).find((name) => isDigest(record, name, digest));

const isDigest = (record: SlotRecord, name: SlotName, digest: string): boolean => {
  const slot = record.slots[name];
  return slot.state !== 'empty' && slot.image.digest === digest;
};

const isImage = (record: SlotRecord, name: SlotName, image: Installed): boolean => {
  const slot = record.slots[name];
  return (
    slot.state !== 'empty' &&
    slot.image.digest === image.digest &&
    slot.image.number === image.number &&
    slot.image.securityVersion === image.securityVersion
  );
};
