import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { slotsFolderOf } from '../../updates/running/folders.ts';
import type { Beginning } from '../../updates/slots/begin.ts';
import { systemDisk } from '../../updates/slots/disk.ts';
import type { SlotState } from '../../updates/slots/records.ts';
import { isOnTrial, readRecord } from '../../updates/slots/slots.ts';
import { placesOf } from '../../updates/slots/verify.ts';
import type { ControlImage, Keeper } from './keeper.ts';
import { commandIn, ToKeeper } from './messages.ts';

/** How often the slot record is asked whether the image on trial has been confirmed. */
const LOOK_EVERY_MILLIS = 1_000;

/** What the loader hears from `boot` of a slot for the control loop; everything else is passed on. */
export const serveControl = (
  keeper: Keeper,
  dataDir: string,
  { slot, image, entry }: Beginning,
  boot: ChildProcess,
  passOn: (message: Parameters<typeof boot.send>[0]) => void,
): void => {
  const folder = slotsFolderOf(dataDir);
  /** what the record says of this image; undefined where its slot holds another one */
  const stateNow = (): SlotState | undefined => {
    const held = readRecord(systemDisk, folder)?.record.slots[slot];
    return held && held.state !== 'empty' && held.image.digest === image.digest ? held.state : undefined;
  };
  let looking: NodeJS.Timeout | undefined;
  const runs = ({ has, separation }: ToKeeper): void => {
    const one: ControlImage = {
      id: image.digest,
      module: join(placesOf(folder, slot).files, entry),
      has,
      separation,
      onTrial: isOnTrial(systemDisk, folder, slot),
      // one that is staged anew may still be written
      isThere: () => !['staged', undefined].includes(stateNow()),
    };
    keeper.runs(one);
    if (!one.onTrial || looking) return;
    looking = setInterval(() => {
      if (stateNow() !== 'confirmed') return;
      clearInterval(looking);
      keeper.runs({ ...one, onTrial: false });
    }, LOOK_EVERY_MILLIS);
  };
  boot.once('exit', () => clearInterval(looking));
  // boundary loader-hears-boot: boot of a slot -> commandIn, at most LONGEST_COMMAND, else passed on;
  // device/test/processes/loop.test.ts
  boot.on('message', (message) => {
    const command = commandIn(message);
    if (command) keeper.heard(command);
    else if (Value.Check(ToKeeper, message)) runs(message);
    else passOn(message);
  });
};
