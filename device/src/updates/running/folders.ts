import { join } from 'node:path';

/** Both slots and the records that say which of them starts; the loader, the updater and the factory write here. */
export const slotsFolderOf = (dataDir: string): string => join(dataDir, 'slots');
/** What the updater alone writes. */
export const updatesFolderOf = (dataDir: string): string => join(dataDir, 'updates');
