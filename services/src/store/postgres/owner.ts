import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ServicesFault } from '../../faults.ts';
import type { Ask } from './connection.ts';

/**
 * One process writes a store, since what it keeps in memory is only true then. On PostgreSQL it holds a lock of its one
 * connection, which the server gives back when that ends; whoever comes in between leaves a mark of their own, so that a
 * process whose connection was lost goes on only where nobody wrote since.
 */
export interface Owner {
  readonly greet: (ask: Ask, isFirst: boolean) => Promise<void>;
  /** of a store that another process wrote, and that is this one's now */
  readonly markMine: (ask: Ask) => Promise<void>;
}

/** everything lies in a schema of its own, so that a database can be shared */
export const SCHEMA = 'hearthward';
/** where the store lies while a copy is put back: as long as this is there, the copy is not whole */
export const BEFORE = 'hearthward_before';
/** what nobody needs any more */
export const GIVEN_UP = 'hearthward_given_up';

/** @param where what faults call the database */
export function openOwner(where: string): Owner {
  // no key: tells one process from another
  const mine = randomBytes(16).toString('base64url');
  const owned = () => new ServicesFault('data-owned', `${where} is owned by another running instance`);
  return {
    async greet(ask, isFirst) {
      for (const setting of SESSION) await ask(setting);
      for (let tries = LOCK_TRIES; !(await locks(ask)); tries--) {
        if (tries === 0) throw owned();
        await pause(LOCK_PAUSE);
      }
      if (!isFirst) {
        const [last] = await ask(`select process from ${SCHEMA}.owner`);
        if (last?.['process'] !== mine) throw owned();
        return;
      }
      await undoPuttingBack(ask);
      if (!(await hasSchema(ask, SCHEMA))) await ask(`create schema ${SCHEMA}`);
      await ask(
        `create table if not exists ${SCHEMA}.owner (one integer primary key, process text not null, folder text)`,
      );
      await markMine(ask);
    },
    markMine,
  };

  async function markMine(ask: Ask): Promise<void> {
    await ask(
      `insert into ${SCHEMA}.owner (one, process) values (1, $1)
        on conflict (one) do update set process = excluded.process`,
      [mine],
    );
  }
}

/** A copy that was being put back when the power went still has whoever was erased since: what was there before it, is. */
async function undoPuttingBack(ask: Ask): Promise<void> {
  if (await hasSchema(ask, BEFORE)) {
    await ask('begin');
    if (await hasSchema(ask, SCHEMA)) await ask(`alter schema ${SCHEMA} rename to ${GIVEN_UP}_copy`);
    await ask(`alter schema ${BEFORE} rename to ${SCHEMA}`);
    await ask('commit');
  }
  for (const each of [GIVEN_UP, `${GIVEN_UP}_copy`]) await dropSchema(ask, each);
}

/** Table by table: of very many at once, the server has not so many locks. */
export async function dropSchema(ask: Ask, schema: string): Promise<void> {
  const tables = await ask('select quote_ident(tablename) as name from pg_tables where schemaname = $1', [schema]);
  for (const { name } of tables) await ask(`drop table ${schema}.${String(name)} cascade`);
  await ask(`drop schema if exists ${schema} cascade`);
}

export async function hasSchema(ask: Ask, schema: string): Promise<boolean> {
  return (await ask('select 1 from pg_namespace where nspname = $1', [schema])).length > 0;
}

async function locks(ask: Ask): Promise<boolean> {
  const [row] = await ask('select pg_try_advisory_lock($1, $2) as mine', LOCK);
  return row?.['mine'] === true;
}

/** `hear`, `thwd`: numbers that nobody else in the database has a reason to take */
const LOCK = [0x68656172, 0x74687764] as const;
/** so long a server needs to see that a process has ended, and no longer */
const LOCK_TRIES = 20;
const LOCK_PAUSE = 100;

const SESSION = [
  `set search_path = ${SCHEMA}`,
  // EN 303 645 5.9-1: a commit has reached the disk before anything is acknowledged, whatever the server does for others
  'set synchronous_commit = on',
  // what rewrites a table takes its time; what waits for a lock waits for a program that nobody knows of
  'set statement_timeout = 0',
  "set lock_timeout = '10s'",
  // a peer that vanished holds the lock no longer than this
  'set tcp_keepalives_idle = 10',
  'set tcp_keepalives_interval = 5',
  'set tcp_keepalives_count = 3',
] as const;
