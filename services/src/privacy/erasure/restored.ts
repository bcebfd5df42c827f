import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { type Restored, restore } from '../../store/restore.ts';
import { doubtConsents, openConsents } from '../consents.ts';
import { openPersonalData } from '../kept/kept.ts';
import { PRIVACY_FOLDER } from '../privacy.ts';
import type { Store } from '../../store/open.ts';
import type { Vault } from '../seams.ts';
import { openVault } from '../vault/vault.ts';
import { decideErasure } from './decide.ts';
import { openNews } from './news.ts';
import { allErasures, keepErasure } from './rows.ts';

/** A copy of the store in its place, without anybody whom the vault has ended; services that run are in the way of it. */
export async function restoreServices(wanted: {
  readonly backup: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly who: string;
  readonly replace: boolean;
  /** folders of the vault's replicas, as the services are started with */
  readonly replicas: readonly string[];
  /** of the database that is the store; absent: a file in the data folder */
  readonly address?: string;
}): Promise<Restored> {
  const { dataDir, clock, replicas } = wanted;
  const vault = openVault({ folder: join(dataDir, PRIVACY_FOLDER), replicas, clock, expected: true });
  try {
    return await restore({
      ...wanted,
      endings: vault.endings(),
      async forget(store, subjects) {
        const consents = await openConsents(store, vault);
        const data = openPersonalData({ store, vault, consents, clock, declarations: [] });
        for (const each of [{ remove: consents.forget }, data]) await each.remove(subjects);
      },
      async alone(store) {
        await keepTakenBack(store, vault, clock);
        await askToTellAgain(store, vault);
      },
    });
  } finally {
    await vault.close();
  }
}

/**
 * Of an order that could still be taken back when the copy was made, the copy does not know what became of it. The vault
 * does: whoever is not blocked there has kept their data, and is not erased because of a copy.
 */
async function keepTakenBack(store: Store, vault: Pick<Vault, 'stateOf'>, clock: Clock): Promise<void> {
  for (const { state } of await allErasures(store.db, true, Number.MAX_SAFE_INTEGER)) {
    if (state.phase !== 'undo' || !state.order.subjects.every((subject) => vault.stateOf(subject) === 'open')) continue;
    const kept = decideErasure(state, { kind: 'keep' }, Math.min(clock.now(), state.order.undoUntil - 1));
    await keepErasure(store.db, kept.state);
  }
}

/** Consent of then is no consent of now: it counts once a device has said so again, and each is asked to. */
async function askToTellAgain(store: Store, vault: Pick<Vault, 'originOf'>): Promise<void> {
  const news = openNews({ store, send: () => false });
  const devices = (await doubtConsents(store.db)).map((subject) => vault.originOf(subject)?.deviceId);
  for (const deviceId of new Set(devices))
    if (deviceId !== undefined) await news.tell(deviceId, { kind: 'tell-again' });
}
