import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DeviceFault } from '../driver/faults.ts';
import { readFactoryBundle } from '../manufacture/bundle.ts';
import { stateFolderOf } from '../processes/folder.ts';
import { imported, openKeystore, type Keys } from '../secrets/keystore.ts';
import { createSealer } from '../secrets/sealer.ts';
import { stateFiles } from '../store/migration/files.ts';
import { STATE } from '../store/migration/migrations.ts';
import { openStore } from '../store/store.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { verifyLog, type LogVerdict } from './chain/verify.ts';

/**
 * Whether the log of a device that does not run is as the device wrote it. Reads the data folder, and changes nothing in
 * it. Its keys must be guarded by software, as where the device has no TPM or token. Faults: those of keys and data.
 */
export const examineLog = (dataDir: string): LogVerdict => {
  const { deviceId } = readFactoryBundle(dataDir).bundle;
  const path = stateFiles(systemDisk, stateFolderOf(dataDir)).pathOf(STATE.format);
  if (!existsSync(path)) {
    throw new DeviceFault(
      'not-running',
      `There is no log in ${dataDir} yet`,
      'Start the device once, then look again.',
    );
  }
  const keys = keysOf(dataDir);
  const sealerOf = (key: string) => createSealer(Buffer.from(key, 'base64'));
  const store = openStore({
    path,
    sealer: sealerOf(keys.data),
    ...(keys.earlierData === undefined ? {} : { earlier: sealerOf(keys.earlierData) }),
  });
  try {
    const { entries, state, seal } = store.log;
    return verifyLog(entries(), state(), seal(), { by: shownKey(keys), device: deviceId });
  } finally {
    store.close();
  }
};

const keysOf = (dataDir: string): Keys => {
  const keystore = openKeystore(dataDir);
  try {
    return keystore.keys();
  } finally {
    keystore.close();
  }
};

/** Empty where the device never sealed: then no seal is its own. */
const shownKey = ({ log }: Keys): string =>
  log === undefined ? '' : createPublicKey(imported(log)).export({ type: 'spki', format: 'der' }).toString('base64');
