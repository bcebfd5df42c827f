import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../../clock.ts';
import { asFault, ServicesFault } from '../../faults.ts';
import { syncFolder } from '../../sync-folder.ts';
import { type Store, STORE_NOTE, storeOn } from '../open.ts';
import { openPostgres } from './open.ts';

/**
 * A data folder and a database that belong together. Certificates, keys and the vault lie in the folder: with another's
 * database nothing of it would be true. A note in the folder and one in the database name each other.
 */
export async function openBound(dataDir: string, clock: Clock, address: string): Promise<Store> {
  const engine = await openPostgres(address);
  const store = await storeOn(engine, clock);
  try {
    await bind(store, dataDir, engine.where);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Note {
  readonly store: string;
  /** false until the database is known to name it too */
  readonly bound: boolean;
}

async function bind(store: Store, dataDir: string, where: string): Promise<void> {
  const note = readNote(dataDir);
  const { rows } = await sql<{ folder: string | null }>`select folder from owner`.execute(store.db);
  const folder = rows[0]?.folder ?? undefined;
  if (folder === note?.store && note?.bound) return;
  if (folder !== note?.store && (folder !== undefined || note?.bound))
    throw new ServicesFault('store-elsewhere', `${where} is not the store of ${dataDir}`);
  // no key: names a store
  const id = note?.store ?? randomBytes(16).toString('base64url');
  writeNote(dataDir, { store: id, bound: false });
  await sql`update owner set folder = ${id}`.execute(store.db);
  writeNote(dataDir, { store: id, bound: true });
}

/** The same of a store that came from a copy, whatever it was bound to. */
export async function bindTo(store: Store, dataDir: string): Promise<void> {
  const { rows } = await sql<{ folder: string | null }>`select folder from owner`.execute(store.db);
  // no key: names a store
  const id = readNote(dataDir)?.store ?? rows[0]?.folder ?? randomBytes(16).toString('base64url');
  writeNote(dataDir, { store: id, bound: false });
  await sql`update owner set folder = ${id}`.execute(store.db);
}

function readNote(dataDir: string): Note | undefined {
  const file = join(dataDir, STORE_NOTE);
  if (!existsSync(file)) return undefined;
  try {
    // no boundary: our own note
    const { store, bound } = JSON.parse(readFileSync(file, 'utf8')) as Note;
    if (typeof store === 'string' && typeof bound === 'boolean') return { store, bound };
  } catch (error) {
    throw new ServicesFault('data-damaged', `${file} cannot be read`, error);
  }
  throw new ServicesFault('data-damaged', `${file} cannot be read`);
}

function writeNote(dataDir: string, note: Note): void {
  const file = join(dataDir, STORE_NOTE);
  try {
    const handle = openSync(`${file}.new`, 'w', 0o600);
    try {
      writeSync(handle, `${JSON.stringify(note)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(`${file}.new`, file);
    syncFolder(dataDir);
  } catch (error) {
    throw asFault(error, file);
  }
}
