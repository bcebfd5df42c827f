import { randomInt } from 'node:crypto';
import { plainFault } from '../driver/faults.ts';
import { signaturesOf } from '../incoming/scanner.ts';
import { readFactoryBundle } from '../manufacture/bundle.ts';
import { defaultParts } from '../parts.ts';
import { readQuarantine } from '../quarantine/record.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { openOwnUpdates, type SlotSettings } from '../updates/running/own.ts';
import { serveCore } from '../updates/running/serve.ts';
import type { SlotName } from '../updates/slots/records.ts';
import { faultLog } from './fault-log.ts';
import type { FromChild } from './messages.ts';
import { isOrphan } from './orphan.ts';
import type { Device } from './run.ts';

/**
 * The process that alone writes the slots. Nobody can connect to it; it asks the manufacturer's repository and nobody
 * else, and believes what the offline keys have signed, whatever core says.
 */
export const runUpdater = async (
  { declaration, scanner }: Device,
  settings: SlotSettings,
  dataDir: string,
  slot: SlotName,
): Promise<void> => {
  let close: (() => Promise<void>) | undefined;
  const stop = async (): Promise<void> => {
    const was = close;
    close = undefined;
    await was?.();
    if (process.connected) process.disconnect?.();
  };
  const end = (thrown: unknown): void => {
    process.exitCode = 1;
    tell({ type: 'fault', fault: plainFault(thrown) });
    void stop().catch(() => process.exit());
  };
  const stopQuietly = (): void => {
    stop().catch(end);
  };
  process.once('disconnect', stopQuietly);
  process.once('SIGTERM', stopQuietly);
  // Ctrl-C reaches the whole group; boot alone decides.
  process.on('SIGINT', () => undefined);
  // The one place where an unexpected fault of this process ends; boot starts it again.
  process.once('uncaughtException', end);
  if (isOrphan()) return;

  try {
    const core = serveCore((message) => void (process.connected && process.send?.(message)));
    const own = openOwnUpdates({
      declaration,
      dataDir,
      bundle: readFactoryBundle(dataDir).bundle,
      slot,
      settings,
      signatures: signaturesOf(scanner),
      parts: defaultParts,
      restart: () => void setTimeout(tell, LAST_WORD_MILLIS, { type: 'restart' }),
      tell: core.tell,
      quarantined: () => readQuarantine(systemDisk, dataDir, Date.now()).held !== null,
      // no key: spreads a fleet over time
      draw: () => randomInt(2 ** 32) / 2 ** 32,
      fault: faultLog(),
    });
    const line = core.open(own.updates, own);
    // boundary updater-line: core, over boot -> ToUpdater, at most nothing: a line that Node inherits, and core’s memory is bounded, else not heard;
    // device/test/processes/updating.test.ts
    process.on('message', line.heard);
    close = async () => {
      line.close();
      await own.close();
    };
    tell({ type: 'ready' });
  } catch (thrown) {
    end(thrown);
  }
};

/** That the device is about to switch should reach its maker before it does: what comes up may never say anything. */
const LAST_WORD_MILLIS = 3_000;

const tell = (message: FromChild): void => void process.send?.(message);
