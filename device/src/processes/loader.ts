import { spawn, type ChildProcess, type Serializable } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Value } from 'typebox/value';
import { beginStart, type Beginning } from '../updates/slots/begin.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { isOnTrial } from '../updates/slots/slots.ts';
import { placesOf } from '../updates/slots/verify.ts';
import { slotsFolderOf } from '../updates/running/folders.ts';
import type { FloorCounter } from '../updates/backend.ts';
import { tpmCounter } from '../updates/backends/tpm-counter.ts';
import { claimDataFolder } from '../store/ownership.ts';
import { guardSlots, tellOfStart, trustOf } from '../integrity/slots.ts';
import { keepQuarantine } from '../quarantine/keeper.ts';
import { ToQuarantine } from '../quarantine/messages.ts';
import { rememberRefused } from '../quarantine/refused.ts';
import { asFault, DeviceFault } from '../driver/faults.ts';
import { openKeeper } from './control/keeper.ts';
import { serveControl } from './control/slotted.ts';
import { BEGIN_AGAIN } from './messages.ts';

/**
 * The first stage, `node loader.ts --data DIR [--tpm TCTI] [--apart]`: chooses a slot, holds every byte of it against its signed manifest,
 * counts the try, and starts it; again when the device asks for it, or when an image on trial has ended by itself. It is
 * what the platform trusts without question, so it does nothing else: no network, no keys, no product code, and it
 * writes nothing but the slot record. It keeps the process of the control loop running through every switch of slots. Whoever started it hears what `boot` says, and gets its exit code.
 */
// EN 303 645 5.3-9, 5.7-1, G044 6.3.9, 6.7.1, G045 PL-2-2: nothing starts that has not been verified at this start
const load = async (dataDir: string, counter: FloorCounter | undefined, apart: boolean): Promise<number> => {
  // a second one would use up the tries of an image that runs
  claimDataFolder(dataDir, 'loader');
  const folder = slotsFolderOf(dataDir);
  let stopping = false;
  let child: ChildProcess | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stopping = true;
    child?.kill(signal);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  // Ctrl-C reaches the whole group by itself; a signal to this process alone is passed on
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('SIGTERM'));

  const keeper = openKeeper(dataDir, (reading) => {
    if (child?.connected) child.send(reading, () => undefined);
  });
  const trust = trustOf(dataDir);
  let software: ReturnType<typeof guardSlots> | undefined;
  const quarantine = keepQuarantine({
    dataDir,
    disk: systemDisk,
    now: Date.now,
    say: (message) => {
      if (child?.connected) child.send(message, () => undefined);
    },
    software: () => software,
  });
  try {
    for (;;) {
      const floor = await counter?.read();
      const beginning = beginStart(systemDisk, folder, floor, trust);
      if (!beginning.ok) throw noSlot(beginning.because);
      tellOf(beginning);
      const { slot, image } = beginning;
      const { files } = placesOf(folder, slot);
      tellOfStart(quarantine, beginning);
      const command = [join(files, beginning.entry), '--data', dataDir, '--slot', slot];
      // G045 PL-1-4: what a signature reaches is JavaScript, and nothing else is loaded (decision 0041)
      child = spawn(process.execPath, ['--no-addons', ...command, ...(apart ? ['--apart'] : [])], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      serveControl(keeper, dataDir, beginning, child, (message) => {
        if (Value.Check(ToQuarantine, message)) quarantine.asked(message);
        else say(message);
      });
      const started = child;
      let altered = false;
      software = guardSlots({
        disk: systemDisk,
        folder,
        running: { slot, image },
        floor: floor ?? 0,
        trust,
        quarantine: () => quarantine,
        beginAgain: () => {
          altered = true;
          started.kill('SIGTERM');
        },
        fault: (thrown) => process.stderr.write(`${asFault(thrown).line}\n`),
      });
      const code = await endOf(child);
      software.stop();
      if (stopping) return code === BEGIN_AGAIN ? 0 : code;
      // an image on trial that ends by itself uses up its tries, and gives way
      if (code !== BEGIN_AGAIN && !altered && !isOnTrial(systemDisk, folder, slot)) return code;
    }
  } catch (thrown) {
    rememberRefused(systemDisk, dataDir, asFault(thrown).code);
    throw thrown;
  } finally {
    quarantine.close();
    await keeper.stop();
  }
};

const endOf = (child: ChildProcess): Promise<number> =>
  new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', (code) => done(code ?? OUR_FAULT));
  });

/** What `boot` says goes to whoever started this: over the line where there is one, else one JSON line on stdout. */
const say = (message: Serializable): void => {
  if (process.connected) process.send?.(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
};

const tellOf = ({ slot, image, bad, recordsLost }: Beginning): void => {
  for (const each of bad)
    process.stderr.write(`Slot ${each.slot} is damaged (${each.because}: ${each.path}); the other one starts.\n`);
  if (recordsLost) process.stderr.write('Both slot records were lost; the slots themselves were asked.\n');
  say({ type: 'begun', slot, digest: image.digest, number: image.number });
};

const noSlot = (because: string): DeviceFault =>
  new DeviceFault('slots-unusable', `No slot can be started: ${because}`, 'Install the device anew in the factory.');

/** Exit codes of sysexits.h, as `run.ts` has them. */
const BAD_USAGE = 64;
const BAD_INPUT = 65;
const OUR_FAULT = 70;

if (import.meta.main) {
  try {
    // no boundary: names of the command line that starts it
    const { values } = parseArgs({
      options: { data: { type: 'string' }, tpm: { type: 'string' }, apart: { type: 'boolean' } },
    });
    if (values.data === undefined) throw new TypeError('No data folder is named. Start with --data DIR.');
    process.exitCode = await load(
      resolve(values.data),
      values.tpm === undefined ? undefined : tpmCounter({ tcti: values.tpm }),
      values.apart === true,
    );
  } catch (thrown) {
    const usage = thrown instanceof TypeError;
    process.exitCode = usage ? BAD_USAGE : BAD_INPUT;
    process.stderr.write(`${usage ? thrown.message : asFault(thrown).line}\n`);
  }
  if (process.connected) process.disconnect?.();
}
