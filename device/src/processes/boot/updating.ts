import { Value } from 'typebox/value';
import { OfUpdater } from '../../updates/running/messages.ts';
import type { SlotName } from '../../updates/slots/records.ts';
import { FromChild } from '../messages.ts';
import { startChild } from './children.ts';
import { keepRunning, type Kept } from './keeping.ts';
import { updaterFlags } from './privileges.ts';
import type { Separation } from './users.ts';

/** Keeps the updater running beside the pair. What core told it while it was away, core says again. */
export const startUpdating = (
  given: Readonly<{ productModule: string; dataDir: string; slot: SlotName; separation: Separation }>,
  on: { readonly said: (message: OfUpdater) => void; readonly beginAgain: () => void },
): Kept => {
  const { productModule, dataDir, slot, separation } = given;
  return keepRunning(
    'updater',
    () =>
      startChild({
        name: 'updater',
        separation,
        flags: updaterFlags(),
        command: [productModule, '--data', dataDir, '--role', 'updater', '--slot', slot],
        pair: 'ignore',
      }),
    (message) => {
      if (Value.Check(OfUpdater, message)) on.said(message);
      else if (Value.Check(FromChild, message) && message.type === 'restart') on.beginAgain();
    },
  );
};
