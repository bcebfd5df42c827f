import { openRoom, type Plain } from '@hearthward/device';
import {
  decideUpdates,
  beginStart,
  ownSlots,
  readRecord,
  slotExecutors,
  updatesRoom,
  type Beginning,
  type Disk,
  type ImageSource,
  type OfferedRelease,
  type UpdateState,
} from '@hearthward/device/updates';
import { keyOf, memoryDisk, type Durable } from './disk.ts';

/**
 * A device that lives through an update on a disk in memory, with the runtime's own room, slots and decisions: what it
 * leaves at every power cut is found, started again, and cut again.
 */

/** What outlives a power cut, and what has been told to the world by then. */
export interface Remains {
  readonly disk: Durable;
  /** the machine's state; SQLite keeps it whole, or keeps the one before */
  readonly store: Plain | undefined;
  readonly told: readonly string[];
  /** highest floor that was ever durable */
  readonly floor: number;
}

/** The world around the device. */
export interface Surroundings {
  readonly release: OfferedRelease;
  readonly source: ImageSource;
  readonly healthy: boolean;
  /** whether a write that needs space finds none */
  readonly full?: () => boolean;
}

export interface Lived {
  readonly state: UpdateState;
  readonly running: Beginning;
  readonly left: Remains;
  readonly starts: number;
}

export const SLOTS_FOLDER = '/slots';
const START = Date.UTC(2026, 0, 1, 3);
const HOUR = 3_600_000;
/** Hours that a device gets to come to rest: as long as all retries of one step take, and a day for the next check. */
const HOURS = 60;
const DEVICE = { product: 'hub', model: 'H1', deviceId: 'one', slotBytes: 1_000_000 } as const;
const FINE = { apiUp: true, storeOpens: true, controlTicks: true } as const;

/**
 * From a start to rest, restarts included. `cut` gets what a power cut would leave, before the first effect and after
 * each; `began` is asked about each start. Throws where nothing can be started.
 */
export const live = async (
  from: Remains,
  around: Surroundings,
  on: {
    /** see `MemoryDisk.crashes` */
    readonly which?: 'news' | 'latest';
    readonly cut?: (left: Remains, after: string) => void;
    readonly began?: (beginning: Beginning, floor: number, disk: Disk) => void;
    /** whether the device has come to where it should */
    readonly rests: (state: UpdateState, running: Beginning) => boolean;
  },
): Promise<Lived> => {
  let { disk: found, store, floor } = from;
  const told = new Set(from.told);
  const remains = (disk: Durable): Remains => ({ disk, store, told: [...told].sort(), floor });
  for (let starts = 1; ; starts += 1) {
    if (starts > 20) throw new Error('it restarts again and again');
    const cuts = (effect: string): void => {
      if (!on.cut) return;
      const ofDisk = effect !== 'start' && effect !== 'state';
      for (const disk of memory.crashes(ofDisk ? on.which : 'every')) on.cut(remains(disk), effect);
    };
    const memory = memoryDisk(found, cuts, around.full);
    cuts('start');
    const running = beginStart(memory.disk, SLOTS_FOLDER);
    if (!running.ok) throw new Error(`nothing can be started: ${running.because}`);
    floor = Math.max(floor, readRecord(memory.disk, SLOTS_FOLDER)?.record.floor ?? 0);
    on.began?.(running, floor, memory.disk);
    const restart = { asked: false };
    let now = START;
    const slots = ownSlots({ disk: memory.disk, folder: SLOTS_FOLDER, running: running.slot, slotBytes: 1_000_000 });
    const digest = around.source.image.digest;
    const room = openRoom(
      updatesRoom(decideUpdates, {
        ...slotExecutors(slots, async () => around.source),
        check: () => ({ kind: 'offers', offers: [around.release], device: DEVICE, random: 0 }),
        'fetch-image': () => ({ kind: 'fetched', digest }),
        'stop-fetch': () => undefined,
        'verify-image': () => ({ kind: 'verified', digest }),
        'watch-health': () => ({ kind: 'health', ...FINE, controlTicks: around.healthy }),
        restart: () => {
          restart.asked = true;
        },
        notify: ({ notice }) => {
          told.add(`${notice.to} ${notice.what} ${notice.because ?? ''}`.trim());
          return { kind: 'told', seq: notice.seq };
        },
        report: ({ notice }) => {
          told.add(`${notice.to} ${notice.what} ${notice.because ?? ''}`.trim());
          return { kind: 'told', seq: notice.seq };
        },
      }),
      {
        store: {
          ...NO_STORE,
          read: () => store,
          write: (_, state) => {
            store = structuredClone<Plain>(state);
            floor = Math.max(floor, (state as UpdateState).floor);
            cuts('state');
          },
        },
        clock: { now: () => now },
        fault: (thrown) => {
          throw thrown;
        },
      },
    );
    for (let hours = 0; hours < HOURS && !restart.asked; hours += 1) {
      await room.idle();
      if (restart.asked || on.rests(room.state(), running)) break;
      if (room.state().check.minute === null) await room.dispatch({ kind: 'initialised', minute: 120 });
      else {
        now += HOUR;
        await room.dispatch({ kind: 'ticked' });
      }
    }
    await room.idle();
    await room.close();
    // a restart in good order leaves nothing unsynced
    found = memory.synced();
    if (!restart.asked) return { state: room.state(), running, left: remains(found), starts };
  }
};

/** Every distinct thing that a power cut leaves, and every one that a second cut leaves while the device recovers. */
export const enumerateCuts = async (
  first: Remains,
  around: Surroundings,
  rests: (state: UpdateState, running: Beginning) => boolean,
  check: (lived: Lived, cut: string) => void,
  began: (how: string) => (beginning: Beginning, floor: number, disk: Disk) => void,
): Promise<{ readonly once: number; readonly twice: number; readonly cuts: number }> => {
  const seen = new Set<string>();
  let cuts = 0;
  /** From there to rest, cut at every effect: what is left that nobody has seen before. */
  const cutEverywhere = async (
    from: Remains,
    how: string,
    which: 'news' | 'latest',
  ): Promise<(readonly [how: string, left: Remains])[]> => {
    const found: (readonly [string, Remains])[] = [];
    const lived = await live(from, around, {
      rests,
      which,
      began: began(how),
      cut: (left, after) => {
        cuts += 1;
        const key = `${keyOf(left.disk)} ${textOf(left.store)} ${left.told.join()}`;
        if (seen.has(key)) return;
        seen.add(key);
        found.push([`${how}, cut after ${after}`, left]);
      },
    });
    check(lived, how);
    return found;
  };
  const once = await cutEverywhere(first, 'whole', 'news');
  const twice: (readonly [string, Remains])[] = [];
  for (const [how, left] of once) twice.push(...(await cutEverywhere(left, how, 'latest')));
  for (const [how, left] of twice) {
    const lived = await live(left, around, { rests, began: began(how) });
    check(lived, how);
  }
  return { once: once.length, twice: twice.length, cuts };
};

const textOf = (store: Plain | undefined): string => {
  if (typeof store !== 'object' || store === null) return String(store);
  const text = texts.get(store) ?? JSON.stringify(store);
  texts.set(store, text);
  return text;
};
const texts = new WeakMap<object, string>();

const NO_STORE = {
  writeAll: () => undefined,
  erase: () => undefined,
  appendEvent: () => undefined,
  events: () => [],
  close: () => undefined,
} as const;
