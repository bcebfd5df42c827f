import { cpSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import { restoreServices, startServices, type Services } from '@hearthward/services';

/** The manufacturer's backups, as whoever runs the services has them made, and tries that they can be restored. */
export interface Restoring {
  /** how long copies are kept, in days */
  readonly make: (keepDays: number) => Promise<boolean>;
  /** as JSON */
  readonly copies: () => Promise<string>;
  /** what services have of the device that begin from the newest copy, in a folder beside those that run; as JSON */
  readonly restored: (deviceId: string) => Promise<string>;
}

const WHO = 'assessor';
const ANYWHERE = { address: '127.0.0.1', port: 0 };

/** @param dir where copies and restored systems lie */
export const restoringOf = (
  services: Services,
  made: { readonly dataDir: string; readonly declarations: readonly Declaration[]; readonly clock?: Clock },
  dir: string,
): Restoring => {
  const { dataDir, declarations } = made;
  const clock = made.clock ?? { now: () => Date.now() };
  const list = async () => {
    const answer = await services.privacy.command({ type: 'backups' });
    if (answer.type !== 'backups') throw new Error('the services do not say which copies there are');
    return answer.backups;
  };
  return {
    make: async (keepDays) => {
      const answer = await services.privacy.command({ type: 'backup', out: join(dir, 'backups'), keepDays, who: WHO });
      return answer.type === 'backups';
    },
    copies: async () => JSON.stringify(await list()),
    restored: async (deviceId) => {
      const [newest] = await list();
      if (newest === undefined) throw new Error('there is no copy');
      const aside = join(dir, 'restored');
      rmSync(aside, { recursive: true, force: true });
      // all but the store; the vault, which is in no copy, as it is now
      cpSync(dataDir, aside, { recursive: true, filter: (file) => !basename(file).startsWith('services.sqlite') });
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
    },
  };
};
