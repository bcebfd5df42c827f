import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { ServicesFault } from '../faults.ts';
import { syncFolder } from '../sync-folder.ts';
import { openStoreFile, RESTORING_FILE, type Store, STORE_FILE, STORE_NOTE } from './open.ts';

/** How a copy becomes the store: aside from the one that is there until it is whole, and then at once. */
export interface PuttingBack {
  readonly where: string;
  readonly isThere: () => Promise<boolean>;
  /** the copy, aside, of this version */
  readonly begin: (backup: string) => Promise<Store>;
  /** rows of these tables as the store that goes has them; false where it cannot be read */
  readonly takeOver: (aside: Store, tables: readonly string[]) => Promise<boolean>;
  /** the copy is the store, and closed */
  readonly finish: (aside: Store) => Promise<void>;
  /** the store that was there still is, and nothing is left of the copy */
  readonly giveUp: (aside: Store | undefined) => Promise<void>;
}

/** On a file of SQLite: a file aside, which takes the place of the other. */
export function inFolder(dataDir: string, clock: Clock): PuttingBack {
  const file = join(dataDir, STORE_FILE);
  const aside = join(dataDir, RESTORING_FILE);
  const clear = () => {
    for (const each of withLogs(aside)) rmSync(each, { force: true });
  };
  return {
    where: file,
    async isThere() {
      if (existsSync(join(dataDir, STORE_NOTE)))
        throw new ServicesFault('store-elsewhere', `the store of ${dataDir} is a database of PostgreSQL`);
      return existsSync(file);
    },
    async begin(backup) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      clear();
      copyFileSync(backup, aside);
      return openStoreFile(aside, clock);
    },
    async takeOver(store, tables) {
      try {
        // of this version, its own log of writes taken in, and nobody else's
        await (await openStoreFile(file, clock)).close();
      } catch (error) {
        if (error instanceof ServicesFault && error.code === 'data-damaged') return false;
        throw error;
      }
      await sql`attach database ${file} as old`.execute(store.db);
      for (const table of tables)
        await sql`insert or replace into main.${sql.ref(table)} select * from old.${sql.ref(table)}`.execute(store.db);
      await sql`detach database old`.execute(store.db);
      return true;
    },
    async finish(store) {
      await store.close();
      // the log of writes of the store that goes would be taken for one of the store that comes
      for (const each of withLogs(file).slice(1)) rmSync(each, { force: true });
      renameSync(aside, file);
      syncFolder(resolve(dataDir));
    },
    async giveUp(store) {
      await store?.close();
      clear();
    },
  };
}

const withLogs = (file: string): readonly string[] => [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
