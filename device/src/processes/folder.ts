import { join } from 'node:path';

/** What only core writes. */
export const stateFileOf = (dataDir: string): string => join(dataDir, 'state', 'state.sqlite');
