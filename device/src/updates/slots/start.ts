import { givingUp, withNextSequence } from './moves.ts';
import { otherSlot, SLOTS, type GivenUp, type Installed, type SlotName, type SlotRecord } from './records.ts';

/**
 * Which slot a start begins with, as pure functions for `boot`:
 *
 *   choose -> verify the slot -> write what the choice says -> start it
 *
 * A slot that does not verify is named in `bad`, and the choice is made again. What has not been armed never starts.
 */
export type StartChoice =
  | { readonly ok: true; readonly slot: SlotName; readonly write?: SlotRecord }
  | { readonly ok: false; readonly code: 'no-slot'; readonly because: string };

interface Known {
  /** slots that did not verify */
  readonly bad?: ReadonlySet<SlotName>;
  /** the highest floor that any place knows; the record's own holds at least */
  readonly floor?: number;
}

/**
 * `write`, where there is one, has to be
 * durable before the slot is started.
 */
// EN 303 645 5.3-2, 5.3-4, G044 6.3.2, 6.3.4, G045 PL-2-2: a release that does not come up leaves the one before it running
export const chooseStart = (record: SlotRecord, known: Known = {}): StartChoice => {
  const { active } = record;
  const spare = otherSlot(active);
  const why = whyNot(record, active, known);
  const whySpare = whyNot(record, spare, known);
  const onTrial = record.slots[active].state === 'trial';
  if (why === undefined && onTrial) {
    // counted before the start, so that a start which never comes back has been counted
    if (record.triesLeft > 0) {
      return { ok: true, slot: active, write: withNextSequence(record, { triesLeft: record.triesLeft - 1 }) };
    }
    // with nothing to fall back to, another try is better than none
    return whySpare === undefined ? fallBack(record, 'tries-exhausted') : { ok: true, slot: active };
  }
  if (why === undefined) return { ok: true, slot: active };
  if (whySpare === undefined) return fallBack(record, why === 'below-floor' ? 'below-floor' : 'slot-damaged');
  for (const name of [spare, active]) {
    if (mayServe(record, name, known)) return { ok: true, slot: name, write: lastResort(record, name) };
  }
  return { ok: false, code: 'no-slot', because: `slot ${active}: ${why}, slot ${spare}: ${whySpare}` };
};

/**
 * An image that was given up, where the other slot is damaged since: it is whole, signed and not below the floor, and
 * what runs badly can still be updated.
 */
const mayServe = (record: SlotRecord, name: SlotName, known: Known): boolean => {
  const slot = record.slots[name];
  return slot.state === 'failed' && slot.image.securityVersion >= floorOf(record, known) && !known.bad?.has(name);
};

const lastResort = (record: SlotRecord, name: SlotName): SlotRecord => {
  const { slots } = withNextSequence(record, givingUp(record, otherSlot(name), 'slot-damaged'));
  const slot = slots[name];
  const kept = slot.state === 'empty' ? slot : ({ state: 'confirmed', image: slot.image } as const);
  return withNextSequence(record, { active: name, triesLeft: 0, orderlyLeft: 0, slots: { ...slots, [name]: kept } });
};

const fallBack = (record: SlotRecord, because: GivenUp): StartChoice => ({
  ok: true,
  slot: otherSlot(record.active),
  write: withNextSequence(record, givingUp(record, record.active, because)),
});

/** Undefined where the slot may be started. */
const whyNot = (
  record: SlotRecord,
  name: SlotName,
  known: Known,
): 'not-verified' | 'below-floor' | 'not-armed' | undefined => {
  const slot = record.slots[name];
  const armed = slot.state === 'confirmed' || (slot.state === 'trial' && name === record.active);
  if (!armed) return 'not-armed';
  // EN 303 645 5.3-2, G044 6.3.2: signed once is not enough: what is below the floor stays off
  if (slot.image.securityVersion < floorOf(record, known)) return 'below-floor';
  return known.bad?.has(name) ? 'not-verified' : undefined;
};

const floorOf = (record: SlotRecord, known: Known): number => Math.max(record.floor, known.floor ?? 0);

/** What lies beside the files of a slot (`slots.ts`), written before the slot was ever named in a record. */
export interface SlotFacts {
  readonly image: Installed;
  /** lowest security version that could start when the slot was written */
  readonly floor: number;
}

/**
 * Both records are lost. Each slot still says what was put into it, after its signature had been checked; whether it
 * was confirmed is what is lost. Numbers only rise, so of two images the lower one was confirmed before the higher
 * one came: it is taken, and the other place is free. The floor is the highest that anything still knows.
 */
export const recordFromFacts = (
  facts: Readonly<Record<SlotName, SlotFacts | undefined>>,
  known: Known = {},
): SlotRecord | undefined => {
  const there = SLOTS.flatMap((name) => {
    const fact = facts[name];
    return fact ? [{ name, fact }] : [];
  });
  const floor = Math.max(known.floor ?? 0, ...there.map(({ fact }) => fact.floor));
  const [first] = there
    .filter(({ name, fact }) => !known.bad?.has(name) && fact.image.securityVersion >= floor)
    .sort((one, other) => one.fact.image.number - other.fact.image.number);
  if (!first) return undefined;
  const confirmed = { state: 'confirmed', image: first.fact.image } as const;
  const empty = { state: 'empty' } as const;
  return {
    sequence: 1n,
    active: first.name,
    triesLeft: 0,
    orderlyLeft: 0,
    floor,
    slots: first.name === 'a' ? { a: confirmed, b: empty } : { a: empty, b: confirmed },
  };
};
