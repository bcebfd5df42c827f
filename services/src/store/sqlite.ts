import { closeSync, fsyncSync, openSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { sql, SqliteDialect } from 'kysely';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { asFault, ServicesFault } from '../faults.ts';
import type { Engine } from './engine.ts';

/** `node:sqlite` in the shape that Kysely's SQLite dialect drives. One connection; Kysely queues transactions on it. */
export interface SqliteFile extends Engine {
  /** pages that the file may have; a full disk in tests */
  readonly limitPages: (pages: number) => void;
}

/**
 * Opens a file and keeps it for this process alone until `close`.
 * @throws ServicesFault `data-owned`, `data-foreign`, `data-damaged`, `disk-full`, `data-unwritable`
 */
export function openSqlite(file: string): SqliteFile {
  const db = openOwned(file);
  let closed = false;
  const close = () => {
    if (!closed) db.close();
    closed = true;
  };
  return {
    name: 'sqlite',
    dialect: new SqliteDialect({ database: adapt(db, file, close) }),
    where: file,
    limitPages: (pages) => db.exec(`PRAGMA max_page_count = ${Math.trunc(pages)}`),
    // EN 303 645 5.11-1, G044 6.11.1: neither in the log beside the file, nor, thoroughly, on a page that a row was moved away from
    async scrub(query, thorough) {
      if (thorough) await sql`vacuum`.execute(query);
      await sql`pragma wal_checkpoint(truncate)`.execute(query);
      return 'clean';
    },
    copyTo: (copy) => copyTo(db, copy),
    copies: 'sqlite',
    close: async () => close(),
  };
}

async function copyTo(db: DatabaseSync, file: string): Promise<void> {
  try {
    // nobody else may read it, from before it has a byte
    closeSync(openSync(file, 'w', 0o600));
    await backup(db, file, { rate: PAGES_AT_ONCE });
    // one file, which anybody can open without writing: the mode of its writes is not what is copied
    const copied = new DatabaseSync(file);
    try {
      copied.exec('PRAGMA journal_mode = DELETE');
    } finally {
      copied.close();
    }
    const handle = openSync(file, 'r+');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw asFault(error, file);
  }
}

/** a few milliseconds each, between which others write */
const PAGES_AT_ONCE = 500;

/**
 * The file itself, for a room that keeps one of its own: this process's alone, each commit on the disk, what is deleted
 * overwritten.
 * @throws ServicesFault as `openSqlite`
 */
export function openOwned(file: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 0 });
    // The lock is the operating system's: it ends with the process, so a crash leaves no stale owner behind.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    // EN 303 645 5.9-1: a commit has reached the disk before anything is acknowledged
    db.exec('PRAGMA synchronous = FULL');
    // Personal data that is deleted shall not linger in free pages.
    db.exec('PRAGMA secure_delete = ON');
    db.exec('BEGIN IMMEDIATE; COMMIT');
    return db;
  } catch (error) {
    db?.close();
    throw openingFault(error, file);
  }
}

/** https://sqlite.org/rescode.html: primary codes are the low byte. */
function openingFault(error: unknown, file: string): unknown {
  const primary = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  switch (primary) {
    case 5:
    case 6:
      return new ServicesFault('data-owned', `${file} is owned by another running instance`, error);
    case 26:
      return new ServicesFault('data-foreign', `${file} is not a store of these services`, error);
    case 11:
      return new ServicesFault('data-damaged', `${file} is damaged`, error);
    case 8:
    case 14:
      return new ServicesFault('data-unwritable', `${file} cannot be opened for writing`, error);
    default:
      return asFault(error, file);
  }
}

function adapt(db: DatabaseSync, file: string, close: () => void): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close,
    prepare(query) {
      const known = prepared.get(query);
      if (known) return known;
      const statement = query === 'rollback' ? rollback(db) : wrap(db.prepare(query), file);
      if (prepared.size >= STATEMENTS_KEPT) prepared.clear();
      prepared.set(query, statement);
      return statement;
    },
  };
}

/** Compiled statements that stay prepared; bounded because filters of the console make new ones. */
const STATEMENTS_KEPT = 200;

/** A full disk has rolled back by itself (sqlite.org/lang_transaction.html, 3): the fault behind it is the one to tell. */
const rollback = (db: DatabaseSync): SqliteStatement => {
  const run = () => {
    if (db.isTransaction) db.exec('ROLLBACK');
    return { changes: 0n, lastInsertRowid: 0n };
  };
  return { reader: false, all: () => [], run, iterate: () => [][Symbol.iterator]() };
};

function wrap(statement: StatementSync, file: string): SqliteStatement {
  const guarded = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw asFault(error, file);
    }
  };
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => guarded(() => statement.all(...values(parameters))),
    run: (parameters) => guarded(() => statement.run(...values(parameters))),
    iterate: (parameters) => guarded(() => statement.iterate(...values(parameters)) as IterableIterator<unknown>),
  };
}

const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
