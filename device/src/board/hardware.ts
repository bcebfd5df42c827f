import type { Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import type { RecordEvent } from '../channel/channel.ts';
import { every } from '../driver/every.ts';
import type { DeviceParts } from '../parts.ts';
import { stateFolderOf } from '../processes/folder.ts';
import type { QuarantineLink } from '../quarantine/link.ts';
import type { Clock, DeviceState, Millis, ProductFunctions, SafetyCheck, StateStore } from '../seams.ts';
import { zeroised } from '../secrets/keystore.ts';
import type { Signer } from '../secrets/signer.ts';
import { hardwareOf } from '../selftest/bench.ts';
import { standForTests } from '../selftest/standing.ts';
import type { Board } from './board.ts';
import { standOnBoard } from './standing.ts';
import { standForTamper, type OnTamper } from './tamper/standing.ts';

/** What the device does with the hardware under it: ports against the declaration, the self-test, the safe state. */
export interface Hardware {
  /** before anything listens: whether somebody opened it meanwhile, and then what every device has is tried */
  readonly early: () => Promise<void>;
  /** ports from now on, and the parts that take their time; it does not wait for them */
  readonly begin: () => void;
  /** the product's functions, which change nothing while it is in its safe state */
  readonly limiting: (product: ProductFunctions) => ProductFunctions;
  /** a product that begins anew is as safe as the one before */
  readonly again: () => void;
  readonly checks: (language: Language) => readonly SafetyCheck[];
  /** who opened the device, and what became of it */
  readonly tamper: OnTamper;
  readonly stop: () => Promise<void>;
}

const PORTS_EVERY = 60_000;

export const standOnHardware = (world: {
  readonly board: Board | undefined;
  readonly declaration: Declaration;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly knownTime: () => Millis;
  readonly running: () => Millis;
  readonly signer: Signer;
  readonly store: StateStore;
  readonly state: () => DeviceState;
  readonly record: RecordEvent;
  readonly fault: (thrown: unknown) => void;
  readonly beSafe: () => void;
  readonly quarantine: QuarantineLink;
  /** ends what runs now; nobody waits for it */
  readonly end: () => void;
  readonly parts: DeviceParts;
}): Hardware => {
  const { board, declaration, parts, record, fault } = world;
  const whole = hardwareOf({ ...world, stateFolder: stateFolderOf(world.dataDir) });
  const tests = standForTests({
    declaration,
    hardware: parts.hardware?.(whole) ?? whole,
    decide: parts.selfTest,
    record,
    quarantine: world.quarantine,
    beSafe: () => {
      for (const { safe } of Object.values(board?.actuators ?? {})) safe();
      world.beSafe();
    },
  });
  const standing = board && standOnBoard({ board, declaration, state: world.state, record, decide: parts.ports });
  let destroyed = false;
  let begun = false;
  const tamper = standForTamper({
    ...world,
    decide: parts.tamper,
    destroyEverything: async () => {
      await world.signer.zeroise();
      destroyed = true;
      if (begun) world.end();
    },
  });
  const endings: (() => void)[] = [];
  /** a driver that throws is a fault, and is asked again the next time */
  const observe = async (): Promise<void> => standing?.observe();

  return {
    early: async () => {
      await tamper.early();
      if (destroyed) throw zeroised();
      await tests.early();
    },
    begin: () => {
      begun = true;
      tamper.begin();
      observe().catch(fault);
      endings.push(every(PORTS_EVERY, observe, fault));
      tests.rest().catch(fault);
    },
    limiting: tests.limiting,
    again: tests.again,
    checks: (language) => [
      ...tamper.checks(language),
      ...tests.checks(language),
      ...(standing?.checks(language) ?? []),
    ],
    tamper,
    stop: async () => {
      for (const end of endings) end();
      await tamper.stop();
    },
  };
};
