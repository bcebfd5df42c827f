import type { Plain, SecurityEvent } from '@hearthward/device';
import { beginState, stateFiles, type OpenedState, type StateFormat } from '@hearthward/device/state';
import type { Disk } from '@hearthward/device/updates';

/**
 * Files of state on a disk that forgets: the runtime's own migration and its own files, with a stand-in for SQLite that
 * has what counts here: each write is whole and durable, or as if it had not been.
 */
export const STATE_FOLDER = '/state';
type Store = OpenedState['store'];
interface Held {
  readonly format: number;
  readonly documents: Readonly<Record<string, Plain>>;
  readonly events: readonly number[];
}

export const beginOn = (disk: Disk, state: StateFormat, onTrial: boolean): OpenedState => {
  const files = stateFiles(disk, STATE_FOLDER, (from, to) => writeNew(disk, to, bytesOf(disk, from)));
  return beginState(files, state, onTrial, {
    open: (path, format) => storeOn(disk, path, format),
    // in place and unsynced: whoever names the file syncs it
    mark: (path, format) => disk.overwrite(path, Buffer.from(JSON.stringify({ ...heldIn(disk, path), format }))),
  });
};

const storeOn = (disk: Disk, path: string, format: number): Store => {
  if (!disk.look(path)) replace(disk, path, { format, documents: {}, events: [] });
  const held = (): Held => heldIn(disk, path);
  if (held().format !== format) throw new Error(`${path} has format ${held().format}, not ${format}`);
  const change = (next: (before: Held) => Partial<Held>): void => replace(disk, path, { ...held(), ...next(held()) });
  const append = (happened: readonly SecurityEvent[]): undefined => {
    change(({ events }) => ({ events: [...events, ...happened.map(({ detail }) => Number(detail?.['index']))] }));
    return undefined;
  };
  return {
    read: (room) => held().documents[room],
    write: (room, document) => change(({ documents }) => ({ documents: { ...documents, [room]: document } })),
    writeAll: (all) => change(({ documents }) => ({ documents: { ...documents, ...all } })),
    erase: (rooms) =>
      change(({ documents }) => ({
        documents: Object.fromEntries(Object.entries(documents).filter(([room]) => !rooms.includes(room))),
      })),
    appendEvent: (event) => append([event]),
    appendEvents: (happened) => {
      append(happened.map(({ event }) => event));
      return [];
    },
    events: (limit) =>
      held()
        .events.slice(-limit)
        .map((index) => ({ at: '', kind: 'logout', detail: { index } })),
    // SQLite's store has the chain; here counts which events are there
    log: { entries: () => [], from: () => [], state: noChain, seal: () => undefined, keepSeal: noChain },
    sealing: () => 'aes-256-gcm',
    renew: () => undefined,
    close: () => undefined,
  };
};

const noChain = (): never => {
  throw new Error('there is no chain here');
};

const bytesOf = (disk: Disk, path: string): Buffer =>
  Buffer.concat([...disk.read(path)].map((piece) => Buffer.from(piece)));
const heldIn = (disk: Disk, path: string): Held => JSON.parse(bytesOf(disk, path).toString()) as Held;

const writeNew = (disk: Disk, path: string, bytes: Uint8Array): void => {
  const writing = disk.create(path, { executable: false });
  writing.append(bytes);
  writing.sync();
  writing.close();
};

/** As SQLite's journal makes it: durable as a whole. */
const replace = (disk: Disk, path: string, held: Held): void => {
  const journal = `${path}-journal`;
  disk.remove(journal);
  writeNew(disk, journal, Buffer.from(JSON.stringify(held)));
  disk.syncFolder(STATE_FOLDER);
  disk.rename(journal, path);
  disk.syncFolder(STATE_FOLDER);
};
