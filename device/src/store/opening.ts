import type { decideLog } from '../logging/chain/decide.ts';
import { createSealer } from '../secrets/sealer.ts';
import type { Signer } from '../secrets/signer.ts';
import { wiping } from '../secrets/wiping.ts';
import { openStore, type SealedStore } from './store.ts';

type Closers = (() => Promise<void> | void)[];

/** The data key in use: it opens stores, whichever of both keys they are under while a renewal is under way. */
export const takeDataKey = async (
  signer: Signer,
  closers: Closers,
  sealing: typeof createSealer,
  log?: typeof decideLog,
): Promise<{
  readonly open: (path: string, format?: number) => SealedStore;
  /** once every store is open: the renewal is finished */
  readonly settle: (store: SealedStore) => Promise<void>;
}> => {
  const { key, earlier: replaced } = await signer.release('data');
  const sealer = wiping(key, () => createSealer(key));
  closers.push(sealer.close);
  const earlier = replaced && wiping(replaced, () => createSealer(replaced));
  return {
    open: (path, format) =>
      openStore({
        path,
        sealer,
        sealing,
        ...(log ? { decideLog: log } : {}),
        ...(format === undefined ? {} : { format }),
        ...(earlier ? { earlier } : {}),
      }),
    settle: async (store) => {
      if (!earlier) return;
      store.renew(store.sealing(), sealer);
      earlier.close();
      await signer.settle();
    },
  };
};
