import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { EVENT_KINDS } from '../logging/catalogue.ts';
import { emptyLog, type decideLog, type LogState, type Room } from '../logging/chain/decide.ts';
import type { LogEntry } from '../logging/chain/entry.ts';
import type { Seal } from '../logging/chain/seal.ts';
import type { EventTime, Plain, Sealer, SecurityEvent, StateStore } from '../seams.ts';
import { createSealer } from '../secrets/sealer.ts';
import { viewOf, wiping } from '../secrets/wiping.ts';
import { preferred, sealingOf, type SealingId } from '@hearthward/protocol';
import { damaged } from './damaged.ts';
import { databaseFault, openDatabase } from './database.ts';
import { chainedEvents } from './events/chained.ts';
import type { EventsIn } from './events/events.ts';
import { plainEvents } from './events/plain.ts';

/** Since format 2 events are a chain. */
const CHAINED_SINCE = 2;
const FORMAT = {
  version: 3,
  schema: `
    CREATE TABLE document (room TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE store_key (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  `,
} as const;
const PLAIN = 'CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL) STRICT;';

/** `erase` takes this beside the names of rooms: it empties the event log. */
export const EVENT_LOG = 'events';
const EVENT_PURPOSE = 'event-log';
const KEY_PURPOSE = 'store-key';
const KEY_BYTES = 32;

/**
 * State of the rooms and the event log in one SQLite file, each value sealed for its own purpose under a key that lies
 * beside them, itself sealed by `sealer`. Erasing replaces that key, so what was erased stays unreadable in any copy.
 */
export interface SealedStore extends StateStore {
  /** what seals now: what was found on the disk, until a renewal names another */
  readonly sealing: () => SealingId;
  /**
   * A new store key, everything sealed anew under it, in one transaction. `under`: a new data key's sealer that takes
   * the old one's place.
   */
  readonly renew: (by: SealingId, under?: OwnSealer) => void;
  readonly appendEvent: (event: SecurityEvent, when?: EventTime) => LogEntry | undefined;
  /** in one transaction, oldest first; all of them are durable when it returns */
  readonly appendEvents: (events: readonly Stamped[]) => readonly LogEntry[];
  /** the log with what binds it together */
  readonly log: SealableLog;
}
export interface Stamped {
  readonly event: SecurityEvent;
  readonly when: EventTime | undefined;
}
export interface SealableLog {
  /** oldest first, as found: it is for `verifyLog` to say what they are worth */
  readonly entries: () => readonly LogEntry[];
  /** the same, from a number on, at most so many */
  readonly from: (seq: number, limit: number) => readonly LogEntry[];
  readonly state: () => LogState;
  readonly seal: () => Seal | undefined;
  readonly keepSeal: (seal: Seal) => void;
}

// EN 303 645 5.4-1, G045 DS-1-3: nothing sensitive reaches the disk in the clear
export const openStore = (options: {
  readonly path: string;
  readonly sealer: Sealer;
  /** of the data key that an unfinished renewal replaced */
  readonly earlier?: Sealer;
  /** how many events of each priority */
  readonly room?: Room;
  /** what an event does to the log */
  readonly decideLog?: typeof decideLog;
  /** what seals under the store key; `createSealer` where absent */
  readonly sealing?: typeof createSealer;
  /** bound on the file's size, in pages of 4 KiB */
  readonly maxPages?: number;
  /** of what is in it; this runtime's own where absent */
  readonly format?: number;
}): SealedStore => {
  const { path, sealing = createSealer } = options;
  let { sealer } = options;
  const { format = FORMAT.version } = options;
  const database = openDatabase(path, {
    schema: format < CHAINED_SINCE ? FORMAT.schema + PLAIN : FORMAT.schema,
    version: format,
    ...(options.maxPages ? { maxPages: options.maxPages } : {}),
  });
  const closers: (() => void)[] = [];
  let { own, algorithm } = openOwn(database, sealing, sealer, options.earlier);
  const statements = {
    read: database.prepare('SELECT body FROM document WHERE room = ?'),
    write: database.prepare(
      'INSERT INTO document (room, body) VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET body = excluded.body',
    ),
    erase: database.prepare('DELETE FROM document WHERE room = ?'),
  };

  const atomically = <Made>(work: () => Made): Made => {
    try {
      database.exec('BEGIN IMMEDIATE');
      try {
        const made = work();
        database.exec('COMMIT');
        return made;
      } catch (thrown) {
        // A full disk may have rolled back already; the fault that caused it is the one to report.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw thrown;
      }
    } catch (thrown) {
      throw databaseFault(thrown, dirname(path));
    }
  };
  const sealed = (purpose: string, value: unknown): SQLInputValue =>
    wiping(Buffer.from(JSON.stringify(value), 'utf8'), (plain) => own.seal(purpose, plain, algorithm));
  const eventSealing = {
    sealed: (value: unknown) => sealed(EVENT_PURPOSE, value),
    opened: (body: unknown) => unsealed(own, EVENT_PURPOSE, body),
  };
  const events =
    format < CHAINED_SINCE ? plainEvents(database, eventSealing) : chainedEvents(database, eventSealing, options);
  const appendEvents: SealedStore['appendEvents'] = (happened) => atomically(() => events.append(happened))();

  /** Whatever `work` leaves moves under a new store key, in the transaction that did the work. */
  const replaceKey = (by: SealingId, under: Sealer, work?: () => void): void => {
    let next = own;
    atomically(() => {
      work?.();
      next = newKey(database, sealing, under, by);
      resealAll(database, events, own, next, by);
    });
    own.close();
    own = next;
    algorithm = by;
    sealer = under;
    // EN 303 645 5.11-1, G044 6.11.1, G045 DS-1-4: what was deleted is overwritten in the file and gone from its log
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  };

  return {
    read: (room) => {
      const row = statements.read.get(room);
      return row === undefined ? undefined : (unsealed(own, documentPurpose(room), row['body']) as Plain);
    },
    write: (room, state) => atomically(() => statements.write.run(room, sealed(documentPurpose(room), state))),
    writeAll: (states) =>
      atomically(() => {
        for (const [room, state] of Object.entries(states)) {
          statements.write.run(room, sealed(documentPurpose(room), state));
        }
      }),
    erase: (rooms) => {
      let forgotten = (): void => undefined;
      replaceKey(algorithm, sealer, () => {
        for (const room of rooms) {
          if (room === EVENT_LOG) forgotten = events.forget();
          else statements.erase.run(room);
        }
      });
      forgotten();
    },
    sealing: () => algorithm,
    renew: (by, under) => {
      // also where it fails: once the transaction is through, it is in use
      if (under) closers.push(under.close);
      replaceKey(by, under ?? sealer);
    },
    // G045 PL-4-2: what was acknowledged is on the disk, entry and head of its chain together
    appendEvent: (event, when) => appendEvents([{ event, when }])[0],
    appendEvents,
    events: (limit) =>
      events
        .newest(limit)
        .map(readEvent)
        .filter((event) => event !== undefined),
    log: {
      entries: () => (events.chain?.entries() ?? []) as readonly LogEntry[],
      from: (seq, limit) => (events.chain?.from(seq, limit) ?? []) as readonly LogEntry[],
      state: () => events.chain?.state() ?? emptyLog(),
      seal: () => events.chain?.seal(),
      keepSeal: (seal) => atomically(() => events.chain?.keepSeal(seal)),
    },
    close: () => {
      for (const close of closers) close();
      own.close();
      if (database.isOpen) database.close();
    },
  };
};

type OwnSealer = ReturnType<typeof createSealer>;

const openOwn = (
  database: DatabaseSync,
  sealing: typeof createSealer,
  sealer: Sealer,
  earlier: Sealer | undefined,
): { own: OwnSealer; algorithm: SealingId } => {
  const body = database.prepare('SELECT body FROM store_key WHERE id = 1').get()?.['body'];
  if (body === undefined) {
    const algorithm = preferred('sealing', Date.now());
    return { own: newKey(database, sealing, sealer, algorithm), algorithm };
  }
  if (!(body instanceof Uint8Array)) throw damaged();
  const algorithm = sealingOf(body);
  const key = sealer.open(KEY_PURPOSE, body) ?? earlier?.open(KEY_PURPOSE, body);
  if (key === undefined || algorithm === undefined) {
    database.close();
    throw damaged();
  }
  return { own: wiping(key, () => sealing(key)), algorithm };
};

const newKey = (database: DatabaseSync, sealing: typeof createSealer, sealer: Sealer, by: SealingId): OwnSealer => {
  // key store
  const key = randomBytes(KEY_BYTES);
  return wiping(key, () => {
    database
      .prepare('INSERT INTO store_key (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body')
      .run(sealer.seal(KEY_PURPOSE, key, by));
    return sealing(key);
  });
};

/** What stays moves under the new key; what was erased has none. */
const resealAll = (
  database: DatabaseSync,
  events: Pick<EventsIn, 'move'>,
  from: OwnSealer,
  to: OwnSealer,
  by: SealingId,
): void => {
  const move = (purpose: string, body: unknown): SQLInputValue => {
    const plain = body instanceof Uint8Array ? from.open(purpose, body) : undefined;
    if (plain === undefined) throw damaged();
    return wiping(plain, () => to.seal(purpose, plain, by));
  };
  const document = database.prepare('UPDATE document SET body = ? WHERE room = ?');
  for (const row of database.prepare('SELECT room, body FROM document').all()) {
    const room = String(row['room']);
    document.run(move(documentPurpose(room), row['body']), room);
  }
  events.move((body) => move(EVENT_PURPOSE, body));
};

const documentPurpose = (room: string): string => `document/${room}`;

const unsealed = (sealer: Sealer, purpose: string, body: unknown): unknown => {
  const plain = body instanceof Uint8Array ? sealer.open(purpose, body) : undefined;
  if (plain === undefined) throw damaged();
  // no boundary: sealed by this device for this purpose; the room that asked has its schema
  return wiping(plain, () => JSON.parse(viewOf(plain).toString('utf8')) as unknown);
};

/** Events of a kind that this version does not know are left out, not guessed at. */
const readEvent = (value: unknown): SecurityEvent | undefined => {
  const event = value as SecurityEvent;
  return EVENT_KINDS.includes(event.kind) ? event : undefined;
};
