import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Declaration } from '@hearthward/product';
import { asFault, type PlainFault } from '../driver/faults.ts';
import type { Listen, ProductFactory } from '../seams.ts';
import type { Ready } from './messages.ts';
import { isOrphan } from './orphan.ts';

/** Exit codes of the command line: bad input is what a person can mend. */
const BAD_USAGE = 64;
const BAD_INPUT = 65;
const OUR_FAULT = 70;

export interface Device {
  readonly declaration: Declaration;
  readonly product: ProductFactory;
  /** `import.meta.url` of the product's module, which calls this when it is started */
  readonly moduleUrl: string;
}

/**
 * `node product.ts --data DIR` runs the device until SIGTERM, SIGINT or the end of its parent. When the panel listens, the
 * parent gets `{ type: 'ready', listen }`, or stdout one line of it. A fault is one line on stderr and an exit code.
 */
export const runDevice = async (device: Device): Promise<void> => {
  const { data, role } = argumentsOf(process.argv.slice(2));
  if (data === undefined) {
    process.stderr.write('No data folder is named. Start with --data DIR.\n');
    process.exitCode = BAD_USAGE;
    return;
  }
  const dataDir = resolve(data);
  if (role === 'core') {
    const { runCore } = await import('./core.ts');
    await runCore(device, dataDir);
    return;
  }
  try {
    await runBoot(device, dataDir);
  } catch (thrown) {
    giveUp(asFault(thrown));
  }
};

const runBoot = async (device: Device, dataDir: string): Promise<void> => {
  const { boot } = await import('./boot.ts');
  const booted = boot({ dataDir, productModule: fileURLToPath(device.moduleUrl), ready, gaveUp: giveUp });
  const stop = (): void => {
    booted.stop().then(leave, (thrown: unknown) => giveUp(asFault(thrown)));
  };
  // Stopping twice is stopping once: a second signal must not end boot before its children.
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, stop);
  if (isOrphan()) stop();
};

const argumentsOf = (given: string[]): { data?: string | undefined; role?: string | undefined } => {
  try {
    return parseArgs({ args: given, options: { data: { type: 'string' }, role: { type: 'string' } } }).values;
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : 'wrong usage'}\n`);
    return {};
  }
};

const ready = (listen: Listen): void => {
  const message: Ready = { type: 'ready', listen };
  if (process.send) process.send(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
};

const giveUp = (fault: PlainFault): void => {
  process.exitCode = fault.code === 'process-failed' || fault.code === 'signer-refused' ? OUR_FAULT : BAD_INPUT;
  const line = `${fault.message} (${fault.code}). ${fault.cure}\n`;
  process.stderr.write(line);
  const { code, message, cure } = fault;
  process.send?.({ type: 'fault', fault: { code, message, cure } });
  leave();
};

/** Lets the process end by itself once its last handle is closed. */
const leave = (): void => {
  if (process.connected) process.disconnect?.();
};
