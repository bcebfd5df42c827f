import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { type Restored, restore } from '../../store/restore.ts';
import { PRIVACY_FOLDER } from '../privacy.ts';
import { openVault } from '../vault/vault.ts';
import { plainRows } from './places.ts';
import { emptyLogOfWrites, erasuresNaming } from './rows.ts';

/** A copy of the store in its place, without anybody whom the vault has ended; services that run are in the way of it. */
export async function restoreServices(wanted: {
  readonly backup: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly who: string;
  readonly replace: boolean;
  /** folders of the vault's replicas, as the services are started with */
  readonly replicas: readonly string[];
}): Promise<Restored> {
  const { dataDir, clock, replicas } = wanted;
  const vault = openVault({ folder: join(dataDir, PRIVACY_FOLDER), replicas, clock, expected: true });
  try {
    return await restore({
      ...wanted,
      endings: vault.endings(),
      async forget(store, subjects) {
        await store.db.deleteFrom('consents').where('subject', 'in', subjects).execute();
        for (const { state, concerns } of await erasuresNaming(store.db, subjects))
          await plainRows(store).remove(
            state.order.subjects.filter((subject) => vault.stateOf(subject) === 'ended'),
            concerns,
          );
        await emptyLogOfWrites(store.db);
      },
    });
  } finally {
    await vault.close();
  }
}
