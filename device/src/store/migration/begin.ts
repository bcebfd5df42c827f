import { DeviceFault } from '../../driver/faults.ts';
import type { SealedStore } from '../store.ts';
import { withBehind } from './behind.ts';
import { decideOpening } from './decide.ts';
import type { StateFiles } from './files.ts';
import { downTo, roomsChanged, upFrom, waysTo, type StateFormat } from './migrations.ts';

/** A store in the format of this runtime. */
export interface OpenedState {
  readonly store: SealedStore;
  /** the image is on trial no more: the data of the one before it goes, and every room takes changes again */
  readonly confirmed: () => void;
}

/** How a file of state is opened and marked; SQLite's or, in the test bed, one that forgets. */
export interface StateOpener {
  readonly open: (path: string, format: number) => SealedStore;
  /** of a file that nobody has open */
  readonly mark: (path: string, format: number) => void;
}

/** Carries out what `decideOpening` says, each part durable before the next. Fault: data-other-version */
// G045 PL-2-2: a copy is migrated, and what the software before it reads stays until the new one is confirmed
export const beginState = (
  files: StateFiles,
  state: StateFormat,
  onTrial: boolean,
  { open, mark }: StateOpener,
): OpenedState => {
  const own = state.format;
  const decided = decideOpening({ formats: files.formats(), own, onTrial, from: waysTo(state) });
  if (!decided.ok) throw otherFormat(decided.format, own);
  const { migrate: from, behind, remove } = decided;
  if (from !== undefined) {
    files.migrate(from, own, (path) => {
      migrateCopy(open(path, from), state, from);
      mark(path, own);
    });
  }
  for (const format of remove) files.remove(format);
  const store = open(files.pathOf(own), own);
  if (behind === undefined) return { store, confirmed: () => undefined };
  const older = open(files.pathOf(behind), behind);
  const both = withBehind(store, older, (room, document) => downTo(state, behind, room, document));
  let needed = true;
  return {
    store: both,
    confirmed: () => {
      if (!needed) return;
      // kept in step until it is gone: a fallback never finds it older than what was acknowledged
      files.remove(behind);
      both.leaveBehind();
      needed = false;
    },
  };
};

const migrateCopy = (copy: SealedStore, state: StateFormat, from: number): void => {
  const gone: string[] = [];
  for (const room of roomsChanged(state, from)) {
    const document = upFrom(state, from, room, copy.read(room));
    if (document === undefined) gone.push(room);
    else copy.write(room, document);
  }
  if (gone.length > 0) copy.erase(gone);
  copy.close();
};

const otherFormat = (found: number, own: number): DeviceFault =>
  new DeviceFault(
    'data-other-version',
    `The device’s data has format ${found}, this version reads ${own}`,
    'Start the version that wrote it, or use another data folder.',
  );
