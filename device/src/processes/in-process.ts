import type { Declaration } from '@hearthward/product';
import type { Board } from '../board/board.ts';
import { destroysEverything } from '../board/tamper/standing.ts';
import { asFault, DeviceFault } from '../driver/faults.ts';
import { signaturesOf, type ScannerSettings } from '../incoming/scanner.ts';
import { readFactoryBundle } from '../manufacture/bundle.ts';
import { defaultParts, type DeviceParts } from '../parts.ts';
import type { Clock, Control, Listen, ProductFactory, Surface } from '../seams.ts';
import { guardSlots, trustOf } from '../integrity/slots.ts';
import { keepQuarantine, type QuarantineKeeper } from '../quarantine/keeper.ts';
import { quarantineLink } from '../quarantine/link.ts';
import { rememberRefused } from '../quarantine/refused.ts';
import { mustBeDeclared } from '../secrets/guards/declared.ts';
import type { GuardSettings } from '../secrets/guards/guard.ts';
import { claimDataFolder } from '../store/ownership.ts';
import type { HttpGet } from '../updates/download/ranges.ts';
import type { Updates } from '../updates/open.ts';
import type { UpdatesLink } from '../updates/running/link.ts';
import { openOwnUpdates, type SlotSettings } from '../updates/running/own.ts';
import { slotsFolderOf } from '../updates/running/folders.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import type { SlotName } from '../updates/slots/records.ts';
import { isOnTrial, readRecord } from '../updates/slots/slots.ts';
import type { Notice } from '../updates/state.ts';
import { keepCommand } from './control/kept.ts';
import { controlLine, type ControlLine } from './control/line.ts';
import { runLoop } from './control/loop.ts';
import { assembleDevice } from './assemble.ts';
import type { RunningDevice } from './assembly.ts';
import { openSoftwareSigner } from './signer.ts';

/**
 * A whole device in this process: for tests and for faulty twins, which differ from it in one part. The keys are not
 * apart from the rest here; a product runs with `runDevice`.
 */
export const startDeviceInProcess = async (options: {
  readonly declaration: Declaration;
  readonly product: ProductFactory;
  readonly dataDir: string;
  readonly parts?: Partial<DeviceParts>;
  readonly clock?: Clock;
  /** what spreads starts and new tries over time, from 0 up to 1; random where absent */
  readonly draw?: () => number;
  readonly listen?: Listen;
  /** who guards the keystore key; `software` where absent */
  readonly guard?: GuardSettings;
  readonly scanner?: ScannerSettings;
  readonly surfaces?: readonly Surface[];
  /** instead of the product's own */
  readonly board?: Board;
  /** of a device whose software lies in a slot: which one runs, and what a restart is */
  readonly slot?: SlotSettings & {
    readonly running: SlotName;
    readonly restart: () => void;
    /** in place of HTTPS to the site */
    readonly repository?: HttpGet;
  };
  /** hears of faults that no request and no effect answers for; by default they are warnings */
  readonly fault?: (thrown: unknown) => void;
}): Promise<RunningDevice & { readonly updates?: Updates }> => {
  mustBeDeclared(options.declaration, options.guard);
  const claim = claimDataFolder(options.dataDir);
  try {
    const signer = openSoftwareSigner(options.dataDir, options.clock, {
      guard: options.guard,
      mayZeroise: destroysEverything(options.declaration),
      clientTls: options.parts?.clientTls,
      anchors: options.parts?.anchors,
      csrAttributes: options.parts?.csrAttributes,
    });
    const fault = options.fault ?? warn;
    const quarantine = quarantineHere(options, fault);
    const isHeld = (): boolean => quarantine.link.held() !== undefined;
    const updating = options.slot ? updatesHere(options, options.slot, isHeld, fault) : undefined;
    const control = options.product.control && controlHere(options, options.product.control, fault);
    const started = {
      ...options,
      signer,
      fault,
      quarantine: quarantine.link,
      ...(updating ? { updates: updating.link, onTrial: updating.onTrial } : {}),
      ...(control ? { control: control.line } : {}),
    };
    const device = await assembleDevice(started).catch(async (thrown: unknown) => {
      await updating?.close();
      control?.stop();
      quarantine.close();
      signer.close();
      throw thrown;
    });
    return {
      ...device,
      ...(updating ? { updates: updating.updates } : {}),
      stop: async () => {
        await updating?.close();
        await device.stop();
        control?.stop();
        quarantine.close();
        signer.close();
        claim.release();
      },
    };
  } catch (thrown) {
    rememberRefused(systemDisk, options.dataDir, asFault(thrown).code);
    claim.release();
    throw thrown;
  }
};

/** The control loop of a device that is one process: by a timer, from the last command. */
const controlHere = (
  { clock, declaration }: Parameters<typeof startDeviceInProcess>[0],
  control: Control,
  fault: (thrown: unknown) => void,
): { readonly line: ControlLine; readonly stop: () => void } => {
  const kept = keepCommand();
  const now = clock?.now ?? (() => performance.now());
  const line = controlLine(
    control,
    (command) => {
      kept.keep(command);
      loop.heard(command);
    },
    now,
  );
  const declared = declaration.externalSensors;
  const loop = runLoop(control, kept.last(), { declared, now, said: line.heard, fault });
  return { line, stop: loop.stop };
};

/** The record of a device that is one process, which asks itself. */
const quarantineHere = (
  { dataDir, clock, slot, parts }: Parameters<typeof startDeviceInProcess>[0],
  fault: (thrown: unknown) => void,
) => {
  const now = clock?.now ?? Date.now;
  const keeper: QuarantineKeeper = keepQuarantine({
    dataDir,
    disk: systemDisk,
    now,
    say: (message) => link.heard(message),
    software: () => software,
  });
  const link = quarantineLink(keeper.state(), (message) => keeper.asked(message));
  const software = slot && softwareHere(dataDir, slot, () => keeper, fault, parts?.verifySteps);
  return {
    link,
    close: () => {
      software?.stop();
      keeper.close();
    },
  };
};

/** What the loader does for a device whose processes are its own. */
const softwareHere = (
  dataDir: string,
  { running, restart }: NonNullable<Parameters<typeof startDeviceInProcess>[0]['slot']>,
  quarantine: () => QuarantineKeeper,
  fault: (thrown: unknown) => void,
  verify: DeviceParts['verifySteps'] | undefined,
) => {
  const folder = slotsFolderOf(dataDir);
  const held = readRecord(systemDisk, folder)?.record.slots[running];
  if (!held || held.state === 'empty') return undefined;
  const trust = trustOf(dataDir);
  return guardSlots({
    disk: systemDisk,
    folder,
    running: { slot: running, image: held.image },
    floor: 0,
    trust: trust.first ? trust : undefined,
    quarantine,
    beginAgain: restart,
    fault,
    ...(verify ? { verify } : {}),
  });
};

/** The updater of a device that is one process: what it tells is told at once, or owed until core is there. */
const updatesHere = (
  options: Parameters<typeof startDeviceInProcess>[0],
  { running, restart, repository, ...settings }: NonNullable<Parameters<typeof startDeviceInProcess>[0]['slot']>,
  quarantined: () => boolean,
  fault: (thrown: unknown) => void,
) => {
  const { declaration, dataDir, clock } = options;
  let told: ((notice: Notice) => void) | undefined;
  const own = openOwnUpdates({
    declaration,
    dataDir,
    bundle: readFactoryBundle(dataDir).bundle,
    slot: running,
    settings,
    signatures: signaturesOf(options.scanner),
    quarantined,
    parts: { ...defaultParts, ...options.parts },
    restart,
    tell: (notice) => {
      if (!told) throw new DeviceFault('not-running', 'Nobody is there yet to be told', 'It is told again.');
      told(notice);
    },
    draw: options.draw ?? Math.random,
    fault,
    ...(clock ? { clock } : {}),
    ...(repository ? { repository } : {}),
  });
  const link: UpdatesLink = {
    updates: own.updates,
    hear: (hearer) => {
      told = hearer;
    },
    feel: own.feel,
    trust: own.trust,
  };
  return {
    link,
    updates: own.updates,
    close: own.close,
    onTrial: isOnTrial(systemDisk, slotsFolderOf(dataDir), running),
  };
};

const warn = (thrown: unknown): void => process.emitWarning(asFault(thrown).line);
