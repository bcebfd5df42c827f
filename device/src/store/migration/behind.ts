import type { Plain } from '../../seams.ts';
import type { Document } from './migrations.ts';
import type { SealedStore } from '../store.ts';

/**
 * A store whose every change is made in the one behind it as well, before it is answered, so that the fallback goes on
 * with everything that was acknowledged. The one behind comes first: a crash between both leaves a change that nobody
 * was told of in one of them, and none in the other.
 */
export interface StoreWithBehind extends SealedStore {
  /** the fallback is needed no more: from now on there is one store */
  readonly leaveBehind: () => void;
}

export const withBehind = (
  store: SealedStore,
  older: SealedStore,
  down: (room: string, document: Document) => Document,
): StoreWithBehind => {
  let behind: SealedStore | undefined = older;
  const both = (work: (each: SealedStore) => void): void => {
    if (behind) work(behind);
    work(store);
  };
  return {
    ...store,
    write: (room, state) => {
      carry({ [room]: state });
      store.write(room, state);
    },
    writeAll: (states) => {
      carry(states);
      store.writeAll(states);
    },
    erase: (rooms) => both((each) => each.erase(rooms)),
    renew: (by, under) => both((each) => each.renew(by, under)),
    appendEvent: (event, when) => {
      behind?.appendEvent(event, when);
      return store.appendEvent(event, when);
    },
    appendEvents: (events) => {
      behind?.appendEvents(events);
      return store.appendEvents(events);
    },
    leaveBehind: () => {
      behind?.close();
      behind = undefined;
    },
    close: () => both((each) => each.close()),
  };

  function carry(states: Readonly<Record<string, Plain>>): void {
    if (!behind) return;
    const kept = Object.entries(states).map(([room, state]) => [room, down(room, state)] as const);
    // a room that the older format does not know stays away from it
    behind.writeAll(Object.fromEntries(kept.filter(([, document]) => document !== undefined)) as Record<string, Plain>);
  }
};
