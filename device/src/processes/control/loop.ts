import type { ExternalSensor } from '@hearthward/product';
import type { Control, Millis } from '../../seams.ts';
import { openSensing } from '../../board/sensing/sensing.ts';
import type { OfControl, ToControl } from './messages.ts';

export interface RunningLoop {
  readonly heard: (message: ToControl) => void;
  readonly stop: () => void;
}

/** A product's loop by a timer of this process; it ticks once before this returns. */
export const runLoop = (
  { everyMillis, begin }: Control,
  first: ToControl,
  on: {
    readonly declared: readonly ExternalSensor[];
    /** runs evenly, whatever happens to the clock */
    readonly now: () => Millis;
    readonly said: (message: OfControl) => void;
    readonly fault: (thrown: unknown) => void;
  },
): RunningLoop => {
  const loop = begin(first.command);
  const { sense, discarded } = openSensing(on.declared, loop.sensors ?? {}, on.now);
  let tick = 0;
  const once = (): void => {
    try {
      const reading = loop.tick(sense());
      on.said({ of: 'control', tick: ++tick, reading, discarded: discarded() });
    } catch (thrown) {
      on.fault(thrown);
    }
  };
  once();
  const timer = setInterval(once, everyMillis);
  return { heard: ({ command }) => loop.command(command), stop: () => clearInterval(timer) };
};
