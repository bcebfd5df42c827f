import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Value } from 'typebox/value';
import type { Declaration } from '@hearthward/product';
import type { PlainFault } from '../../driver/faults.ts';
import { standWall } from '../../exposure/wall.ts';
import { ToWall, type OfWall } from '../../exposure/wall-line.ts';
import { readFactoryBundle } from '../../manufacture/bundle.ts';
import { LONG_PRESS_SIGNAL, markBoot, PRESS_SIGNAL } from '../../access/presence/press.ts';
import type { Listen } from '../../seams.ts';
import { SOFTWARE_GUARD, type GuardSettings } from '../../secrets/guards/guard.ts';
import { claimDataFolder } from '../../store/ownership.ts';
import { ToUpdater, type OfUpdater } from '../../updates/running/messages.ts';
import { slotsFolderOf } from '../../updates/running/folders.ts';
import { systemDisk } from '../../updates/slots/disk.ts';
import type { SlotName } from '../../updates/slots/records.ts';
import { isOnTrial } from '../../updates/slots/slots.ts';
import { endChild, ended, startChild } from './children.ts';
import { standControl } from './control.ts';
import { standQuarantine } from './quarantine.ts';
import { ToQuarantine, type OfQuarantine } from '../../quarantine/messages.ts';
import { BUDGETS } from './budgets.ts';
import { limitSelf } from './limits.ts';
import { commandIn, type OfControl, type ToControl } from '../control/messages.ts';
import { FromChild, type ToCore } from '../messages.ts';
import { SIGNER_MODULE } from './places.ts';
import type { Kept } from './keeping.ts';
import { coreFlags, signerFlags } from './privileges.ts';
import { needsLowPort, separate } from './separate.ts';
import { decideSupervision, UNTROUBLED, type Ended, type ProcessName, type Supervision } from './supervise.ts';
import { startUpdating } from './updating.ts';
import type { Separation, Users } from './users.ts';

export interface Booted {
  /** the device's processes as they are now */
  readonly pids: () => Readonly<Partial<Record<ProcessName, number>>>;
  /** every process that was started has ended when it resolves */
  readonly stop: () => Promise<void>;
}

/**
 * Starts signer and core, each with least privilege and a clean environment, joined by a pair of sockets that has no
 * name; starts both again when one ends; gives up with a fault where that cannot help. In a slot, the updater stands
 * beside them; in none, the control loop as well. Never outlived by its children: their line to it closes with it.
 */
export const boot = (options: {
  readonly dataDir: string;
  readonly productModule: string;
  /** as the product's own software says; `software` where absent */
  readonly guard?: GuardSettings | undefined;
  /** the slot that this start began with; absent where the software lies in none, and is not updated from here */
  readonly slot?: SlotName;
  /** how often the running software is verified, in ms; once a day where absent */
  readonly verifyEvery?: number | undefined;
  /** the product declares that every key is destroyed when somebody opens it */
  readonly mayZeroise?: boolean;
  /** folder of the scanner's signatures, which core reads */
  readonly signatures?: string | undefined;
  /** the product has a control loop */
  readonly control: boolean;
  /** accounts of the operating system, as the product's own software says; one for all where absent */
  readonly users?: Users | undefined;
  /** ends with a fault rather than run everything as one user */
  readonly mustBeApart?: boolean;
  /** of a device that has its network namespace for itself: what its packet filter is made of */
  readonly ownNetwork?: Declaration;
  readonly ready: (listen: Listen) => void;
  /** the updater asks for a new start, of the slot that the record now names; `stop` is the caller's */
  readonly beginAgain: () => void;
  readonly gaveUp: (fault: PlainFault) => void;
}): Booted => {
  const { dataDir, productModule } = options;
  const installed = readFactoryBundle(dataDir);
  limitSelf(BUDGETS.boot);
  const claim = claimDataFolder(dataDir);
  const separation = separate({
    dataDir,
    users: options.users,
    modules: [SIGNER_MODULE, productModule],
    running: options.slot,
    required: options.mustBeApart === true,
  });
  const pressed = (): void => pair?.tell({ type: 'pressed', press: 'short' });
  const held = (): void => pair?.tell({ type: 'pressed', press: 'long' });
  process.on(PRESS_SIGNAL, pressed);
  process.on(LONG_PRESS_SIGNAL, held);
  const mark = markBoot(dataDir);
  let supervision: Supervision = UNTROUBLED;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let pair: Pair | undefined;
  let updating: Kept | undefined;

  const start = (): void => {
    pair = startPair(
      {
        dataDir,
        productModule,
        guard: options.guard ?? SOFTWARE_GUARD,
        mayZeroise: options.mayZeroise === true,
        signatures: options.signatures,
        separation,
        lowPort: needsLowPort(installed.listen),
        ...(options.slot ? { slot: options.slot } : {}),
      },
      {
        ready: options.ready,
        ended: pairEnded,
        wished: (message) => updating?.tell(message),
        commanded: (command) => control.tell(command),
        quarantined: (message) => quarantine.tell(message),
        walled: (message) => wall?.heard(message),
      },
    );
  };

  const pairEnded = (how: Ended): void => {
    if (stopping) return;
    const { state, effects } = decideSupervision(supervision, how, Date.now());
    supervision = state;
    for (const effect of effects) {
      if (effect.kind === 'start') timer = setTimeout(start, effect.inMillis);
      else void stop().then(() => options.gaveUp(effect.fault));
    }
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    mark.remove();
    // first of all: a stop in good order is no try of an image on trial
    await updating?.stop();
    await pair?.stop();
    // last of all: what it controls is held for as long as anything runs
    await control.stop();
    quarantine.stop();
    wall?.close();
    // heard to the end, since the signal would else end this process
    process.off(PRESS_SIGNAL, pressed);
    process.off(LONG_PRESS_SIGNAL, held);
    claim.release();
  };

  const control = standControl(
    { dataDir, productModule, has: options.control, loaded: options.slot !== undefined, separation },
    (reading) => pair?.tell(reading),
  );
  const quarantine = standQuarantine(
    { dataDir, loaded: options.slot !== undefined, everyMillis: options.verifyEvery },
    (message) => {
      // the kernel first: what the processes still hold open is cut
      wall?.put();
      pair?.tell(message);
      update();
    },
  );
  const { ownNetwork } = options;
  const wall =
    ownNetwork &&
    standWall({
      declaration: ownNetwork,
      installed,
      dataDir,
      isHeld: quarantine.isHeld,
      say: (message) => pair?.tell(message),
      warn: (line) => void process.stderr.write(`${line}\n`),
    });
  wall?.put();
  // EN 303 645 5.7-2, G045 PL-1-4: in quarantine nothing is brought from anywhere: the process that could does not run
  const update = (): void => {
    if (quarantine.isHeld()) {
      void updating?.stop();
      updating = undefined;
    } else if (options.slot && !updating && !stopping) {
      const told = (message: OfUpdater): void => pair?.tell(message);
      updating = startUpdating(
        { productModule, dataDir, slot: options.slot, separation },
        { said: told, beginAgain: options.beginAgain },
      );
    }
  };
  start();
  update();
  const pids = (): ReturnType<Booted['pids']> => {
    const updater = updating?.pid();
    const loop = control.pid();
    return {
      ...pair?.pids(),
      ...(updater === undefined ? {} : { updater }),
      ...(loop === undefined ? {} : { control: loop }),
    };
  };
  return { pids, stop };
};

interface Pair {
  /** nothing where core has ended or has not begun */
  readonly tell: (message: ToCore | OfUpdater | OfControl | OfQuarantine | OfWall) => void;
  readonly pids: () => Readonly<Partial<Record<'core' | 'signer', number>>>;
  readonly stop: () => Promise<void>;
}

/** Signer and core live and die together: each start of the pair is a new release of the keys. */
const startPair = (
  given: Readonly<{
    dataDir: string;
    productModule: string;
    guard: GuardSettings;
    mayZeroise: boolean;
    signatures: string | undefined;
    slot?: SlotName;
    separation: Separation;
    lowPort: boolean;
  }>,
  on: {
    readonly ready: (listen: Listen) => void;
    readonly ended: (how: Ended) => void;
    readonly wished: (message: ToUpdater) => void;
    readonly commanded: (command: ToControl) => void;
    readonly quarantined: (message: ToQuarantine) => void;
    readonly walled: (message: ToWall) => void;
  },
): Pair => {
  const { dataDir, productModule, guard, slot, separation, lowPort } = given;
  const holder = [SIGNER_MODULE, '--data', dataDir, '--guard', JSON.stringify(guard)];
  if (given.mayZeroise) holder.push('--may-zeroise');
  const signer = startChild({
    name: 'signer',
    separation,
    flags: signerFlags(dataDir, guard),
    command: holder,
    pair: 'pipe',
  });
  const end = signer.stdio[3] as Readable;
  // looked up at each start of the pair: it may have been confirmed since
  const onTrial = slot !== undefined && isOnTrial(systemDisk, slotsFolderOf(dataDir), slot);
  const facing = [
    productModule,
    '--data',
    dataDir,
    '--role',
    'core',
    ...(slot ? ['--slot', slot] : []),
    ...(onTrial ? ['--trial'] : []),
    ...(separation.apart ? ['--apart'] : []),
  ];
  const core = startChild({
    name: 'core',
    separation,
    flags: coreFlags(dataDir, productModule, given.signatures),
    command: facing,
    pair: end,
    lowPort,
  });
  // Both ends are inherited; boot keeps none, so that either child hears when the other has ended.
  end.destroy();
  let first: Ended | undefined;
  const faults: Partial<Record<'core' | 'signer', PlainFault>> = {};

  const watch = (name: 'core' | 'signer', child: ChildProcess): Promise<void> => {
    // boundary boot-hears-core: core, which faces the network -> FromChild, at most nothing: a line that Node inherits, and core’s memory is bounded, else not heard;
    // device/test/processes/supervise.test.ts, device/test/processes/updating.test.ts
    child.on('message', (message: unknown) => {
      const command = name === 'core' ? commandIn(message) : undefined;
      if (command) on.commanded(command);
      if (name === 'core' && Value.Check(ToUpdater, message)) on.wished(message);
      if (name === 'core' && Value.Check(ToQuarantine, message)) on.quarantined(message);
      if (name === 'core' && Value.Check(ToWall, message)) on.walled(message);
      if (!Value.Check(FromChild, message)) return;
      if (message.type === 'fault') faults[name] = message.fault as PlainFault;
      else if (message.type === 'ready' && message.listen) on.ready(message.listen);
    });
    return ended(child, {
      failed: (cause) => {
        faults[name] ??= { code: 'process-failed', message: cause.message, cure: 'Check that Node can be started.' };
      },
      exited: (how) => {
        first ??= { process: name, how };
      },
    });
  };

  const gone = { signer: watch('signer', signer), core: watch('core', core) };
  const stop = async (): Promise<void> => {
    await endChild(core, gone.core);
    await endChild(signer, gone.signer);
  };
  void Promise.race([gone.signer, gone.core])
    .then(stop)
    .then(() => {
      const fault = faults.signer ?? faults.core;
      on.ended({ ...(first ?? { process: 'core', how: 'not started' }), ...(fault ? { fault } : {}) });
    });
  return {
    tell: (message) => {
      if (core.connected) core.send(message, () => undefined);
    },
    pids: () => ({
      ...(core.pid === undefined ? {} : { core: core.pid }),
      ...(signer.pid === undefined ? {} : { signer: signer.pid }),
    }),
    stop,
  };
};
