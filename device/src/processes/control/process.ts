import type { ExternalSensor } from '@hearthward/product';
import { plainFault } from '../../driver/faults.ts';
import type { Control } from '../../seams.ts';
import type { FromChild } from '../messages.ts';
import { isOrphan } from '../orphan.ts';
import { runLoop, type RunningLoop } from './loop.ts';
import { commandIn, type OfControl } from './messages.ts';

/**
 * The process of the control loop. It has no network, no key, no file to write, and nothing but the line to whoever
 * started it: commands come in, readings go out.
 */
export const runControl = (control: Control, declared: readonly ExternalSensor[]): void => {
  let loop: RunningLoop | undefined;
  const stop = (): void => {
    loop?.stop();
    if (process.connected) process.disconnect?.();
  };
  const end = (thrown: unknown): void => {
    process.exitCode = 1;
    tell({ type: 'fault', fault: plainFault(thrown) });
    stop();
  };
  process.once('disconnect', stop);
  process.once('SIGTERM', stop);
  // Ctrl-C reaches the whole group; whoever started this decides.
  process.on('SIGINT', () => undefined);
  // The one place where a fault of the loop ends; it is started again with the last command.
  process.once('uncaughtException', end);
  if (isOrphan()) return stop();
  // boundary loop-command: core, over boot -> commandIn, at most LONGEST_COMMAND, else not heard;
  // device/test/processes/loop.test.ts
  process.on('message', (message: unknown) => {
    const command = commandIn(message);
    if (!command) return;
    if (loop) loop.heard(command);
    else loop = runLoop(control, command, { declared, now: () => performance.now(), said: tell, fault: raise });
  });
};

/** A loop that fails is begun anew, not patched. */
const raise = (thrown: unknown): never => {
  throw thrown;
};
const tell = (message: OfControl | FromChild): void => {
  if (process.connected) process.send?.(message);
};
