import type { DatabaseSync } from 'node:sqlite';
import type { EventsIn, EventSealing } from './events.ts';

/**
 * Events as format 1 keeps them: a list, the newest 5,000. Written only while an image on trial keeps the data of the one
 * before it in step, and read once, when it is migrated.
 */
export const plainEvents = (database: DatabaseSync, sealing: EventSealing, kept = 5_000): EventsIn => {
  const statements = {
    append: database.prepare('INSERT INTO event (body) VALUES (?)'),
    trim: database.prepare('DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?'),
    events: database.prepare('SELECT body FROM event ORDER BY id DESC LIMIT ?'),
    forget: database.prepare('DELETE FROM event'),
  };
  return {
    append: (events) => {
      for (const { event } of events) statements.append.run(sealing.sealed(event));
      statements.trim.run(kept);
      return () => [];
    },
    newest: (limit) => statements.events.all(Math.min(limit, kept)).map(({ body }) => sealing.opened(body)),
    forget: () => {
      statements.forget.run();
      return () => undefined;
    },
    move: (body) => {
      const update = database.prepare('UPDATE event SET body = ? WHERE id = ?');
      for (const row of database.prepare('SELECT id, body FROM event').all()) {
        update.run(body(row['body']), row['id'] ?? null);
      }
    },
  };
};
