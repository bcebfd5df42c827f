import { Socket } from 'node:net';
import { Value } from 'typebox/value';
import { plainFault } from '../driver/faults.ts';
import { connectSigner } from '../secrets/remote.ts';
import type { ToUpdater } from '../updates/running/messages.ts';
import { quarantineLink } from '../quarantine/link.ts';
import type { ToQuarantine } from '../quarantine/messages.ts';
import { readQuarantine } from '../quarantine/record.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { remoteLink } from '../updates/running/remote.ts';
import { controlLine } from './control/line.ts';
import type { ToControl } from './control/messages.ts';
import { assembleDevice } from './assemble.ts';
import { faultLog } from './fault-log.ts';
import { PAIR_DESCRIPTOR, ToCore, type FromChild } from './messages.ts';
import { overseeProcess } from '../exposure/oversight.ts';
import { wallLine, type ToWall } from '../exposure/wall-line.ts';
import { openPresence } from '../access/presence/presence.ts';
import { protectionOf } from '../platform/protection.ts';
import { isOrphan } from './orphan.ts';
import type { Device } from './run.ts';

/** The process that faces the network: everything of the device but its keys. */
/**
 * `slot`: the software runs from one, and an updater stands beside it. `apart`: `boot` gave each process an account of
 * its own.
 */
export const runCore = async (
  device: Device,
  dataDir: string,
  slot: InSlot | undefined,
  apart: boolean,
): Promise<void> => {
  // first of all: whatever of this process opens something later is seen
  const oversight = overseeProcess(device.network === 'own');
  const stream = new Socket({ fd: PAIR_DESCRIPTOR, readable: true, writable: true });
  const signer = connectSigner(stream);
  let running: { readonly stop: () => Promise<void> } | undefined;
  let stopping = false;

  const stop = async (): Promise<void> => {
    stopping = true;
    const was = running;
    running = undefined;
    await was?.stop();
    signer.close();
    if (process.connected) process.disconnect?.();
  };
  const end = (thrown: unknown): void => {
    process.exitCode = 1;
    tell({ type: 'fault', fault: plainFault(thrown) });
    void stop();
  };
  const stopQuietly = (): void => {
    stop().catch(end);
  };
  const presence = openPresence();
  const say = (message: ToUpdater | ToControl | ToQuarantine | ToWall): void =>
    void (process.connected && process.send?.(message));
  const { control: loop } = device.product;
  const control = loop && controlLine(loop, say, () => performance.now());
  const updates = slot ? remoteLink(say) : undefined;
  const wall = device.network === 'own' ? wallLine(say) : undefined;
  const quarantine = quarantineLink(readQuarantine(systemDisk, dataDir, Date.now()), say);
  // the line to boot is inherited: nothing that comes over a network gets here
  // boundary core-line: boot -> ToCore, at most nothing: a line that Node inherits, else not heard;
  // device/test/access/press.test.ts, device/test/processes/device.test.ts
  process.on('message', (message: unknown) => {
    if (Value.Check(ToCore, message)) presence.pressed(message.press);
    else {
      updates?.heard(message);
      control?.heard(message);
      quarantine.heard(message);
      wall?.heard(message);
    }
  });
  stream.once('close', stopQuietly);
  stream.on('error', stopQuietly);
  process.once('disconnect', stopQuietly);
  process.once('SIGTERM', stopQuietly);
  // Ctrl-C reaches the whole group; boot alone decides.
  process.on('SIGINT', () => undefined);
  // The one place where an unexpected fault of this process ends; boot starts it again.
  process.once('uncaughtException', end);
  if (isOrphan()) return stopQuietly();

  try {
    const assembled = await assembleDevice({
      ...device,
      dataDir,
      signer,
      presence,
      protection: () => protectionOf(apart),
      oversight,
      ...(wall ? { wall } : {}),
      ...(updates ? { updates, onTrial: slot?.onTrial === true } : {}),
      ...(control ? { control } : {}),
      quarantine,
      fault: faultLog(),
      // Boot starts both processes again when one has ended.
      restart: stopQuietly,
    });
    running = assembled;
    // Asked to stop while it was being put together.
    if (stopping) return stopQuietly();
    tell({ type: 'ready', listen: { ...assembled.listen } });
  } catch (thrown) {
    if (!stopping) end(thrown);
  }
};

interface InSlot {
  /** what runs has not been confirmed */
  readonly onTrial: boolean;
}

const tell = (message: FromChild): void => void process.send?.(message);
