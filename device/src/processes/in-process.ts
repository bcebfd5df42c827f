import type { Declaration } from '@hearthward/product';
import { asFault } from '../driver/faults.ts';
import type { DeviceParts } from '../parts.ts';
import type { Clock, Listen, ProductFactory, Surface } from '../seams.ts';
import { mustBeDeclared } from '../secrets/guards/declared.ts';
import type { GuardSettings } from '../secrets/guards/guard.ts';
import { claimDataFolder } from '../store/ownership.ts';
import { assembleDevice, type RunningDevice } from './assemble.ts';
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
  readonly surfaces?: readonly Surface[];
  /** hears of faults that no request and no effect answers for; by default they are warnings */
  readonly fault?: (thrown: unknown) => void;
}): Promise<RunningDevice> => {
  mustBeDeclared(options.declaration, options.guard);
  const claim = claimDataFolder(options.dataDir);
  try {
    const signer = openSoftwareSigner(options.dataDir, options.clock, {
      guard: options.guard,
      clientTls: options.parts?.clientTls,
      anchors: options.parts?.anchors,
      csrAttributes: options.parts?.csrAttributes,
    });
    const device = await assembleDevice({ ...options, signer, fault: options.fault ?? warn }).catch(
      (thrown: unknown) => {
        signer.close();
        throw thrown;
      },
    );
    return {
      ...device,
      stop: async () => {
        await device.stop();
        signer.close();
        claim.release();
      },
    };
  } catch (thrown) {
    claim.release();
    throw thrown;
  }
};

const warn = (thrown: unknown): void => process.emitWarning(asFault(thrown).line);
