import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { asFault, ServicesFault } from '../faults.ts';
import type { CopyEnding, Engine } from './engine.ts';
import { type Dialect, MIGRATIONS, STORE_VERSION } from './migrations.ts';
import { openSqlite } from './sqlite.ts';
import type { Tables } from './tables.ts';

export type Query = Kysely<Tables> | Transaction<Tables>;

/** What every room of the services reads and writes through. A transaction that has returned is durable. */
export interface Store {
  readonly db: Kysely<Tables>;
  /** all or nothing; work inside it goes through `tx` alone */
  readonly transaction: <T>(work: (tx: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /**
   * What was deleted is in no file of the store either; `thorough`, nor where a row was moved away from. `later`: it is
   * deleted, and its bytes go when this is asked another time.
   */
  readonly scrub: (thorough?: 'thorough') => Promise<'clean' | 'later'>;
  /** a copy as of one moment, while others read and write; whole and on the disk when it resolves */
  readonly copyTo: (file: string) => Promise<void>;
  /** while a copy is made no table is dropped: it would wait for the copy, and everything else for it */
  readonly isCopying: () => boolean;
  readonly copies: CopyEnding;
  readonly dialect: Dialect;
  readonly close: () => Promise<void>;
}

/**
 * @param address of a database of PostgreSQL, `postgres://USER@HOST/DATABASE`; absent: a file of SQLite in the folder
 * @throws ServicesFault where the store is owned, of another version, foreign, full, not writable or not reachable
 */
export async function openStore(dataDir: string, clock: Clock, address?: string): Promise<Store> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asFault(error, dataDir);
  }
  const file = join(dataDir, STORE_FILE);
  if (address !== undefined) {
    if (existsSync(file)) throw new ServicesFault('store-elsewhere', `the store of ${dataDir} is ${file}`);
    // who keeps a file of SQLite need not load a client of PostgreSQL
    const { openBound } = await import('./postgres/bound.ts');
    return openBound(dataDir, clock, address);
  }
  if (existsSync(join(dataDir, STORE_NOTE)))
    throw new ServicesFault('store-elsewhere', `the store of ${dataDir} is a database of PostgreSQL`);
  // a copy that was being put back when the power went still has whoever was erased since
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(join(dataDir, `${RESTORING_FILE}${end}`), { force: true });
  return openStoreFile(file, clock);
}

export const openStoreFile = (path: string, clock: Clock): Promise<Store> => storeOn(openSqlite(path), clock);

export const STORE_FILE = 'services.sqlite';
export const RESTORING_FILE = `${STORE_FILE}.restoring`;
/** of a data folder whose store is a database: which one */
export const STORE_NOTE = 'store.json';

/** The same store on any database; migrates it to this version first, and closes it where that fails. */
export async function storeOn(engine: Engine, clock: Clock): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: engine.dialect });
  try {
    await migrate(db, engine, clock);
  } catch (error) {
    await engine.close();
    throw error;
  }
  let copying = 0;
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    scrub: (thorough) => engine.scrub(db, thorough !== undefined),
    async copyTo(file) {
      copying++;
      try {
        await engine.copyTo(file);
      } finally {
        copying--;
      }
    },
    isCopying: () => copying > 0,
    copies: engine.copies,
    dialect: engine.name,
    close: () => db.destroy(),
  };
}

/** Each migration and its version row are one transaction: a crash between leaves the version before. */
async function migrate(db: Kysely<Tables>, { name, where }: Engine, clock: Clock): Promise<void> {
  await sql`create table if not exists schema_version (version integer primary key, applied_at bigint not null)`.execute(
    db,
  );
  const { rows } = await sql<{ version: number | null }>`select max(version) as version from schema_version`.execute(
    db,
  );
  const found = rows[0]?.version ?? 0;
  if (found > STORE_VERSION)
    throw new ServicesFault(
      'data-version',
      `${where} was written by version ${found} of the store, this program knows ${STORE_VERSION}`,
    );
  for (const { version, up } of MIGRATIONS) {
    if (version <= found) continue;
    await db.transaction().execute(async (tx) => {
      await up(tx as unknown as Kysely<never>, name);
      await sql`insert into schema_version (version, applied_at) values (${version}, ${clock.now()})`.execute(tx);
    });
  }
}
