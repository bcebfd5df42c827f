import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../../clock.ts';
import { ServicesFault } from '../../faults.ts';
import { type Store, STORE_FILE, storeOn } from '../open.ts';
import type { PuttingBack } from '../putting-back.ts';
import { bindTo } from './bound.ts';
import { type Database, openPostgres } from './open.ts';
import { BEFORE, dropSchema, GIVEN_UP, SCHEMA } from './owner.ts';

/**
 * On PostgreSQL: the store that is there gets another name, the copy gets its own, and as long as there is one of the other
 * name the copy is not whole: whoever opens the database then has the store back that was there. Each step is a transaction.
 */
export async function inDatabase(address: string, dataDir: string, clock: Clock): Promise<PuttingBack> {
  if (existsSync(join(dataDir, STORE_FILE)))
    throw new ServicesFault('store-elsewhere', `the store of ${dataDir} is a file of SQLite`);
  const database = await openPostgres(address);
  const { ask, where } = database;
  let isAside = false;
  return {
    where,
    async isThere() {
      const [row] = await ask('select to_regclass($1) is not null as there', [`${SCHEMA}.schema_version`]);
      return row?.['there'] === true;
    },
    async begin(backup) {
      await database.program('pg_restore', ['--list', backup], backup);
      // both of this version, so that rows of one can be taken over into the other
      await storeOn(lasting(database), clock);
      await ask(`alter schema ${SCHEMA} rename to ${BEFORE}`);
      isAside = true;
      const whole = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges'];
      await database.program('pg_restore', [...whole, `--dbname=${database.address.database}`, backup], backup);
      await database.markMine();
      const store = await storeOn(database, clock);
      await bindTo(store, dataDir);
      return store;
    },
    async takeOver(store, tables) {
      for (const table of tables) await takeOverTable(store, table);
      return true;
    },
    async finish(store) {
      await ask(`alter schema ${BEFORE} rename to ${GIVEN_UP}`);
      isAside = false;
      await dropSchema(ask, GIVEN_UP);
      // what was erased from the copy lay in it
      await store.scrub('thorough');
      await store.close();
    },
    async giveUp(store) {
      await (store ?? database).close();
      // whoever opens it puts back what was there
      if (isAside) await (await openPostgres(address)).close();
    },
  };
}

/** The connection goes on after what was opened on it. */
const lasting = (database: Database): Database => ({ ...database, close: async () => undefined });

async function takeOverTable({ db }: Store, table: string): Promise<void> {
  const { rows } = await sql<{ name: string; isKey: boolean }>`select a.attname as name,
      a.attnum = any (i.indkey) as "isKey"
    from pg_attribute a join pg_index i on i.indrelid = a.attrelid and i.indisprimary
    where a.attrelid = ${`${BEFORE}.${table}`}::regclass and a.attnum > 0 and not a.attisdropped`.execute(db);
  const refs = (columns: typeof rows) => sql.join(columns.map(({ name }) => sql.ref(name)));
  const rest = rows.filter(({ isKey }) => !isKey);
  const newer = sql.join(rest.map(({ name }) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`));
  const then = rest.length === 0 ? sql`nothing` : sql`update set ${newer}`;
  await sql`insert into ${sql.table(`${SCHEMA}.${table}`)} (${refs(rows)})
    select ${refs(rows)} from ${sql.table(`${BEFORE}.${table}`)}
    on conflict (${refs(rows.filter(({ isKey }) => isKey))}) do ${then}`.execute(db);
}
