import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Kysely, sql } from 'kysely';
import type { Dialect as KyselyDialect, Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { asFault, ServicesFault } from '../faults.ts';
import { type Dialect, MIGRATIONS, STORE_VERSION } from './migrations.ts';
import { openSqlite } from './sqlite.ts';
import type { Tables } from './tables.ts';

export type Query = Kysely<Tables> | Transaction<Tables>;

/** What every room of the services reads and writes through. A transaction that has returned is durable. */
export interface Store {
  readonly db: Kysely<Tables>;
  /** all or nothing; work inside it goes through `tx` alone */
  readonly transaction: <T>(work: (tx: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** What was deleted is in no log beside the file either; `thorough`, nor on a page that a row was moved away from. */
  readonly scrub: (thorough?: 'thorough') => Promise<void>;
  readonly dialect: Dialect;
  readonly close: () => Promise<void>;
}

/** A store in a file of ours. */
export interface FileStore extends Store {
  /** a copy as of one moment, while others read and write; whole and on the disk when it resolves */
  readonly copyTo: (file: string) => Promise<void>;
}

/** @throws ServicesFault where the folder is owned, of another version, foreign, full or not writable */
export async function openStore(dataDir: string, clock: Clock): Promise<FileStore> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asFault(error, dataDir);
  }
  // a copy that was being put back when the power went still has whoever was erased since
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(join(dataDir, `${RESTORING_FILE}${end}`), { force: true });
  return openStoreFile(join(dataDir, STORE_FILE), clock);
}

export async function openStoreFile(path: string, clock: Clock): Promise<FileStore> {
  const file = openSqlite(path);
  try {
    const store = await storeOn(file.dialect, 'sqlite', clock, dirname(path));
    return { ...store, copyTo: file.copyTo };
  } catch (error) {
    file.close();
    throw error;
  }
}

export const STORE_FILE = 'services.sqlite';
export const RESTORING_FILE = `${STORE_FILE}.restoring`;

/** The same store on any dialect; migrates it to this version first. */
export async function storeOn(dialect: KyselyDialect, name: Dialect, clock: Clock, where: string): Promise<Store> {
  const db = new Kysely<Tables>({ dialect });
  await migrate(db, name, clock, where);
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    // EN 303 645 5.11-1, G044 6.11.1: deleted is deleted on the disk too
    async scrub(thorough) {
      if (thorough) await sql`vacuum`.execute(db);
      if (name === 'sqlite') await sql`pragma wal_checkpoint(truncate)`.execute(db);
    },
    dialect: name,
    close: () => db.destroy(),
  };
}

/** Each migration and its version row are one transaction: a crash between leaves the version before. */
async function migrate(db: Kysely<Tables>, dialect: Dialect, clock: Clock, where: string): Promise<void> {
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
      await up(tx as unknown as Kysely<never>, dialect);
      await sql`insert into schema_version (version, applied_at) values (${version}, ${clock.now()})`.execute(tx);
    });
  }
}
