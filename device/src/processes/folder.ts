import { join } from 'node:path';

/** What only core writes. */
export const stateFolderOf = (dataDir: string): string => join(dataDir, 'state');
export const stateFileOf = (dataDir: string): string => join(stateFolderOf(dataDir), 'state.sqlite');
