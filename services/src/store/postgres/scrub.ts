import { sql } from 'kysely';
import type { Scrub } from '../engine.ts';
import { SCHEMA } from './owner.ts';

/**
 * PostgreSQL deletes a row by not showing it any more; its bytes stay in the file of the table until that is rewritten.
 * Sealed rows say nothing without their key, and go with the table of their day. What was never sealed is rewritten here: a
 * few tables, at once where they are small, and otherwise seldom enough to take little of the time.
 */
// EN 303 645 5.11-1, G044 6.11.1: deleted is deleted on the disk too
export function openScrub(now: () => number = () => performance.now()): Scrub {
  let notBefore = 0;
  return async (db, thorough) => {
    if (!thorough && now() < notBefore) return 'later';
    const began = now();
    const tables = thorough ? await tablesIn(db) : NEVER_SEALED;
    for (const table of tables) await sql`vacuum (full) ${sql.table(table)}`.execute(db);
    await endLog(db);
    notBefore = now() + (now() - began) * AT_MOST_A;
    return 'clean';
  };
}

/** a fiftieth of the time, in which nothing else is written */
const AT_MOST_A = 50;

/** in the clear, under a pseudonym or an account */
const NEVER_SEALED = [
  'consents',
  'erasure_holds',
  'party_answers',
  'privacy_news',
  'account_sessions',
  'account_followers',
] as const;

async function tablesIn(db: Parameters<Scrub>[0]): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = ${SCHEMA}`.execute(db);
  return rows.map(({ name }) => name);
}

/** The log of writes still has the row: its part is closed, and removed by the next checkpoint, where the server lets us. */
async function endLog(db: Parameters<Scrub>[0]): Promise<void> {
  const { rows } = await sql<{ may: boolean }>`select
    has_function_privilege('pg_switch_wal()', 'execute')
    and (pg_has_role('pg_checkpoint', 'usage') or
      (select rolsuper from pg_roles where rolname = current_user)) as may`.execute(db);
  if (!rows[0]?.may) return;
  await sql`select pg_switch_wal()`.execute(db);
  await sql`checkpoint`.execute(db);
}
