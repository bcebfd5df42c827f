import { Value } from 'typebox/value';
import { openKeeper } from '../control/keeper.ts';
import { OfControl, type ToControl, type ToKeeper } from '../control/messages.ts';
import type { Separation } from './users.ts';

export interface StandingControl {
  readonly tell: (message: ToControl) => void;
  /** of the loop, where this process keeps it */
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/** The way from core to the control loop: over the loader, which lives through a switch of slots, else kept right here. */
export const standControl = (
  given: Readonly<{
    dataDir: string;
    productModule: string;
    has: boolean;
    loaded: boolean;
    separation: Separation;
  }>,
  said: (message: OfControl) => void,
): StandingControl => {
  const { dataDir, productModule, has, loaded, separation } = given;
  if (loaded && process.connected) {
    const heard = (message: unknown): void => {
      if (Value.Check(OfControl, message)) said(message);
    };
    const say = (message: ToControl | ToKeeper): void => {
      if (process.connected) process.send?.(message);
    };
    // boundary boot-hears-loop: the loader -> OfControl, at most nothing: a line that Node inherits, else not heard;
    // device/test/processes/loop.test.ts
    process.on('message', heard);
    say({ to: 'keeper', has, separation });
    return {
      tell: say,
      pid: () => undefined,
      stop: async () => {
        process.off('message', heard);
      },
    };
  }
  const keeper = openKeeper(dataDir, said);
  keeper.runs({ id: productModule, module: productModule, has, separation, onTrial: false, isThere: () => true });
  return { tell: keeper.heard, pid: keeper.pid, stop: keeper.stop };
};
