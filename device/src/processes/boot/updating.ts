import type { ChildProcess } from 'node:child_process';
import { Value } from 'typebox/value';
import type { PlainFault } from '../../driver/faults.ts';
import { OfUpdater, type ToUpdater } from '../../updates/running/messages.ts';
import type { SlotName } from '../../updates/slots/records.ts';
import { FromChild } from '../messages.ts';
import { endChild, ended, startChild } from './children.ts';
import { updaterFlags } from './privileges.ts';
import { decideSupervision, UNTROUBLED, type Supervision } from './supervise.ts';

export interface Updating {
  /** nothing where the updater has ended or has not begun: core says it again */
  readonly tell: (message: ToUpdater) => void;
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/** After so much trouble the updater is tried again: a device works without updates, and should not stay without them. */
const REST_MILLIS = 10 * 60_000;

/** Keeps the updater running beside the pair. What becomes of it never ends the device. */
export const startUpdating = (
  { productModule, dataDir, slot }: Readonly<{ productModule: string; dataDir: string; slot: SlotName }>,
  on: { readonly said: (message: OfUpdater) => void; readonly beginAgain: () => void },
): Updating => {
  let supervision: Supervision = UNTROUBLED;
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;

  const start = (): void => {
    const command = [productModule, '--data', dataDir, '--role', 'updater', '--slot', slot];
    const started = startChild(updaterFlags(), command, 'ignore');
    let fault: PlainFault | undefined;
    let how = 'not started';
    child = started;
    started.on('message', (message: unknown) => {
      if (Value.Check(OfUpdater, message)) on.said(message);
      else if (Value.Check(FromChild, message)) {
        if (message.type === 'fault') fault = message.fault as PlainFault;
        if (message.type === 'restart') on.beginAgain();
      }
    });
    gone = ended(started, {
      failed: (cause) => (how = cause.message),
      exited: (said) => (how = said),
    });
    void gone.then(() => again(how, fault));
  };

  const again = (how: string, fault: PlainFault | undefined): void => {
    if (stopping) return;
    const now = Date.now();
    const { state, effects } = decideSupervision(
      supervision,
      { process: 'updater', how, ...(fault ? { fault } : {}) },
      now,
    );
    supervision = state;
    for (const effect of effects) {
      if (effect.kind === 'give-up') {
        process.stderr.write(`${effect.fault.message} (${effect.fault.code}). ${effect.fault.cure}\n`);
        supervision = UNTROUBLED;
      }
      timer = setTimeout(start, effect.kind === 'start' ? effect.inMillis : REST_MILLIS);
    }
  };

  start();
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
