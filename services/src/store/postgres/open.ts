import { PostgresDialect } from 'kysely';
import type { Engine } from '../engine.ts';
import { describeAddress, type PostgresAddress, readAddress } from './address.ts';
import { type Ask, oneConnection } from './connection.ts';
import { dumpTo, runProgram } from './dump.ts';
import { openOwner } from './owner.ts';
import { openScrub } from './scrub.ts';

/** What putting back a copy needs beside. */
export interface Database extends Engine {
  readonly address: PostgresAddress;
  readonly ask: Ask;
  /** a program of PostgreSQL's, connected as we are; `file` is what it reads or writes */
  readonly program: (name: 'pg_dump' | 'pg_restore', options: readonly string[], file: string) => Promise<void>;
  readonly markMine: () => Promise<void>;
}

/**
 * A database of PostgreSQL as the store, this process's alone until `close`.
 * @throws ServicesFault `store-unreachable`, `store-refused`, `store-untrusted`, `store-rights`, `data-owned`
 */
export async function openPostgres(text: string): Promise<Database> {
  const address = readAddress(text);
  const where = describeAddress(address);
  const owner = openOwner(where);
  const { pool, ask } = oneConnection(address, owner.greet);
  const program: Database['program'] = (name, options, file) => runProgram(name, address, options, file);
  // whatever is wrong is told before anything is done
  await ask('select 1');
  return {
    name: 'postgres',
    dialect: new PostgresDialect({ pool }),
    where,
    scrub: openScrub(),
    copyTo: (file) => dumpTo(program, file),
    copies: 'dump',
    close: () => pool.end(),
    address,
    ask,
    program,
    markMine: () => owner.markMine(ask),
  };
}
