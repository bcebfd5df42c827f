import type { TimeSource } from '@hearthward/protocol';
import type { RecordEvent } from '../channel.ts';
import type { Clock, Millis, StateStore } from '../../seams.ts';
import { openClock, type FlooredClock } from '../clock/clock.ts';
import { openTime, type KnownTime } from './time.ts';

/** All that a device knows of the time, and what it rests on; each change of that is recorded. */
export interface StandingTime {
  readonly floored: FlooredClock;
  readonly time: KnownTime;
  /** the host's clock may be behind its floor: then nothing but that is known */
  readonly source: () => TimeSource;
}

export const standInTime = (world: {
  readonly store: Pick<StateStore, 'read' | 'write'>;
  readonly clock: Clock;
  readonly running: () => Millis;
  /** when the factory made the device, ISO 8601 */
  readonly bundle: { readonly madeAt: string };
  readonly record: RecordEvent;
}): StandingTime => {
  const { store, clock, running, bundle, record } = world;
  const setBack = (bySeconds: number): void => record('time-set-back', { bySeconds });
  const floored = openClock({ store, system: clock, madeAt: bundle.madeAt, setBack });
  const time = openTime({
    clocks: () => ({ host: floored.now(), running: running() }),
    changed: ({ kind, ...detail }) => record(`time-${kind}`, detail),
  });
  return { floored, time, source: () => (time.source() === 'services' ? 'services' : floored.source()) };
};
