import type { decideLog } from '../../logging/chain/decide.ts';
import type { createSealer } from '../../secrets/sealer.ts';
import type { Signer } from '../../secrets/signer.ts';
import { systemDisk } from '../../updates/slots/disk.ts';
import { markFormat } from '../database.ts';
import { takeDataKey } from '../opening.ts';
import { beginState, type OpenedState } from './begin.ts';
import { stateFiles } from './files.ts';
import { STATE, type StateFormat } from './migrations.ts';

/**
 * The state of a device in `folder`, under the data key that the signer releases. Where the newest file is of an older
 * format, a copy of it is migrated, and the older one left for the slot that has its software. `onTrial`: the image that
 * runs has not been confirmed, and may be given up at any moment.
 */
export const openState = async (
  signer: Signer,
  folder: string,
  closers: (() => Promise<void> | void)[],
  sealing: typeof createSealer,
  given: { readonly onTrial: boolean; readonly state?: StateFormat; readonly log?: typeof decideLog },
): Promise<OpenedState> => {
  const key = await takeDataKey(signer, closers, sealing, given.log);
  const files = stateFiles(systemDisk, folder);
  const opened = beginState(files, given.state ?? STATE, given.onTrial, { open: key.open, mark: markFormat });
  closers.push(opened.store.close);
  await key.settle(opened.store);
  return opened;
};
