import { Release } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { openRoom, type Room } from '../driver/room.ts';
import type { Clock, Millis, StateStore } from '../seams.ts';
import { slotExecutors, type SlotBackend } from './backend.ts';
import { checkOffers } from './check.ts';
import { decideUpdates } from './decide.ts';
import { fetchCandidate, sourceOf, verifyCandidate, type Fetched, type FetchingWorld } from './fetching.ts';
import { updatesRoom } from './room.ts';
import { Notice, type Candidate, type Choice, type UpdateState } from './state.ts';
import type { DeviceFacts, Health, OfferedRelease, UpdateEvent } from './steps/events.ts';

/**
 * Updates at work: the machine of `decide.ts` with metadata, download and slots behind it.
 *
 * Guarantees what `updates.ts` says; a step that takes its time runs beside the machine, once at a time, and is stopped
 * where the machine no longer wants it. Leaves to the caller how people and the manufacturer are told, how the
 * device restarts, and what healthy means.
 */
export interface UpdatesWorld {
  readonly store: Pick<StateStore, 'read' | 'write'>;
  readonly clock: Clock;
  readonly fetching: Omit<FetchingWorld, 'progress'>;
  readonly backend: SlotBackend;
  readonly device: DeviceFacts;
  /** in good order; the next start is of the slot that the record names */
  readonly restart: () => void;
  /** looks at an image on trial for as long as the product declares, and says how it was; rejects where it is stopped */
  readonly watch: (signal: AbortSignal) => Promise<Health>;
  /** what else is asked of the repository with each check */
  readonly besides?: (signal: AbortSignal) => Promise<void>;
  readonly notify: (notice: Notice) => void | Promise<void>;
  /** resolves when the manufacturer's services have it, or it lies where it is sent from */
  readonly report: (notice: Notice) => Promise<void>;
  /** 0 up to but without 1; for the minute of the daily check and the place within a jitter */
  readonly draw: () => number;
  readonly fault: (thrown: unknown) => void;
  /** `decideUpdates` where absent */
  readonly decide?: typeof decideUpdates;
}

export interface Updates {
  readonly state: () => UpdateState;
  /** what was signed about the release that is handled, for people to read; as of the last check that knew it */
  readonly release: () => Release | undefined;
  /** how the last update ended that people were told of */
  readonly ended: () => Notice | undefined;
  /** share of the download that has come, 0 to 1; undefined where none runs */
  readonly progress: () => number | undefined;
  /** once, when the device is set up; again is the same */
  readonly initialised: () => Promise<UpdateState>;
  readonly check: () => Promise<UpdateState>;
  readonly agree: (digest: string) => Promise<UpdateState>;
  readonly postpone: (until: Millis | null) => Promise<UpdateState>;
  readonly choose: (choice: Choice) => Promise<UpdateState>;
  readonly clear: () => Promise<UpdateState>;
  /** to be called about once a minute: what is due by the clock */
  readonly tick: () => Promise<UpdateState>;
  /** the device is about to stop in good order */
  readonly stopping: () => Promise<UpdateState>;
  /** resolves when nothing is decided any more, and nothing runs beside the machine */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const openUpdates = (world: UpdatesWorld): Updates => {
  const { backend, device, draw } = world;
  const beside = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  const everything = new AbortController();
  let part: number | undefined;
  const fetching: FetchingWorld = {
    ...world.fetching,
    progress: (bytes, of) => {
      part = of === 0 ? 1 : bytes / of;
    },
  };

  /** Runs beside the machine, once for each name, and tells it later how it went; after one that was stopped, when that has ended. */
  const run = (name: string, work: (signal: AbortSignal) => Promise<UpdateEvent>): void => {
    const before = beside.get(name);
    if (before && !before.stop.signal.aborted) return;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, everything.signal]);
    const done = (async () => {
      await before?.done;
      try {
        if (signal.aborted) return;
        const event = await work(signal);
        if (!signal.aborted) await room.dispatch(event);
      } catch (thrown) {
        if (!signal.aborted) world.fault(thrown);
      } finally {
        if (beside.get(name)?.stop === stop) beside.delete(name);
      }
    })();
    beside.set(name, { stop, done });
  };
  const outcome = (candidate: Candidate, done: Fetched, well: 'fetched' | 'verified'): UpdateEvent => {
    const { digest } = candidate.image;
    return done.ok ? { kind: well, digest } : { kind: 'step-failed', digest, because: done.because };
  };

  const room: Room<UpdateState, UpdateEvent> = openRoom(
    updatesRoom(world.decide ?? decideUpdates, {
      ...slotExecutors(backend, async (candidate) => sourceOf(fetching, candidate)),
      check: () =>
        run('check', async (signal) => {
          const found = await checked(signal);
          await world.besides?.(signal).catch(world.fault);
          return found.ok
            ? { kind: 'offers', offers: found.offers, unfounded: found.unfounded, device, random: draw() }
            : { kind: 'check-failed', because: found.because };
        }),
      'fetch-image': ({ candidate }) =>
        run('fetch', async (signal) => {
          try {
            return outcome(
              candidate,
              await asStep(() => fetchCandidate(fetching, candidate, signal), world.fault, signal),
              'fetched',
            );
          } finally {
            part = undefined;
          }
        }),
      'stop-fetch': () => {
        beside.get('fetch')?.stop.abort();
      },
      'verify-image': async ({ candidate }) =>
        outcome(
          candidate,
          await asStep(async () => verifyCandidate(fetching, candidate), world.fault, everything.signal),
          'verified',
        ),
      restart: () => world.restart(),
      'watch-health': () => run('health', async (signal) => ({ kind: 'health', ...(await world.watch(signal)) })),
      notify: async ({ notice }) => {
        if (ENDINGS.has(notice.what)) world.store.write(ENDED_ROOM, notice);
        await world.notify(notice);
        return { kind: 'told', seq: notice.seq };
      },
      report: async ({ notice }) => {
        await world.report(notice);
        return { kind: 'told', seq: notice.seq };
      },
    }),
    world,
  );

  const remembered = (): readonly Known[] => {
    const stored = world.store.read(KNOWN_ROOM);
    return Value.Check(AllKnown, stored) ? stored : [];
  };
  const checked = async (signal: AbortSignal): ReturnType<typeof checkOffers> => {
    try {
      const found = await checkOffers(fetching.metadata, fetching.get, device.product, signal);
      // before the machine hears of it, so that nobody is asked about what cannot be shown
      if (found.ok) world.store.write(KNOWN_ROOM, known(found.offers, room.state().candidate, remembered()));
      return found;
    } catch (thrown) {
      if (!signal.aborted) world.fault(thrown);
      return { ok: false, because: 'fault' };
    }
  };

  return {
    state: room.state,
    release: () => {
      const digest = room.state().candidate?.image.digest;
      return remembered().find((each) => each.digest === digest)?.release;
    },
    ended: () => {
      const stored = world.store.read(ENDED_ROOM);
      return Value.Check(Notice, stored) ? stored : undefined;
    },
    progress: () => part,
    initialised: () => room.dispatch({ kind: 'initialised', minute: Math.floor(draw() * 1440) }),
    check: () => room.dispatch({ kind: 'check-asked' }),
    agree: (digest) => room.dispatch({ kind: 'agreed', digest }),
    postpone: (until) => room.dispatch({ kind: 'postponed', until }),
    choose: (choice) => room.dispatch({ kind: 'chose', choice }),
    clear: () => room.dispatch({ kind: 'cleared' }),
    tick: () => room.dispatch({ kind: 'ticked' }),
    stopping: () => room.dispatch({ kind: 'stopping' }),
    idle: async () => {
      do {
        await Promise.all([...beside.values()].map(({ done }) => done));
        await room.idle();
      } while (beside.size > 0);
    },
    close: async () => {
      everything.abort();
      await Promise.all([...beside.values()].map(({ done }) => done));
      await room.close();
    },
  };
};

const ENDED_ROOM = 'update-ended';
const ENDINGS: ReadonlySet<Notice['what']> = new Set(['installed', 'rolled-back', 'rejected', 'refused']);

/** The words of the releases that were offered last, and of the one that is handled though it is offered no more. */
const KNOWN_ROOM = 'update-releases';
const Known = Type.Object({ digest: Type.String(), release: Release }, { additionalProperties: false });
type Known = Static<typeof Known>;
const AllKnown = Type.Array(Known, { maxItems: 33 });

const known = (
  offers: readonly OfferedRelease[],
  candidate: Candidate | null,
  before: readonly Known[],
): readonly Known[] => {
  const now = offers.map(({ release, target }) => ({ digest: target.sha256, release }));
  const handled = before.find(({ digest }) => digest === candidate?.image.digest);
  return handled && !now.some(({ digest }) => digest === handled.digest) ? [...now, handled] : now;
};

/** A full disk and other faults of the place end a step; the machine tries it again. */
const asStep = async (
  work: () => Promise<Fetched>,
  fault: (thrown: unknown) => void,
  signal: AbortSignal,
): Promise<Fetched> => {
  try {
    return await work();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException | null)?.code === 'ENOSPC') return { ok: false, because: 'no-space' };
    // what was stopped has no fault, and nobody waits for its outcome
    if (!signal.aborted) fault(thrown);
    return { ok: false, because: 'fault' };
  }
};
