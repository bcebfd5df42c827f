import { createSealer } from '../secrets/sealer.ts';
import type { Signer } from '../secrets/signer.ts';
import { wiping } from '../secrets/wiping.ts';
import { openStore, type SealedStore } from './store.ts';

/** The store under the data key that the signer releases; a renewal that a power cut interrupted is finished first. */
export const openSealedStore = async (
  signer: Signer,
  path: string,
  closers: (() => Promise<void> | void)[],
  sealing: typeof createSealer,
): Promise<SealedStore> => {
  const { key, earlier: replaced } = await signer.release('data');
  const sealer = wiping(key, () => createSealer(key));
  closers.push(sealer.close);
  const earlier = replaced && wiping(replaced, () => createSealer(replaced));
  const store = openStore({ path, sealer, sealing, ...(earlier ? { earlier } : {}) });
  closers.push(store.close);
  if (earlier) {
    store.renew(store.sealing(), sealer);
    earlier.close();
    await signer.settle();
  }
  return store;
};
