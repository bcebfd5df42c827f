import { Value } from 'typebox/value';
import { keepQuarantine } from '../../quarantine/keeper.ts';
import { OfQuarantine, type ToQuarantine } from '../../quarantine/messages.ts';
import { readQuarantine } from '../../quarantine/record.ts';
import { systemDisk } from '../../updates/slots/disk.ts';

export interface StandingQuarantine {
  readonly isHeld: () => boolean;
  readonly tell: (message: ToQuarantine) => void;
  readonly stop: () => void;
}

/** The way from core to the record: over the loader, which no update replaces, else kept right here. */
export const standQuarantine = (
  { dataDir, loaded, everyMillis }: Readonly<{ dataDir: string; loaded: boolean; everyMillis: number | undefined }>,
  changed: (message: OfQuarantine) => void,
): StandingQuarantine => {
  if (loaded && process.connected) {
    let { held } = readQuarantine(systemDisk, dataDir, Date.now());
    const heard = (message: unknown): void => {
      if (!Value.Check(OfQuarantine, message)) return;
      ({ held } = message.state);
      changed(message);
    };
    // boundary quarantine-line: loader -> OfQuarantine, at most nothing: a line that Node inherits, else not heard;
    //   device/test/quarantine/quarantine.test.ts
    process.on('message', heard);
    const tell = (message: ToQuarantine): void => void (process.connected && process.send?.(message));
    if (everyMillis !== undefined) tell({ to: 'quarantine', say: { kind: 'every', millis: everyMillis } });
    return {
      isHeld: () => held !== null,
      tell,
      stop: () => void process.off('message', heard),
    };
  }
  const keeper = keepQuarantine({
    dataDir,
    disk: systemDisk,
    now: Date.now,
    say: changed,
    // outside of slots no manifest says what the software should be
    software: () => undefined,
  });
  return { isHeld: () => keeper.state().held !== null, tell: keeper.asked, stop: keeper.close };
};
