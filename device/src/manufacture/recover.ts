import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import type { IdentityRequest } from '@hearthward/protocol';
import { DeviceFault, plainFault, type FaultCode, type PlainFault } from '../driver/faults.ts';
import { mustBeDeclared } from '../secrets/guards/declared.ts';
import type { GuardSettings } from '../secrets/guards/guard.ts';
import { guardFor, type OpenGuard } from '../secrets/guards/open.ts';
import { keyFolderOf, openKeystore } from '../secrets/keystore.ts';
import { begunIn } from '../quarantine/record.ts';
import { stateFolderOf } from '../processes/folder.ts';
import { BUNDLE_FILE, isManufactured } from './bundle.ts';
import { claimed, makeDeviceKeys, readMade, requestOf } from './manufacture.ts';

/**
 * What is left to do with a device whose keys nothing opens any more (a TPM that was reset, a token that is gone): what
 * they sealed is lost already. It is erased, and the device asks for its identity anew, as on the production line.
 */
export interface Recovery {
  readonly request: IdentityRequest;
  /** why the keys did not open; absent where an earlier recovery is taken up again */
  readonly because?: PlainFault;
}

/** Keys that do not open for these reasons are given up; for any other the surroundings are to be mended. */
const LOST: ReadonlySet<FaultCode> = new Set(['key-unusable', 'zeroised', 'data-damaged', 'not-manufactured']);

/**
 * Faults: recovery-refused where the keys open, or may open once their element answers (`elementLost` says that it never
 * will); not-manufactured where there never was a device; declaration-mismatch; data-owned.
 */
// EN 303 645 5.4-1, G044 6.4.1, G045 CR-1-2: keys that are lost lead to the factory, never to a start without protection
export const recoverDevice = async (given: {
  readonly dataDir: string;
  readonly declaration: Declaration;
  readonly guard?: GuardSettings | undefined;
  readonly elementLost?: boolean | undefined;
}): Promise<Recovery> => {
  const { dataDir, declaration } = given;
  mustBeDeclared(declaration, given.guard);
  const openGuard = guardFor(given.guard);
  return claimed(dataDir, () => {
    const made = readMade(dataDir);
    if (made.productId !== declaration.product.id) throw otherProduct(made.productId, declaration.product.id);
    const because = whyLost(dataDir, openGuard);
    if (because === undefined) {
      if (isManufactured(dataDir)) throw refused('The keys of this device open', 'Start it as ever: nothing is lost.');
      const keystore = openKeystore(dataDir, openGuard);
      try {
        return { request: requestOf(keystore.keys(), made) };
      } finally {
        keystore.close();
      }
    }
    if (because.code === 'element-unreachable' && given.elementLost !== true) {
      throw refused(
        `${because.message}, and its keys may be whole`,
        'Bring the element back; where it is lost for good, say so with --element-lost.',
      );
    }
    if (because.code !== 'element-unreachable' && !LOST.has(because.code)) {
      throw new DeviceFault(because.code, because.message, because.cure);
    }
    // The bundle goes first: cut off here or later, the device is one that was never finished, and this can be repeated.
    rmSync(join(dataDir, BUNDLE_FILE), { force: true });
    rmSync(begunIn(dataDir), { force: true });
    rmSync(stateFolderOf(dataDir), { recursive: true, force: true });
    rmSync(keyFolderOf(dataDir), { recursive: true, force: true });
    return { request: makeDeviceKeys(dataDir, made, openGuard), because };
  });
};

const whyLost = (dataDir: string, openGuard: OpenGuard): PlainFault | undefined => {
  if (!existsSync(keyFolderOf(dataDir)))
    return plainFault(new DeviceFault('not-manufactured', 'The keys are gone', ''));
  try {
    openKeystore(dataDir, openGuard).close();
    return undefined;
  } catch (thrown) {
    return plainFault(thrown);
  }
};

const otherProduct = (made: string, named: string): DeviceFault =>
  new DeviceFault(
    'declaration-mismatch',
    `The device in this data folder is a ${made}, not a ${named}`,
    'Name the product that it was made as, or another data folder.',
  );

const refused = (message: string, cure: string): DeviceFault => new DeviceFault('recovery-refused', message, cure);
