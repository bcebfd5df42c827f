import {
  armed,
  confirmed,
  decideStart,
  decideUpdates,
  emptied,
  firstRecord,
  floorRaised,
  nextSequence,
  NOTHING_YET,
  ORDERLY_RESTARTS,
  otherSlot,
  rolledBack,
  staged,
  statusOf,
  triedInOrder,
  type Installed,
  type Move,
  type SlotName,
  type SlotRecord,
  type UpdateEffect,
  type UpdateEvent,
  type UpdateState,
  type VerifiedSlot,
} from '@hearthward/device/updates';

/**
 * A device as the exploration sees it: the machine's state and both records as they are on the disk, what the slots
 * really hold, and what is under way. All of it is plain data; every step gives a new world.
 */
export interface World {
  readonly machine: UpdateState;
  /** null where torn or decayed */
  readonly records: readonly [SlotRecord | null, SlotRecord | null];
  /** digest of the whole image in a slot; null where it is none, or half of one */
  readonly contents: Readonly<Record<SlotName, string | null>>;
  /** null while the device is off */
  readonly running: SlotName | null;
  /** what the room has still to do, in this order */
  readonly queue: readonly Task[];
  /** what runs beside the room, and will answer */
  readonly beside: readonly ('fetch' | 'health')[];
  /** highest floor that was ever durable anywhere */
  readonly floor: number;
}
export type Task =
  | { readonly event: UpdateEvent }
  | { readonly effect: UpdateEffect }
  /** the steps of staging, between which the power may go */
  | { readonly staging: 'empty' | 'write' | 'name'; readonly image: Installed };

/** All times of a state are either past or a little ahead: only that is asked of them. */
export const NOW = 1_800_000_000_000;
const AHEAD = NOW + 60_000;

export const madeWorld = (image: Installed): World => ({
  machine: { ...NOTHING_YET, check: { ...NOTHING_YET.check, minute: 0 } },
  records: [firstRecord(image), null],
  contents: { a: image.digest, b: null },
  running: null,
  queue: [],
  beside: [],
  floor: image.securityVersion,
});

/** The machine hears an event; what it asks for is queued, and what it has to tell is told. */
export const hear = (world: World, event: UpdateEvent): World => {
  const { state, effects } = decideUpdates(world.machine, event, NOW);
  const asked = effects.filter(({ kind }) => kind !== 'notify' && kind !== 'report');
  return {
    ...world,
    machine: canonical(state),
    // the room carries out all effects of an event before it hears the next one
    queue: [...asked.map((effect) => ({ effect })), ...world.queue],
    floor: Math.max(world.floor, state.floor),
  };
};

/** Power goes: what lay on the disk stays. */
export const crashed = (world: World): World => ({ ...world, running: null, queue: [], beside: [] });

/** What `boot` does; null where nothing can be started. `torn`: the power goes while it writes its record. */
export const booted = (world: World, images: ReadonlyMap<string, Installed>, torn = false): World | null => {
  const factsOf = (name: SlotName) => {
    const image = images.get(world.contents[name] ?? '');
    return image && { image, floor: 1 };
  };
  const { beginning, write } = decideStart(
    recordOf(world),
    { a: factsOf('a'), b: factsOf('b') },
    0,
    (name, { digest }) => (world.contents[name] === digest ? WHOLE : { ok: false, path: 'hub.js', because: 'digest' }),
  );
  if (!beginning.ok) return null;
  const on = write ? written(world, write, torn) : world;
  if (torn) return crashed(on);
  return { ...on, running: beginning.slot, queue: [{ event: { kind: 'resumed' } }] };
};
const WHOLE: VerifiedSlot = { ok: true, image: { v: 1, product: 'hub', number: 1, entry: 'hub.js', files: [] } };

/** The record that holds, by the same rule as on a disk. */
export const recordOf = ({ records: [first, second] }: World): SlotRecord | undefined => {
  if (!first || !second) return first ?? second ?? undefined;
  return second.sequence === nextSequence(first.sequence) ? second : first;
};

/** Over the record that does not hold; torn, nothing of either is left there. */
export const written = (world: World, record: SlotRecord, torn = false): World => {
  const held = recordOf(world);
  const orderlyLeft = record.orderlyLeft < ORDERLY_RESTARTS ? 0 : ORDERLY_RESTARTS;
  const place = torn ? null : { ...record, orderlyLeft, sequence: held ? nextSequence(held.sequence) : 1n };
  const records = world.records[0] === held && held ? ([held, place] as const) : ([place, held ?? null] as const);
  return { ...world, records: renumbered(records), floor: torn ? world.floor : Math.max(world.floor, record.floor) };
};

/** Only which of both is the later one is kept, so that the same world is the same. */
export const renumbered = (records: World['records']): World['records'] => {
  const [first, second] = records;
  const later = first && second && second.sequence === nextSequence(first.sequence) ? 1 : 0;
  return [
    first && { ...first, sequence: second && later === 0 ? 2n : 1n },
    second && { ...second, sequence: first && later === 1 ? 2n : 1n },
  ];
};

/** A change of the record, as an effect makes it; a refusal is a fault of the effect. */
export const moved = (
  world: World,
  effect: UpdateEffect['kind'],
  make: (record: SlotRecord) => Move,
  torn = false,
): World => {
  const record = recordOf(world);
  const move = record && make(record);
  if (!move?.ok) return hearLater(world, { kind: 'failed', effect, because: 'slots-unusable' });
  return move.record === record ? world : written(world, move.record, torn);
};

/** Which change of the record an effect is; undefined where it is none. */
export const moveOf = (
  { contents }: World,
  effect: UpdateEffect,
  running: SlotName,
): ((record: SlotRecord) => Move) | undefined => {
  switch (effect.kind) {
    case 'arm':
      // the slot is read once more, as the backend does
      return (record) =>
        contents[otherSlot(running)] === effect.digest || onTrial(record, effect.digest)
          ? armed(record, effect.digest)
          : emptied(record, running);
    case 'confirm':
      return (record) => confirmed(record, effect.digest);
    case 'rollback':
      return (record) => rolledBack(record, effect.digest, effect.because);
    case 'give-back':
      return (record) => triedInOrder(record, running);
    case 'keep-floor':
      return (record) => floorRaised(record, effect.floor);
    default:
      return undefined;
  }
};

const onTrial = ({ active, slots }: SlotRecord, digest: string): boolean => {
  const slot = slots[active];
  return slot.state === 'trial' && slot.image.digest === digest;
};

export const stagingMove = (task: Extract<Task, { staging: string }>, running: SlotName) => (record: SlotRecord) =>
  task.staging === 'empty' ? emptied(record, running) : staged(record, running, task.image);

export const looked = (world: World): World => {
  const record = recordOf(world);
  if (
    !record ||
    !world.running ||
    record.slots[world.running].state === 'empty' ||
    record.slots[record.active].state === 'empty'
  ) {
    return hearLater(world, { kind: 'failed', effect: 'look', because: 'slots-unusable' });
  }
  return hearLater(world, { kind: 'looked', status: statusOf(record, world.running) });
};

export const hearLater = (world: World, event: UpdateEvent): World => ({
  ...world,
  queue: [...world.queue, { event }],
});

export const withContent = (world: World, digest: string | null): World =>
  world.running ? { ...world, contents: { ...world.contents, [otherSlot(world.running)]: digest } } : world;

/** Every wait is over. */
export const later = (world: World): World => ({
  ...world,
  machine: {
    ...world.machine,
    startAt: 0,
    switchAt: 0,
    postponed: null,
    step: { ...world.machine.step, retryAt: world.machine.step.retryAt === null ? null : 0 },
    check: { ...world.machine.check, nextAt: 0 },
  },
});

/**
 * What no decision depends on is left out, so that worlds which go on alike are the same: when exactly something is
 * due, what has been told, times that a later phase no longer asks for. Counters that only matter at their end go there
 * at once: the second failure of a step in a row is the last one, the second orderly restart of a trial is counted. What
 * people chose is their default again when no release is handled.
 */
const canonical = (state: UpdateState): UpdateState => {
  const when = (at: number): number => (at <= NOW ? 0 : AHEAD);
  const { phase, step, candidate } = state;
  const postponed = candidate && state.postponed && state.postponed.until > NOW;
  return {
    ...state,
    startAt: phase === 'offered' || phase === 'authorised' ? when(state.startAt) : 0,
    switchAt: phase === 'staged' ? when(state.switchAt) : 0,
    step: { failures: step.failures === 0 ? 0 : LAST_TRY, retryAt: step.retryAt === null ? null : when(step.retryAt) },
    check: { minute: 0, nextAt: when(state.check.nextAt), lastAt: null, failures: 0 },
    postponed: postponed ? { since: 0, until: AHEAD } : null,
    choice: candidate ? state.choice : NOTHING_YET.choice,
    refusalsTold: [],
    owed: [],
    nextNotice: 0,
  };
};
/** After so many failures the next one is the last (`STEP_TRIES` in `device/src/updates/steps/schedule.ts`). */
const LAST_TRY = 5;

/** The same for worlds that go on alike. */
export const worldKey = (world: World): string =>
  JSON.stringify(world, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));

/** What must hold in every world; undefined where it does. */
export const broken = (world: World, images: ReadonlyMap<string, Installed>): string | undefined => {
  const { machine, running, contents } = world;
  if (running) {
    const image = images.get(contents[running] ?? '');
    if (!image) return 'what runs is not a whole signed image';
    if (image.securityVersion < world.floor) return 'what runs is below the floor';
  }
  const record = recordOf(world);
  const active = record?.slots[record.active];
  if (
    record &&
    active?.state === 'trial' &&
    (running === record.active || contents[record.active] === active.image.digest)
  ) {
    const back = record.slots[otherSlot(record.active)];
    if (back.state !== 'confirmed') return 'a trial without a fallback';
    if (contents[otherSlot(record.active)] !== back.image.digest) return 'the fallback is lost before the confirmation';
    if (back.image.securityVersion < world.floor) return 'the fallback is below the floor before the confirmation';
  }
  const { candidate } = machine;
  if (candidate && machine.failed.some(({ digest }) => digest === candidate.image.digest))
    return 'a failed release is tried again';
  return undefined;
};
