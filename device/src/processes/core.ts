import { Socket } from 'node:net';
import { Value } from 'typebox/value';
import { asFault, plainFault } from '../driver/faults.ts';
import { connectSigner } from '../secrets/remote.ts';
import { assembleDevice } from './assemble.ts';
import { PAIR_DESCRIPTOR, ToCore, type FromChild } from './messages.ts';
import { openPresence } from '../access/presence/presence.ts';
import { isOrphan } from './orphan.ts';
import type { Device } from './run.ts';

/** The process that faces the network: everything of the device but its keys. */
export const runCore = async (device: Device, dataDir: string): Promise<void> => {
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
  // the line to boot is inherited: nothing that comes over a network gets here
  process.on('message', (message: unknown) => {
    if (Value.Check(ToCore, message)) presence.pressed(message.press);
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

const tell = (message: FromChild): void => void process.send?.(message);

const SAME_FAULT_EVERY = 60_000;

/** One line on stderr for each kind of fault, at most once a minute: the device goes on as far as it can. */
const faultLog = (): ((thrown: unknown) => void) => {
  const last = new Map<string, number>();
  return (thrown) => {
    const fault = asFault(thrown);
    const now = performance.now();
    if (now - (last.get(fault.code) ?? -Infinity) < SAME_FAULT_EVERY) return;
    last.set(fault.code, now);
    process.stderr.write(`${fault.line}\n`);
  };
};
