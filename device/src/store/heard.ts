import { readState } from '../panel/documents.ts';
import type { SecurityEvent, StateStore } from '../seams.ts';

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

/** The store as rooms see it: whoever records an event is heard. */
export const loggingStore = (store: StateStore, heard: (event: SecurityEvent) => void): StateStore => ({
  ...store,
  appendEvent: (event) => {
    store.appendEvent(event);
    heard(event);
  },
});
