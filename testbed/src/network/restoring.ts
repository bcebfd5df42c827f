import { cpSync, lstatSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import { restoreServices, startServices, type Backup, type FromServices, type ToServices } from '@hearthward/services';

/** The manufacturer's backups, as whoever runs the services has them made, and tries that they can be restored. */
export interface Restoring {
  /** kept for as long as people are told */
  readonly make: () => Promise<boolean>;
  /** as JSON */
  readonly copies: () => Promise<string>;
  /** what services have of the device that begin from the newest copy, in a folder beside those that run; as JSON */
  readonly restored: (deviceId: string) => Promise<string>;
}

/** How the services are asked that run: in this process, or as one of their own. */
export type Command = (
  asked: Extract<ToServices, { readonly type: 'backup' | 'backups' }>,
) => Promise<Pick<FromServices, 'type'> & { readonly backups?: readonly Backup[] }>;

/** What the desk calls it that a backup be made. */
export const BACKUP = 'backup';
const WHO = 'assessor';
const ANYWHERE = { address: '127.0.0.1', port: 0 };

/** @param dir where copies lie, and restored systems while they are looked at */
export const restoringOf = (
  command: Command,
  made: { readonly dataDir: string; readonly declarations: readonly Declaration[]; readonly clock?: Clock },
  dir: string,
): Restoring => {
  const { dataDir, declarations } = made;
  const clock = made.clock ?? { now: () => Date.now() };
  const told = declarations.flatMap(({ deletionFunctions }) =>
    deletionFunctions.flatMap(({ backupsWithinDays }) => backupsWithinDays ?? []),
  );
  const keepDays = Math.min(...told);
  const list = async (): Promise<readonly Backup[]> => {
    const { backups } = await command({ type: 'backups' });
    if (backups === undefined) throw new Error('the services do not say which copies there are');
    return backups;
  };
  return {
    make: async () => {
      const answer = await command({ type: 'backup', out: join(dir, 'backups'), keepDays, who: WHO });
      return answer.type === 'backups';
    },
    copies: async () => JSON.stringify(await list()),
    restored: async (deviceId) => {
      const newest = (await list()).find(({ removedAt }) => removedAt === undefined);
      if (newest === undefined) throw new Error('there is no copy');
      const aside = join(dir, 'restored');
      rmSync(aside, { recursive: true, force: true });
      try {
        // all but the store, and the door of those that run; the vault, which is in no copy, as it is now
        const filter = (file: string): boolean =>
          !basename(file).startsWith('services.sqlite') && !lstatSync(file).isSocket();
        cpSync(dataDir, aside, { recursive: true, filter });
        const world = { dataDir: aside, clock, who: WHO, replace: false, replicas: [] };
        await restoreServices({ ...world, backup: newest.file });
        const listen = { https: ANYWHERE, enrolment: ANYWHERE, mqtts: ANYWHERE };
        const again = await startServices({ dataDir: aside, declarations, listen, clock });
        try {
          const answer = await again.held(deviceId, { who: WHO, why: 'a copy is tried' });
          if (answer.type === 'refused') throw new Error(answer.because);
          return JSON.stringify(answer.values);
        } finally {
          await again.stop();
        }
      } finally {
        // it has the keys of those that run
        rmSync(aside, { recursive: true, force: true });
      }
    },
  };
};
