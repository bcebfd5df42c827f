import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { DIGESTS } from '@hearthward/protocol';
import { type Clock, DAY, iso } from '../clock.ts';
import { asFault, ServicesFault } from '../faults.ts';
import { audit } from '../operators/audit.ts';
import { syncFolder } from '../sync-folder.ts';
import type { CopyEnding } from './engine.ts';
import type { Store } from './open.ts';

/**
 * Copies of the store, each with the day on which it is removed, in its name too. What the vault keeps is in none of them, so
 * that a copy says nothing about anybody who was erased from the moment at which the keys are gone; what is left of the bytes
 * goes with the copy. One that somebody moved is overdue after its day, until somebody says that it was removed.
 */
export interface Backups {
  /** @throws ServicesFault where the folder cannot be used, or the disk is full; nothing is left behind then */
  readonly make: (wanted: { readonly out: string; readonly keepDays: number; readonly who: string }) => Promise<Backup>;
  /** newest first */
  readonly list: () => Promise<readonly Backup[]>;
  /** removes those whose day has come, and what a crash left unfinished; answers how many went */
  readonly removeEnded: () => Promise<number>;
  /** what was moved by hand was removed by hand; false where it is still there, or no such copy is known */
  readonly noteRemoved: (id: string, who: string) => Promise<boolean>;
}
export interface Backup {
  readonly id: string;
  readonly file: string;
  /** SHA-256, lower-case hex; empty where it was not finished */
  readonly digest: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly madeAt: string;
  readonly until: string;
  readonly removedAt?: string;
}

export const KEEP_DAYS_MOST = 3650;

// G044 7-g: what is kept for the day the disk fails has an end, and what was erased goes from it by that day
export function openBackups(store: Store, clock: Clock): Backups {
  const making = new Set<string>();

  async function copy(id: string, file: string): Promise<Pick<Backup, 'digest' | 'bytes'>> {
    const aside = unfinished(file);
    try {
      await store.copyTo(aside);
      const made = { digest: await digestOf(aside), bytes: statSync(aside).size };
      renameSync(aside, file);
      syncFolder(dirname(file));
      await store.db.updateTable('backups').set(made).where('id', '=', id).execute();
      return made;
    } catch (error) {
      for (const each of [aside, file]) rmSync(each, { force: true });
      await removed(id, 'services', 'not-made');
      throw asFault(error, dirname(file));
    }
  }

  async function removed(id: string, who: string, why: 'ended' | 'not-made' | 'by-hand'): Promise<void> {
    await store.transaction(async (tx) => {
      await tx.updateTable('backups').set({ removed_at: clock.now() }).where('id', '=', id).execute();
      await audit(tx, clock.now(), { actor: who, action: 'backup-removed', subject: id, detail: { why } });
    });
  }

  return {
    async make({ out, keepDays, who }) {
      if (!isAbsolute(out)) throw new ServicesFault('usage', `${out} is not an absolute path`);
      const now = clock.now();
      const until = now + keepDays * DAY;
      // no key: tells two copies of one second apart
      const id = `${compact(now)}-${randomBytes(3).toString('hex')}`;
      const file = join(resolve(out), nameOf(id, until, store.copies));
      try {
        mkdirSync(out, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw asFault(error, out);
      }
      making.add(id);
      try {
        // on record first: a copy that nobody knows of would never be removed
        const row = { id, file, digest: '', bytes: 0, made_at: now, until, removing: 0, removed_at: null };
        await store.db.insertInto('backups').values(row).execute();
        const made = await copy(id, file);
        await audit(store.db, clock.now(), { actor: who, action: 'backup-made', subject: id, detail: { keepDays } });
        return { id, file, ...made, madeAt: iso(now), until: iso(until) };
      } finally {
        making.delete(id);
      }
    },
    async list() {
      const rows = await store.db.selectFrom('backups').selectAll().orderBy('made_at', 'desc').execute();
      return rows.map((row) => ({
        id: row.id,
        file: row.file,
        digest: row.digest,
        bytes: Number(row.bytes),
        madeAt: iso(Number(row.made_at)),
        until: iso(Number(row.until)),
        ...(row.removed_at === null ? {} : { removedAt: iso(Number(row.removed_at)) }),
      }));
    },
    async removeEnded() {
      const rows = await store.db.selectFrom('backups').selectAll().where('removed_at', 'is', null).execute();
      let count = 0;
      for (const { id, file, digest, until, removing } of rows) {
        const isUnfinished = digest === '' && !making.has(id);
        if (!isUnfinished && Number(until) > clock.now()) continue;
        // a copy that is not where it was made may be anywhere: its end is for whoever moved it to record
        if (!isUnfinished && !existsSync(file) && removing === 0) continue;
        await store.db.updateTable('backups').set({ removing: 1 }).where('id', '=', id).execute();
        for (const each of [file, unfinished(file)]) rmSync(each, { force: true });
        if (existsSync(dirname(file))) syncFolder(dirname(file));
        await removed(id, 'services', isUnfinished ? 'not-made' : 'ended');
        count++;
      }
      return count;
    },
    async noteRemoved(id, who) {
      const row = await store.db.selectFrom('backups').select('file').where('id', '=', id).executeTakeFirst();
      if (!row || existsSync(row.file)) return false;
      await removed(id, who, 'by-hand');
      return true;
    },
  };
}

const unfinished = (file: string): string => `${file}.new`;
const compact = (at: number): string => iso(at).replaceAll(/[-:]|\.\d+/g, '');

const nameOf = (id: string, until: number, ending: CopyEnding): string =>
  `services-${id}.until-${compact(until)}.${ending}`;

/** What the name of a copy says, for a store that does not know of it any more; undefined where it is none. */
export function readName(
  file: string,
): { readonly id: string; readonly madeAt: number; readonly until: number } | undefined {
  const [, made = '', mark, until = ''] =
    /^services-(\d{8}T\d{6}Z)-([0-9a-f]{6})\.until-(\d{8}T\d{6}Z)\.(?:sqlite|dump)$/.exec(basename(file)) ?? [];
  if (mark === undefined) return undefined;
  return { id: `${made}-${mark}`, madeAt: instantIn(made), until: instantIn(until) };
}

const instantIn = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

export async function digestOf(file: string): Promise<string> {
  const hash = createHash(DIGESTS.sha256.digest);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
