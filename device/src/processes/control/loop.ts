import type { Control } from '../../seams.ts';
import type { OfControl, ToControl } from './messages.ts';

export interface RunningLoop {
  readonly heard: (message: ToControl) => void;
  readonly stop: () => void;
}

/** A product's loop by a timer of this process; it ticks once before this returns. */
export const runLoop = (
  { everyMillis, begin }: Control,
  first: ToControl,
  on: { readonly said: (message: OfControl) => void; readonly fault: (thrown: unknown) => void },
): RunningLoop => {
  const loop = begin(first.command);
  let tick = 0;
  const once = (): void => {
    try {
      const reading = loop.tick();
      on.said({ of: 'control', tick: ++tick, reading });
    } catch (thrown) {
      on.fault(thrown);
    }
  };
  once();
  const timer = setInterval(once, everyMillis);
  return { heard: ({ command }) => loop.command(command), stop: () => clearInterval(timer) };
};
