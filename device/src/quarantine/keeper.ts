import type { Watch } from '../integrity/watch.ts';
import type { Millis } from '../seams.ts';
import type { Disk } from '../updates/slots/disk.ts';
import { decideQuarantine, type Quarantine, type QuarantineEvent } from './decide.ts';
import type { OfQuarantine, ToQuarantine } from './messages.ts';
import { markBegun, readQuarantine, writeQuarantine } from './record.ts';

export interface WatchedSoftware extends Pick<Watch, 'every' | 'now'> {
  /** whether what runs is, at this moment, what its maker signed: else nothing that it says ends anything */
  readonly isGenuine: () => boolean;
}

export interface QuarantineKeeper {
  readonly state: () => Quarantine;
  readonly hear: (event: QuarantineEvent) => void;
  /** from core, read by its schema */
  readonly asked: (message: ToQuarantine) => void;
  readonly close: () => void;
}

const TICK_MILLIS = 15_000;

/** Keeps the record, for whoever lives longest: the loader of a device in slots, else `boot`. */
export const keepQuarantine = (given: {
  readonly dataDir: string;
  readonly disk: Disk;
  readonly now: () => Millis;
  /** the device's processes hear of every change */
  readonly say: (message: OfQuarantine) => void;
  /** what watches the running software; undefined where no manifest says what it should be */
  readonly software: () => WatchedSoftware | undefined;
}): QuarantineKeeper => {
  const { dataDir, disk, now, say } = given;
  let state = readQuarantine(disk, dataDir, now());

  const hear = (event: QuarantineEvent): void => {
    const decided = decideQuarantine(state, event, now());
    if (decided.state === state) return;
    writeQuarantine(disk, dataDir, decided.state);
    state = decided.state;
    say({ of: 'quarantine', state });
  };
  const look = (software: WatchedSoftware | undefined): void => {
    const told = (looked: OfQuarantine['looked']): void =>
      say({ of: 'quarantine', state, ...(looked ? { looked } : {}) });
    if (!software) return told('unknown');
    software.now().then(
      ({ ok }) => told(ok ? 'whole' : 'altered'),
      // the watch has ended: whoever asked hears nothing, and asks again
      () => undefined,
    );
  };
  const timer = setInterval(() => state.held && hear({ kind: 'ticked' }), TICK_MILLIS);
  return {
    state: () => state,
    hear,
    asked: ({ say: event }) => {
      const software = given.software();
      switch (event.kind) {
        case 'decided':
          // G045 PL-1-4: an owner's word that comes from altered software is not the owner's
          if (software?.isGenuine() ?? true) hear(event);
          return say({ of: 'quarantine', state, answers: event.incident });
        case 'begun':
          return markBegun(disk, dataDir);
        case 'look':
          return look(software);
        case 'every':
          return software?.every(event.millis);
        case 'violated':
        case 'recovered':
          return hear(event);
      }
    },
    close: () => clearInterval(timer),
  };
};
