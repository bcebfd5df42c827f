import type { ChildProcess, Serializable } from 'node:child_process';
import { Value } from 'typebox/value';
import type { PlainFault } from '../../driver/faults.ts';
import { FromChild } from '../messages.ts';
import { endChild, ended } from './children.ts';
import { decideSupervision, UNTROUBLED, type ProcessName, type Supervision } from './supervise.ts';

export interface Kept {
  /** nothing where it has ended or has not begun */
  readonly tell: (message: Serializable) => void;
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/** After so much trouble it is tried again: a device works without what is kept like this, and should not stay without it. */
const REST_MILLIS = 10 * 60_000;

/**
 * Keeps one process running, started again ever later while it keeps ending. What becomes of it never ends the device.
 * `start` gives undefined where there is nothing left to start.
 */
export const keepRunning = (
  name: ProcessName,
  start: () => ChildProcess | undefined,
  heard: (message: unknown) => void,
): Kept => {
  let supervision: Supervision = UNTROUBLED;
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;

  const begin = (): void => {
    child = start();
    if (!child) return;
    let fault: PlainFault | undefined;
    let how = 'not started';
    // boundary kept-process: a child that is kept running -> FromChild, at most nothing: a line that Node inherits, else whoever asked reads it;
    // device/test/processes/supervise.test.ts
    child.on('message', (message: unknown) => {
      if (Value.Check(FromChild, message) && message.type === 'fault') fault = message.fault as PlainFault;
      else heard(message);
    });
    gone = ended(child, {
      failed: (cause) => (how = cause.message),
      exited: (said) => (how = said),
    });
    void gone.then(() => again(how, fault));
  };

  const again = (how: string, fault: PlainFault | undefined): void => {
    if (stopping) return;
    const ending = { process: name, how, ...(fault ? { fault } : {}) };
    const { state, effects } = decideSupervision(supervision, ending, Date.now());
    supervision = state;
    for (const effect of effects) {
      if (effect.kind === 'give-up') {
        process.stderr.write(`${effect.fault.message} (${effect.fault.code}). ${effect.fault.cure}\n`);
        supervision = UNTROUBLED;
      }
      timer = setTimeout(begin, effect.kind === 'start' ? effect.inMillis : REST_MILLIS);
    }
  };

  begin();
  return {
    tell: (message) => {
      if (child?.connected) child.send(message, () => undefined);
    },
    pid: () => child?.pid,
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      if (child) await endChild(child, gone);
    },
  };
};
