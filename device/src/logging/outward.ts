import { randomInt } from 'node:crypto';
import type { Declaration } from '@hearthward/product';
import type { Channel, RecordEvent } from '../channel/channel.ts';
import { every } from '../driver/every.ts';
import type { Outbound } from '../exposure/outbound.ts';
import type { Clock, Millis } from '../seams.ts';
import type { SealedStore } from '../store/store.ts';
import type { LogEntry } from './chain/entry.ts';
import type { Seal } from './chain/seal.ts';
import { openForwarding, type LogForwarding } from './forwarding/forwarding.ts';
import { LOG_EVERY } from './open.ts';
import { openReporting } from './reporting.ts';

/** Where the log goes besides the disk: reports to the manufacturer, all of it to a server of the owner's where they want it. */
export interface Outward {
  readonly written: (entry: LogEntry) => void;
  readonly sealed: (seal: Seal) => void;
  /** where the owner wants it to go, for whoever lets it pass */
  readonly chosen: LogForwarding['chosen'];
  readonly checks: LogForwarding['checks'];
  /** offered where the product declares such a way */
  readonly forPanel: { readonly forwarding?: LogForwarding };
  /** nowhere any more, and forgotten where it went */
  readonly end: () => void;
}

export const openOutward = (
  given: {
    readonly declaration: Declaration;
    readonly draw?: () => number;
    readonly fault: (thrown: unknown) => void;
  },
  world: {
    readonly store: SealedStore;
    readonly channel: Channel;
    readonly outbound: Outbound;
    readonly bundle: { readonly deviceId: string };
    readonly running: () => Millis;
    readonly clock: Clock;
    readonly record: RecordEvent;
    /** the owner has named another server, or none */
    readonly moved: () => void;
    /** called last to first when the device ends */
    readonly closers: (() => void)[];
  },
): Outward => {
  const { log } = world.store;
  const reporting = openReporting({ log, channel: world.channel, fault: given.fault });
  const forwarding = openForwarding({
    ...world,
    declaration: given.declaration,
    deviceId: world.bundle.deviceId,
    log,
    now: world.clock.now,
    draw: given.draw ?? drawn,
  });
  world.closers.push(forwarding.close, every(LOG_EVERY, forwarding.look, given.fault));
  return {
    written: (entry) => {
      reporting.written(entry);
      forwarding.look();
    },
    sealed: reporting.sealed,
    chosen: forwarding.chosen,
    checks: forwarding.checks,
    forPanel: forwarding.possible ? { forwarding } : {},
    end: () => forwarding.choose(undefined),
  };
};

const DRAWS = 2 ** 32;
// no key: how long to wait before the next try
const drawn = (): number => randomInt(DRAWS) / DRAWS;
