import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { DeviceFault } from '../../driver/faults.ts';
import type { Press } from './presence.ts';

/**
 * The button of a device on a Linux host: the board's key daemon, or a person at the machine, sends this signal to `boot`.
 * Who may is for the operating system to say: the same user, and root.
 */
export const PRESS_SIGNAL = 'SIGUSR2';
/** The button is held. A process that does not listen yet is left alone by it. */
export const LONG_PRESS_SIGNAL = 'SIGURG';

const FILE = 'boot.json';
const Mark = Type.Object(
  { pid: Type.Integer({ minimum: 1 }), started: Type.String() },
  { additionalProperties: false },
);

/** Says in the data folder which process is its `boot`, until it is taken away. */
export function markBoot(dataDir: string): { readonly remove: () => void } {
  const file = join(dataDir, FILE);
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' }), { mode: 0o600 });
  return { remove: () => rmSync(file, { force: true }) };
}

/**
 * Presses the button of the device that runs on this data folder; a long press erases what people have put in.
 * @throws DeviceFault `not-running` where none does
 */
export function pressButton(dataDir: string, press: Press = 'short'): { readonly pid: number } {
  const { pid, started } = markIn(dataDir);
  // an old mark may name a process that is somebody else's by now: only one that began at the same tick is ours
  if (started === '' || startOf(pid) !== started) throw notRunning(dataDir);
  process.kill(pid, press === 'long' ? LONG_PRESS_SIGNAL : PRESS_SIGNAL);
  return { pid };
}

function markIn(dataDir: string): { readonly pid: number; readonly started: string } {
  try {
    // boundary boot-mark: the disk -> Mark, at most nothing: a folder of this user alone, else not-running;
    // device/test/access/press.test.ts
    const mark: unknown = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'));
    if (Value.Check(Mark, mark)) return mark;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== undefined && code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown;
  }
  throw notRunning(dataDir);
}

/** When a process began, in clock ticks since the machine did (proc(5), field 22); undefined where there is none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // the name of the program, in brackets, may itself hold spaces and brackets
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const notRunning = (dataDir: string): DeviceFault =>
  new DeviceFault(
    'not-running',
    `No device runs on the data folder ${dataDir}`,
    'Start it first, or name the folder that it was started with; the button works on Linux.',
  );
