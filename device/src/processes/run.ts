import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Declaration } from '@hearthward/product';
import { asFault, type PlainFault } from '../driver/faults.ts';
import type { Listen, ProductFactory } from '../seams.ts';
import { destroysEverything } from '../board/tamper/standing.ts';
import { mustBeDeclared } from '../secrets/guards/declared.ts';
import { signaturesOf, type ScannerSettings } from '../incoming/scanner.ts';
import type { GuardSettings } from '../secrets/guards/guard.ts';
import type { SlotSettings } from '../updates/running/own.ts';
import { SLOTS, type SlotName } from '../updates/slots/records.ts';
import { rememberRefused } from '../quarantine/refused.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import type { Users } from './boot/users.ts';
import { BEGIN_AGAIN, type Ready } from './messages.ts';
import { onlyModulesAround } from '../platform/modules.ts';
import { OWN_PACKAGE } from './boot/places.ts';
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
  /** who guards the keystore key: part of the verified software, so that no data folder can choose; `software` where absent */
  readonly guard?: GuardSettings;
  /** who looks for malware in what people bring; nobody where absent. As it is declared, or it does not start */
  readonly scanner?: ScannerSettings;
  /** of a product that is installed in slots, and replaces its software from there */
  readonly slots?: SlotSettings;
  /**
   * Accounts of the operating system for the processes (`ownUsers()`). They hold where root starts the device on Linux;
   * elsewhere, and where absent, everything runs as whoever started it.
   */
  readonly users?: Users;
  /**
   * `own`: the device has its network namespace for itself, as a device has; so its packet filter is made of the
   * declaration, and whatever is open counts as the device's. Absent where other programs share the host.
   */
  readonly network?: 'own';
}

/**
 * `node product.ts --data DIR [--apart]` runs the device until SIGTERM, SIGINT or the end of its parent. When the panel listens, the
 * parent gets `{ type: 'ready', listen }`, or stdout one line of it. A fault is one line on stderr and an exit code.
 * With `--recover --yes [--element-lost]` it prepares a device whose keys are lost for the factory instead.
 */
export const runDevice = async (device: Device): Promise<void> => {
  const { data, role, recover, slot: named, trial, apart, ...confirmed } = argumentsOf(process.argv.slice(2));
  if (data === undefined) return badUsage('No data folder is named. Start with --data DIR.');
  const slot = SLOTS.find((each) => each === named);
  if (named !== undefined && slot === undefined) return badUsage('A slot is a or b; `loader` names it.');
  const dataDir = resolve(data);
  if (role === 'core') {
    const { runCore } = await import('./core.ts');
    return runCore(device, dataDir, slot === undefined ? undefined : { onTrial: trial === true }, apart === true);
  }
  if (role === 'updater' && slot && device.slots) {
    onlyModulesAround(OWN_PACKAGE, fileURLToPath(device.moduleUrl));
    const { runUpdater } = await import('./updater.ts');
    return runUpdater(device, device.slots, dataDir, slot);
  }
  if (role === 'control' && device.product.control) {
    const { runControl } = await import('./control/process.ts');
    return runControl(device.product.control, device.declaration.externalSensors);
  }
  try {
    if (recover) await runRecovery(device, dataDir, confirmed);
    else await runBoot(device, dataDir, slot, apart === true);
  } catch (thrown) {
    giveUp(asFault(thrown), recover ? undefined : dataDir);
  }
};

const runBoot = async (
  device: Device,
  dataDir: string,
  slot: SlotName | undefined,
  mustBeApart: boolean,
): Promise<void> => {
  const productModule = fileURLToPath(device.moduleUrl);
  onlyModulesAround(OWN_PACKAGE, productModule);
  const { boot } = await import('./boot/boot.ts');
  mustBeDeclared(device.declaration, device.guard);
  const booted = boot({
    dataDir,
    productModule,
    guard: device.guard,
    users: device.users,
    ...(device.network === 'own' ? { ownNetwork: device.declaration } : {}),
    mustBeApart,
    verifyEvery: verifyEvery(device.declaration),
    control: device.product.control !== undefined,
    signatures: signaturesOf(device.scanner),
    mayZeroise: destroysEverything(device.declaration),
    ...(slot && device.slots ? { slot } : {}),
    ready,
    beginAgain: () => {
      process.exitCode = BEGIN_AGAIN;
      stop();
    },
    gaveUp: (fault) => giveUp(fault, dataDir),
  });
  const stop = (): void => {
    booted.stop().then(leave, (thrown: unknown) => giveUp(asFault(thrown)));
  };
  // Stopping twice is stopping once: a second signal must not end boot before its children.
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, stop);
  if (isOrphan()) stop();
};

const verifyEvery = ({ integrity }: Declaration): number | undefined =>
  integrity && Math.round(integrity.periodHours * 3_600_000);

/** Says on stderr what is lost; stdout gets the request for the factory, as JSON. */
const runRecovery = async (device: Device, dataDir: string, confirmed: Confirmed): Promise<void> => {
  if (confirmed.yes !== true) {
    return badUsage(`Recovery erases for good what the device’s keys sealed: ${LOST_IN_RECOVERY}. Confirm with --yes.`);
  }
  const { recoverDevice } = await import('../manufacture/recover.ts');
  const { declaration, guard } = device;
  const { request, because } = await recoverDevice({
    dataDir,
    declaration,
    guard,
    elementLost: confirmed['element-lost'],
  });
  const lost = because ? `${because.message}: ${LOST_IN_RECOVERY} are erased. ` : '';
  process.stderr.write(`${lost}Have the factory sign this request, and install its bundle.\n`);
  process.stdout.write(`${JSON.stringify(request)}\n`);
};
const LOST_IN_RECOVERY = 'its identity, its settings and event log, its accounts, its data';

type Confirmed = { readonly yes?: boolean | undefined; readonly 'element-lost'?: boolean | undefined };
type Arguments = Confirmed & {
  readonly data?: string | undefined;
  readonly role?: string | undefined;
  readonly recover?: boolean | undefined;
  readonly slot?: string | undefined;
  readonly trial?: boolean | undefined;
  readonly apart?: boolean | undefined;
};
const OPTIONS = {
  data: { type: 'string' },
  role: { type: 'string' },
  slot: { type: 'string' },
  trial: { type: 'boolean' },
  apart: { type: 'boolean' },
  recover: { type: 'boolean' },
  yes: { type: 'boolean' },
  'element-lost': { type: 'boolean' },
} as const;

const argumentsOf = (given: string[]): Arguments => {
  try {
    // boundary device-arguments: the command line -> argumentsOf, at most 128 KiB, as Linux bounds an argument, else exit code 64;
    // device/test/processes/device.test.ts
    return parseArgs({ args: given, options: OPTIONS }).values;
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : 'wrong usage'}\n`);
    return {};
  }
};

const badUsage = (line: string): void => {
  process.stderr.write(`${line}\n`);
  process.exitCode = BAD_USAGE;
};

const ready = (listen: Listen): void => {
  const message: Ready = { type: 'ready', listen };
  if (process.send) process.send(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
};

/** `dataDir`: of a device that was to start, and whose log gets it from the next start. */
const giveUp = (fault: PlainFault, dataDir?: string): void => {
  if (dataDir !== undefined && fault.code !== 'data-owned') rememberRefused(systemDisk, dataDir, fault.code);
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
