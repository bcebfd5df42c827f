import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import type { PlaceReport } from '@hearthward/protocol';
import type { Confirming } from '../../authority/confirming.ts';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../front/log.ts';
import { type Backups, openBackups } from '../../store/backups.ts';
import type { Store } from '../../store/open.ts';
import { dropOldRecords } from '../records.ts';
import type { News, Vault } from '../seams.ts';
import { type AllErasures, openErasures } from './driver.ts';
import { type KeptUp, keepErasures } from './keep.ts';
import { openNews } from './news.ts';
import { askParty, PARTIES_FILE } from './parties.ts';
import {
  askBackups,
  askDevice,
  askKeys,
  askServices,
  type Asking,
  isDevice,
  isParty,
  type PersonalRows,
} from './places.ts';
import type { Concerned } from './rows.ts';

/** Everything about erasing people, put together. */
export interface Erasing {
  readonly erasures: AllErasures;
  readonly news: News;
  readonly backups: Backups;
  /** from when devices can be told, until it is stopped */
  readonly keepUp: () => KeptUp;
}
export interface ErasingWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** of the data folder */
  readonly folder: string;
  readonly vault: Vault;
  readonly declarations: readonly Declaration[];
  /** what the services have of people, by pseudonym */
  readonly rows: readonly PersonalRows[];
  readonly confirming: () => Promise<Confirming>;
  readonly send: (deviceId: string, topic: string, payload: string) => boolean;
}

export function openErasing(world: ErasingWorld): Erasing {
  const { store, clock, log, vault } = world;
  const news = openNews(world);
  const backups = openBackups(store, clock);

  const askingOf = (place: PlaceReport['place'], concerns: Concerned): Asking => {
    const party = concerns.parties.find(({ id }) => id === isParty(place));
    if (party) return askParty({ store, clock, file: join(world.folder, PARTIES_FILE) }, party);
    const device = isDevice(place);
    if (device !== undefined) return askDevice({ news, store }, device);
    switch (place) {
      case 'keys':
        return askKeys({ store, vault });
      case 'services':
        return askServices(world);
      case 'backups':
        return askBackups({ store });
      default:
        return async ({ now }) => ({ state: 'failed', at: now, because: 'nothing here knows this place' });
    }
  };
  const erasures = openErasures({ ...world, news, askingOf });
  return {
    erasures,
    news,
    backups,
    keepUp: () => keepErasures(erasures, backups, log, [() => dropOldRecords(store, clock), vault.compact]),
  };
}
