import { readState } from '../panel/documents.ts';
import type { StateStore } from '../seams.ts';

/** Whether both halves of it can be read. */
export const opens = (store: StateStore): boolean => {
  try {
    store.events(1);
    readState(store, 'setup');
    return true;
  } catch {
    return false;
  }
};
