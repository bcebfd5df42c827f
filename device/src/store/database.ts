import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asFault, DeviceFault } from '../driver/faults.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const CANTOPEN = 14;
const NOT_A_DATABASE = 26;

/**
 * A database that one process holds for as long as it lives: the lock is the operating system's, so a crash frees it.
 * What is acknowledged is on the disk (synchronous FULL); what is deleted is overwritten (secure_delete).
 */
export const openDatabase = (
  path: string,
  format: { readonly version: number; readonly schema: string; readonly maxPages?: number },
): DatabaseSync => {
  const folder = dirname(path);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(path, { timeout: 0 });
    // Nobody else reads it; its write-ahead log takes the same mode.
    chmodSync(path, 0o600);
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;',
    );
    if (format.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${format.maxPages}`);
    readVersion(database, path, format);
    holdShape(database, folder, format.schema);
    return database;
  } catch (thrown) {
    database?.close();
    throw databaseFault(thrown, folder);
  }
};

const FORMAT_TABLE = 'CREATE TABLE IF NOT EXISTS format (version INTEGER NOT NULL) STRICT';

const readVersion = (
  database: DatabaseSync,
  path: string,
  format: { readonly version: number; readonly schema: string },
): void => {
  database.exec('BEGIN IMMEDIATE');
  database.exec(FORMAT_TABLE);
  const row = database.prepare('SELECT version FROM format').get();
  if (row === undefined) {
    database.exec(format.schema);
    database.prepare('INSERT INTO format (version) VALUES (?)').run(format.version);
  } else if (row['version'] !== format.version) {
    database.exec('ROLLBACK');
    throw new DeviceFault(
      'data-other-version',
      `${path} has format ${String(row['version'])}, this version reads ${format.version}`,
      'Start the version that wrote it, or use another data folder.',
    );
  }
  database.exec('COMMIT');
};

/**
 * The tables are the ones that this software makes, and no trigger or view that somebody put in beside them: it would do
 * its work each time that the device writes. Pages are looked through as well.
 */
// EN 303 645 5.7-1, G044 6.7.1, G045 PL-1-4: a store of another shape than the software's own is not opened
const holdShape = (database: DatabaseSync, folder: string, schema: string): void => {
  const own = new DatabaseSync(':memory:');
  try {
    own.exec(`${FORMAT_TABLE};${schema}`);
    const sound = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
    const there = new Set(shapeOf(database));
    if (sound && shapeOf(own).every((part) => there.has(part)) && !hasMore(database)) return;
  } finally {
    own.close();
  }
  throw new DeviceFault(
    'data-damaged',
    `The data in ${folder} is damaged: its tables are not those of this software`,
    'Restore the folder, or make the device anew.',
  );
};

const shapeOf = (database: DatabaseSync): readonly string[] =>
  database
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema')
    .all()
    .map((part) => JSON.stringify(part));

/** This software makes neither. */
const hasMore = (database: DatabaseSync): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type IN ('trigger', 'view')").get() !== undefined;

/** A closed database is from now on of another format. */
export const markFormat = (path: string, version: number): void => {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.prepare('UPDATE format SET version = ?').run(version);
  } finally {
    database.close();
  }
};

export const databaseFault = (thrown: unknown, folder: string): DeviceFault => {
  if (thrown instanceof DeviceFault) return thrown;
  const code = (thrown as { errcode?: unknown }).errcode;
  const primary = typeof code === 'number' ? code & 0xff : undefined;
  if (primary === BUSY || primary === LOCKED) {
    return new DeviceFault(
      'data-owned',
      `${folder} is used by another running device`,
      'Stop that one, or use another data folder.',
      thrown,
    );
  }
  if (primary === CORRUPT || primary === NOT_A_DATABASE) {
    return new DeviceFault(
      'data-damaged',
      `The data in ${folder} is damaged`,
      'Restore the folder, or make the device anew.',
      thrown,
    );
  }
  const system = (thrown as NodeJS.ErrnoException).code;
  if (primary === CANTOPEN || system === 'ENOTDIR' || system === 'EEXIST') {
    return new DeviceFault(
      'data-unreadable',
      `The data folder cannot be opened: ${folder}`,
      'Name a folder that the device’s user can read and write.',
      thrown,
    );
  }
  return asFault(thrown);
};
