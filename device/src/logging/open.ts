import type { RecordEvent } from '../channel/channel.ts';
import { asFault } from '../driver/faults.ts';
import type { EventTime, Millis, SecurityEvent, StateStore } from '../seams.ts';
import type { Signer } from '../secrets/signer.ts';
import { EVENT_LOG, type SealedStore } from '../store/store.ts';
import type { LogEntry } from './chain/entry.ts';
import type { Seal } from './chain/seal.ts';
import type { Recorder } from './record.ts';
import { decideRepeats, type RepeatsEvent, type RepeatsState } from './repeats/decide.ts';

/** How often the log is looked after: what was counted is written, and what is not under a seal gets one. */
export const LOG_EVERY = 5_000;
/** An entry is under a seal this long after it was written, at the latest; a vital one at the next look. */
const SEAL_WITHIN = 60_000;

export interface Log {
  readonly record: RecordEvent;
  /** the store as rooms see it: what they append goes through the log */
  readonly store: StateStore;
  /** to be called every `LOG_EVERY` */
  readonly look: () => Promise<void>;
  readonly seal: () => Promise<void>;
  /** tells of what is written and sealed from now on; of what was before nobody is told */
  readonly follow: (follower: Follower) => void;
  /** what was counted is written, and everything sealed */
  readonly close: () => Promise<void>;
}

export interface Follower {
  /** hears what was written, durably */
  readonly written: (entry: LogEntry) => void;
  /** hears of each seal */
  readonly sealed: (seal: Seal) => void;
}

/** The log of a running device: repeats are counted, each entry has its time, and the signer vouches for how far it came. */
export const openLog = (world: {
  readonly store: SealedStore;
  readonly recorder: Recorder;
  readonly repeats: typeof decideRepeats;
  readonly signer: Pick<Signer, 'sealLog'>;
  readonly deviceId: string;
  /** time of day, for `at` */
  readonly now: () => Millis;
  /** since the start */
  readonly time: () => EventTime;
  /** hears what happened, also what is only counted */
  readonly heard: (event: SecurityEvent) => void;
  readonly fault: (thrown: unknown) => void;
}): Log => {
  const { store } = world;
  let follower: Follower | undefined;
  let repeats: RepeatsState = {};
  /** of the last seal, and when; vital entries since then make one due */
  let sealed = -1;
  let sealedAt = -Infinity;
  let urgent = false;
  let sealing: Promise<void> | undefined;

  const write = (event: RepeatsEvent): readonly LogEntry[] => {
    const decision = world.repeats(repeats, event, world.time().up);
    repeats = decision.state;
    return decision.effects.flatMap((effect) => {
      const entry = store.appendEvent(effect.event, world.time());
      urgent ||= entry?.priority === 'vital';
      return entry ? [entry] : [];
    });
  };
  const tell = (entry: LogEntry): void => follower?.written(entry);
  const handle = (event: RepeatsEvent): void => write(event).forEach(tell);
  const append = (event: SecurityEvent): void => {
    const entries = write({ kind: 'happened', event });
    // first whoever acts on it: the channel is opened by the end of the set-up, which it then reports
    world.heard(event);
    entries.forEach(tell);
  };

  // G045 PL-4-2: what lies under a seal can be changed by nobody who does not hold the signer's key
  const seal = async (): Promise<void> => {
    const log = store.log.state();
    const made: Seal = await world.signer.sealLog(
      JSON.stringify({ device: world.deviceId, at: new Date(world.now()).toISOString(), log }),
    );
    // An erasure meanwhile has begun another chain: this seal is for one that is gone.
    if (store.log.state().chain !== log.chain) return;
    // the store keeps what binds the whole log; the reports' part is for whoever has only those
    const { reports: _told, ...kept } = made;
    store.log.keepSeal(kept);
    sealed = log.seq;
    sealedAt = world.time().up;
    urgent = false;
    follower?.sealed(made);
  };
  const sealOnce = (): Promise<void> => (sealing ??= seal().finally(() => (sealing = undefined)));
  const isDue = (): boolean =>
    store.log.state().seq !== sealed && (urgent || world.time().up - sealedAt >= SEAL_WITHIN);

  return {
    record: (kind, detail) => {
      const event = world.recorder(kind, detail, world.now());
      if (event) append(event);
    },
    store: {
      ...store,
      appendEvent: append,
      erase: (rooms) => {
        // what was counted is erased with the rest
        if (rooms.includes(EVENT_LOG)) repeats = {};
        store.erase(rooms);
      },
      events: (limit) => {
        handle({ kind: 'told' });
        return store.events(limit);
      },
    },
    look: async () => {
      handle({ kind: 'looked' });
      if (isDue()) await sealOnce();
    },
    seal: sealOnce,
    follow: (to) => void (follower = to),
    close: async () => {
      handle({ kind: 'told' });
      // A signer that is gone already must not keep the device from ending; the next start seals what is here.
      await sealOnce().catch((thrown: unknown) => world.fault(asFault(thrown)));
    },
  };
};
