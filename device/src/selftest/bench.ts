import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Board } from '../board/board.ts';
import type { Clock, Millis, StateStore } from '../seams.ts';
import { opens } from '../store/opens.ts';
import type { Signer } from '../secrets/signer.ts';
import { openDatabase } from '../store/database.ts';

/** What a self-test is done on; a test bed breaks one piece of it. */
export interface TestedHardware {
  /** a file of the test's own where the device keeps its state: durable when `write` returns, read through a new opening */
  readonly storage: { readonly write: (bytes: Uint8Array) => void; readonly read: () => Uint8Array | undefined };
  readonly memory: (bytes: number) => MemoryBlock;
  /** errors of the memory that it could not correct, where the system counts them */
  readonly memoryErrors: () => number | undefined;
  readonly clock: Clock;
  /** earliest that the clock can say without being wrong */
  readonly knownTime: () => Millis;
  /** milliseconds that run evenly */
  readonly running: () => Millis;
  readonly random: (bytes: number) => Uint8Array;
  /** bits that the kernel's generator holds, where the system says it */
  readonly entropy: () => number | undefined;
  readonly signs: Signer['test'];
  /** what was sealed opens: the data key is the right one */
  readonly opens: () => boolean;
  readonly board: Pick<Board, 'sensors' | 'actuators'>;
}
export interface MemoryBlock {
  readonly write: (at: number, bytes: Uint8Array) => void;
  readonly read: (at: number, length: number) => Uint8Array;
}

export const hardwareOf = (world: {
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly knownTime: () => Millis;
  readonly running: () => Millis;
  readonly signer: Pick<Signer, 'test'>;
  readonly store: StateStore;
  readonly board: Board | undefined;
}): TestedHardware => ({
  storage: storageIn(join(world.stateFolder, 'self-test.sqlite')),
  memory: (bytes) => {
    const block = Buffer.alloc(bytes);
    return {
      write: (at, what) => block.set(what, at),
      read: (at, length) => block.subarray(at, at + length),
    };
  },
  memoryErrors: () => {
    const folder = '/sys/devices/system/edac/mc';
    const counts = namesIn(folder).flatMap((name) => numberAt(`${folder}/${name}/ue_count`) ?? []);
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
  },
  clock: world.clock,
  knownTime: world.knownTime,
  running: world.running,
  // no key: samples whose evenness is looked at
  random: (bytes) => randomBytes(bytes),
  entropy: () => numberAt('/proc/sys/kernel/random/entropy_avail'),
  signs: () => world.signer.test(),
  opens: () => opens(world.store),
  board: world.board ?? {},
});

const FORMAT = {
  version: 1,
  schema: 'CREATE TABLE tried (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;',
} as const;

/** Through SQLite, which syncs the disk itself: what confines core lets it do so in no other way. */
const storageIn = (path: string): TestedHardware['storage'] => {
  const opened = <T>(work: (database: ReturnType<typeof openDatabase>) => T): T => {
    const database = openDatabase(path, FORMAT);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  const remove = (): void => {
    for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
  };
  return {
    write: (bytes) => {
      remove();
      opened((database) => void database.prepare('INSERT INTO tried (id, body) VALUES (1, ?)').run(bytes));
    },
    read: () => {
      try {
        const body = opened((database) => database.prepare('SELECT body FROM tried WHERE id = 1').get()?.['body']);
        return body instanceof Uint8Array ? body : undefined;
      } finally {
        remove();
      }
    },
  };
};

/** Files of the kernel that not every system has, and not every sandbox shows. */
const numberAt = (path: string): number | undefined => {
  try {
    const value = Number(readFileSync(path, 'utf8').trim());
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
