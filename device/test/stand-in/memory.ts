import type { Plain, SecurityEvent, StateStore } from '../../src/seams.ts';

/** A store whose disk can be told to fail; `documents` outlive whoever used it. */
export const memoryStore = (
  documents = new Map<string, Plain>(),
): StateStore & { readonly documents: Map<string, Plain>; failure: Error | undefined } => {
  const events: SecurityEvent[] = [];
  const store = {
    documents,
    failure: undefined as Error | undefined,
    read: (room: string) => documents.get(room),
    write: (room: string, state: Plain) => store.writeAll({ [room]: state }),
    writeAll: (states: Readonly<Record<string, Plain>>) => {
      if (store.failure) throw store.failure;
      for (const [room, state] of Object.entries(states)) documents.set(room, structuredClone<Plain>(state));
    },
    erase: (rooms: readonly string[]) => rooms.forEach((room) => documents.delete(room)),
    appendEvent: (event: SecurityEvent) => void events.unshift(event),
    events: (limit: number) => events.slice(0, limit),
    close: () => undefined,
  };
  return store;
};
