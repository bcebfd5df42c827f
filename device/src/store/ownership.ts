import { join } from 'node:path';
import { openDatabase } from './database.ts';

/**
 * One running device per data folder. The claim is a lock that the operating system frees with the process,
 * so no stale file is ever in the way.
 */
export const claimDataFolder = (dataDir: string, by: 'boot' | 'loader' = 'boot'): { readonly release: () => void } => {
  const name = by === 'boot' ? 'claim.sqlite' : 'claim-loader.sqlite';
  const database = openDatabase(join(dataDir, name), { version: 1, schema: '' });
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
};
