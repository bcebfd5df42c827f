import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Subject } from '@hearthward/protocol';
import { asFault, ServicesFault } from '../../faults.ts';
import { openOwned } from '../../store/sqlite.ts';

/**
 * One file of the vault, here or in a replica's folder: the same rows in each. Where keys lie is never moved and never
 * freed: each has a slot that was added at the end of its table, and ending it overwrites the slot in place. A row that
 * SQLite moves to another page leaves a copy behind that no later deletion reaches.
 */
export interface VaultFile {
  readonly where: string;
  /** what was written last, one value for all files; empty in a file that has never been written */
  readonly head: () => string;
  readonly all: (query: string, ...parameters: readonly SQLInputValue[]) => readonly unknown[];
  readonly first: (query: string, ...parameters: readonly SQLInputValue[]) => unknown;
  /** all or nothing, and on the disk when it returns. @throws ServicesFault naming this file */
  readonly write: (head: string, work: (run: Run) => void) => void;
  /** Nothing that was overwritten remains beside the file either. @throws ServicesFault */
  readonly scrub: () => void;
  /**
   * Written anew, without what rearranged pages have kept of rows that are gone; nothing where it was since `mark`, which rises
   * with each ending. Takes memory of the file's size. @throws ServicesFault
   */
  readonly compact: (mark: number) => void;
  /** pages that the file may have; a full disk in tests */
  readonly limitPages: (pages: number) => void;
  readonly close: () => void;
}
export type Run = (query: string, ...parameters: readonly SQLInputValue[]) => void;

/** A subject as it stands in a file. `wrapped` is its key, sealed; nought bytes of the same length once it is ended. */
export interface Kept {
  readonly subject: Subject;
  readonly wrapped: Uint8Array;
  readonly device_id: string;
  readonly epoch: number;
  /** JSON: the items */
  readonly items: string;
  readonly state: 'open' | 'blocked';
  /** rises with each write of the vault: of two files the later row counts */
  readonly changed: number;
}
export interface Ending {
  readonly subject: Subject;
  readonly erasure_id: string;
  readonly at: number;
}

/** The last time that a person took an item back at the services. */
export interface KeptWithdrawal {
  readonly subject: Subject;
  readonly item: string;
  readonly n: number;
  /** JSON of the whole record: the store that had the consent before it may be lost */
  readonly record: string;
}

export const VAULT_FILE = 'vault.sqlite';
export const KEPT =
  'select s.subject, k.wrapped, s.device_id, s.epoch, s.items, s.state, s.changed from subjects s join keys k on k.slot = s.slot';
export const WITHDRAWN =
  'select w.subject, w.item, w.n, w.record from withdrawals w join subjects s on s.subject = w.subject order by w.subject, w.item';
const VERSION = '1';

export const hasVault = (folder: string): boolean => existsSync(join(folder, VAULT_FILE));

/** @throws ServicesFault where the file is owned, damaged, foreign, of another version or cannot be written */
export function openVaultFile(folder: string): VaultFile {
  const where = join(folder, VAULT_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asFault(error, folder);
  }
  const db = openPrepared(where);
  const prepared = new Map<string, StatementSync>();
  const statement = (query: string): StatementSync => {
    const known = prepared.get(query) ?? db.prepare(query);
    prepared.set(query, known);
    return known;
  };
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw faultOf(error, where);
    }
  };
  return {
    where,
    head: () => guarded(() => String(statement("select value from meta where name = 'head'").get()?.['value'] ?? '')),
    all: (query, ...parameters) => guarded(() => statement(query).all(...parameters)),
    first: (query, ...parameters) => guarded(() => statement(query).get(...parameters)),
    write: (head, work) =>
      guarded(() => {
        db.exec('BEGIN IMMEDIATE');
        try {
          work((query, ...parameters) => void statement(query).run(...parameters));
          statement(
            "insert into meta (name, value) values ('head', ?) on conflict (name) do update set value = excluded.value",
          ).run(head);
          db.exec('COMMIT');
        } catch (error) {
          // a full disk has rolled back by itself
          if (db.isTransaction) db.exec('ROLLBACK');
          throw error;
        }
      }),
    // EN 303 645 5.11-1, G044 6.11.1: the pages that held a key before it was overwritten lie in the log until it is cut
    scrub: () =>
      guarded(() => {
        const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { readonly busy: number };
        if (busy !== 0) throw new ServicesFault('data-owned', `${where} is read by another program`);
      }),
    compact: (mark) =>
      guarded(() => {
        const { user_version: last } = db.prepare('PRAGMA user_version').get() as { readonly user_version: number };
        if (last === mark) return;
        // what it is written anew from lies in memory, and in no file of the system's temporary folder
        db.exec('PRAGMA temp_store = MEMORY');
        db.exec('VACUUM');
        db.exec(`PRAGMA user_version = ${Math.trunc(mark)}`);
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      }),
    limitPages: (pages) => db.exec(`PRAGMA max_page_count = ${Math.trunc(pages)}`),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

function openPrepared(where: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = openOwned(where);
    prepare(db, where);
    return db;
  } catch (error) {
    db?.close();
    throw faultOf(error, where);
  }
}

function prepare(db: DatabaseSync, where: string): void {
  db.exec('BEGIN IMMEDIATE');
  db.exec(SCHEMA);
  db.prepare("insert into meta (name, value) values ('version', ?) on conflict do nothing").run(VERSION);
  db.exec('COMMIT');
  const found = String(db.prepare("select value from meta where name = 'version'").get()?.['value']);
  if (found !== VERSION)
    throw new ServicesFault('data-version', `${where} was written by version ${found} of the vault`);
}

// G045 DS-1-4, DS-1-5: who a pseudonym belongs to lies apart from what is kept under it
const SCHEMA = `
create table if not exists meta (name text primary key, value text not null) without rowid;
create table if not exists keys (slot integer primary key, wrapped blob not null);
create table if not exists subjects (
  subject text primary key, slot integer not null references keys (slot), device_id text not null, epoch integer not null,
  items text not null, state text not null, changed integer not null);
create index if not exists subjects_by_device on subjects (device_id, epoch);
create table if not exists accounts (account text primary key, verifier text not null);
create table if not exists links (subject text primary key, account text not null);
create index if not exists links_by_account on links (account);
create table if not exists ended_accounts (account text primary key, at integer not null) without rowid;
create table if not exists withdrawals (
  subject text not null, item text not null, n integer not null, record text not null, primary key (subject, item));
create table if not exists endings (subject text primary key, erasure_id text not null, at integer not null);
`;

/** https://sqlite.org/rescode.html: primary codes are the low byte. */
function faultOf(error: unknown, where: string): unknown {
  if (error instanceof ServicesFault && (error.code === 'data-damaged' || error.code === 'data-foreign'))
    return new ServicesFault('vault-damaged', `${where} is no vault, or damaged`, error);
  const primary = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  if (primary === 11 || primary === 26) return new ServicesFault('vault-damaged', `${where} is damaged`, error);
  return asFault(error, where);
}
