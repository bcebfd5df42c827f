import type { DatabaseSync } from 'node:sqlite';
import { Value } from 'typebox/value';
import { PRIORITIES } from '../../logging/catalogue.ts';
import { decideLog, emptyLog, erasedLog, LogState, ROOM, type Room } from '../../logging/chain/decide.ts';
import type { LogEntry } from '../../logging/chain/entry.ts';
import { Seal } from '../../logging/chain/seal.ts';
import { EVENT_KINDS } from '../../logging/catalogue.ts';
import type { SecurityEvent } from '../../seams.ts';
import { damaged } from '../damaged.ts';
import type { EventSealing, EventsIn } from './events.ts';
import { plainEvents } from './plain.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY, priority INTEGER NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL,
    UNIQUE (priority, place)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS log_seal (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
`;

/**
 * Events as a chain per priority, its state written in the transaction of the entry, so that after a power cut both are
 * there or neither. Every opening is a start of its own; it is counted once something is written.
 */
export const chainedEvents = (
  database: DatabaseSync,
  sealing: EventSealing,
  { room = ROOM, decideLog: decide = decideLog }: { readonly room?: Room; readonly decideLog?: typeof decideLog },
): EventsIn => {
  database.exec(SCHEMA);
  const statements = {
    insert: database.prepare('INSERT INTO entry (seq, priority, place, body) VALUES (?, ?, ?, ?)'),
    drop: database.prepare('DELETE FROM entry WHERE priority = ? AND place < ?'),
    newest: database.prepare('SELECT body FROM entry ORDER BY seq DESC LIMIT ?'),
    oldest: database.prepare('SELECT body FROM entry ORDER BY seq'),
    from: database.prepare('SELECT body FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?'),
    forget: database.prepare('DELETE FROM entry'),
    readState: database.prepare('SELECT body FROM log WHERE id = 1'),
    writeState: database.prepare(
      'INSERT INTO log (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    ),
    readSeal: database.prepare('SELECT body FROM log_seal WHERE id = 1'),
    writeSeal: database.prepare(
      'INSERT INTO log_seal (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    ),
  };
  const readState = (): LogState => {
    const row = statements.readState.get();
    if (row === undefined) return emptyLog(room);
    const state = sealing.opened(row['body']);
    if (!Value.Check(LogState, state)) throw damaged();
    return state;
  };
  const append: EventsIn['append'] = (events) => {
    let next = state;
    const entries: LogEntry[] = [];
    for (const { event, when } of events) {
      const decided = decide(next, { event, up: when?.up ?? 0, source: when?.source ?? 'unknown' });
      next = decided.state;
      for (const effect of decided.effects) {
        if (effect.kind === 'drop') {
          statements.drop.run(PRIORITIES.indexOf(effect.priority), effect.below);
          continue;
        }
        const { entry } = effect;
        statements.insert.run(entry.seq, PRIORITIES.indexOf(entry.priority), entry.place, sealing.sealed(entry));
        entries.push(entry);
      }
    }
    statements.writeState.run(sealing.sealed(next));
    return () => {
      state = next;
      return entries;
    };
  };

  const found = readState();
  let state: LogState = { ...found, boot: found.boot + 1, room };
  takeOver(database, sealing, (events) => void append(events)());

  return {
    append,
    newest: (limit) => statements.newest.all(limit).map(({ body }) => sealing.opened(body)),
    forget: () => {
      const next = erasedLog(state);
      statements.forget.run();
      statements.writeState.run(sealing.sealed(next));
      return () => {
        state = next;
      };
    },
    move: (moved) => {
      for (const table of ['entry', 'log'] as const) {
        const [id, rows] = table === 'entry' ? ['seq', 'entry'] : ['id', 'log'];
        const update = database.prepare(`UPDATE ${rows} SET body = ? WHERE ${id} = ?`);
        for (const row of database.prepare(`SELECT ${id} AS id, body FROM ${rows}`).all()) {
          update.run(moved(row['body']), row['id'] ?? null);
        }
      }
    },
    chain: {
      entries: () => statements.oldest.all().map(({ body }) => sealing.opened(body)),
      from: (seq, limit) => statements.from.all(seq, limit).map(({ body }) => sealing.opened(body)),
      state: () => state,
      seal: () => {
        const body = statements.readSeal.get()?.['body'];
        return typeof body === 'string' ? readSeal(body) : undefined;
      },
      keepSeal: (seal) => void statements.writeSeal.run(JSON.stringify(seal)),
    },
  };
};

/** A seal that cannot be read is one that somebody wrote over: whoever verifies finds it forged. */
const readSeal = (body: string): Seal => {
  if (body.length > SEAL_MOST) return FORGED;
  try {
    // boundary log-seal: the disk -> Seal, at most 8 KiB, else seal-forged; device/test/store/log.test.ts
    const seal: unknown = JSON.parse(body);
    if (Value.Check(Seal, seal)) return seal;
  } catch {
    // hostile bytes; told below
  }
  return FORGED;
};
const SEAL_MOST = 8 * 1024;
const FORGED: Seal = { statement: '', signature: '', key: '' };

/** What format 1 wrote begins the chain, oldest first, in one transaction with the end of its table. */
const takeOver = (database: DatabaseSync, sealing: EventSealing, append: Take): void => {
  if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'event'").get()) return;
  const before = plainEvents(database, sealing).newest(Number.MAX_SAFE_INTEGER).toReversed() as SecurityEvent[];
  database.exec('BEGIN IMMEDIATE');
  append(before.filter(({ kind }) => EVENT_KINDS.includes(kind)).map((event) => ({ event, when: undefined })));
  database.exec('DROP TABLE event; COMMIT');
};
type Take = (events: Parameters<EventsIn['append']>[0]) => void;
