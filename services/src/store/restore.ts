import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Subject } from '@hearthward/protocol';
import { sql } from 'kysely';
import { type Clock, SECOND } from '../clock.ts';
import { asFault, ServicesFault } from '../faults.ts';
import { audit } from '../operators/audit.ts';
import { digestOf, readName } from './backups.ts';
import type { Store } from './open.ts';
import { inFolder, type PuttingBack } from './putting-back.ts';

/**
 * Puts a copy of the store in its place. Whoever was erased since it was made is erased from it before anything can read it:
 * the work is done aside, on what becomes the store when it is whole. What was asked since then, and which other copies
 * there are, is taken over from the store that it replaces, where that can still be read.
 */
export interface Restored {
  /** people whose rows went, of those that were ever erased */
  readonly erased: number;
  readonly takenOver: boolean;
}

export interface Restoring {
  readonly backup: string;
  readonly dataDir: string;
  /** of the database that is the store; absent: a file in the data folder */
  readonly address?: string | undefined;
  readonly clock: Clock;
  readonly who: string;
  /** the store that is there is given up */
  readonly replace: boolean;
  /** whoever was ever erased, as the vault has it */
  readonly endings: Iterable<{ readonly subject: Subject }>;
  /** deletes every row of these */
  readonly forget: (store: Store, subjects: readonly Subject[]) => Promise<void>;
  /** what the copy does not know, where nothing could be taken over */
  readonly alone?: (store: Store) => Promise<void>;
}

/** @throws ServicesFault where it is no copy, the store is in use, or is there and not to be replaced; nothing is changed then */
// EN 303 645 5.11-2, G044 7-g, G045 DS-4-1: a copy brings nobody back
export async function restore(world: Restoring): Promise<Restored> {
  const place = await placeOf(world);
  let store: Store | undefined;
  try {
    const isThere = await place.isThere();
    if (isThere && !world.replace) throw new ServicesFault('already-there', `${place.where} is there`);
    store = await place.begin(world.backup);
    const takenOver = isThere && (await place.takeOver(store, TAKEN_OVER));
    const erased = await prepare(world, store, takenOver);
    await place.finish(store);
    return { erased, takenOver };
  } catch (error) {
    await place.giveUp(store);
    throw asFault(error, world.backup);
  }
}

async function placeOf({ dataDir, clock, address }: Restoring): Promise<PuttingBack> {
  if (address === undefined) return inFolder(dataDir, clock);
  const { inDatabase } = await import('./postgres/putting-back.ts');
  return inDatabase(address, dataDir, clock);
}

/** The copy as it may be read; answers how many were erased from it. */
async function prepare(
  { backup, clock, who, endings, forget, alone }: Restoring,
  store: Store,
  takenOver: boolean,
): Promise<number> {
  await registerCopies(store, backup);
  if (!takenOver) {
    await renumberNews(store, clock.now());
    await alone?.(store);
  }
  let erased = 0;
  for (const batch of inBatches(endings, 500)) {
    await forget(store, batch);
    erased += batch.length;
  }
  await store.scrub();
  await audit(store.db, clock.now(), { actor: who, action: 'restored', subject: readName(backup)?.id ?? 'a copy' });
  return erased;
}

/** in this order, since some name others */
const TAKEN_OVER = [
  'consents',
  'erasures',
  'erasure_subjects',
  'erasure_holds',
  'party_answers',
  'privacy_news_told',
  'privacy_news',
  'backups',
] as const;

/**
 * A device does not listen to a number that it has heard. Which those are since the copy was made, nobody knows: what it is told
 * from now on has numbers that no device can have heard, seconds since the epoch being more than news there ever were.
 */
async function renumberNews({ db }: Store, now: number): Promise<void> {
  const beyond = Math.floor(now / SECOND);
  await sql`insert into privacy_news_told (device_id, n) select device_id, 0 from devices where true
    on conflict (device_id) do nothing`.execute(db);
  for (const table of ['privacy_news', 'privacy_news_told'])
    await sql`update ${sql.ref(table)} set n = n + ${beyond}`.execute(db);
}

/** Copies that the restored one does not know of lie beside it; each has its day in its name. */
async function registerCopies(store: Store, backup: string): Promise<void> {
  const folder = dirname(resolve(backup));
  for (const name of readdirSync(folder)) {
    const read = readName(name);
    if (!read) continue;
    const file = join(folder, name);
    const { id, madeAt, until } = read;
    const digest = await digestOf(file);
    const row = { id, file, digest, bytes: 0, made_at: madeAt, until, removing: 0, removed_at: null };
    await store.db
      .insertInto('backups')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ file, digest, removing: 0, removed_at: null }))
      .execute();
  }
}

function* inBatches(endings: Iterable<{ readonly subject: Subject }>, size: number): Generator<readonly Subject[]> {
  let batch: Subject[] = [];
  for (const { subject } of endings) {
    batch.push(subject);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
