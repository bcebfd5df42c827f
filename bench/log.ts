import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSealer } from '../device/src/secrets/sealer.ts';
import { openStore } from '../device/src/store/store.ts';
import type { Measured } from './measured.ts';

/**
 * How many entries the security log takes in a second, each durable when the call returns: sealed, bound into its chain,
 * the head of the chain written with it. Beside it SQLite alone, which inserts as many bytes in as many transactions.
 */
export const log = async (): Promise<readonly Measured[]> => [appends(100), appends(1)];

const ENTRIES = { batched: 10_000, single: 500 } as const;
const FLUSHED = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;';

const appends = (batch: number): Measured => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-bench-'));
  const store = openStore({ path: join(dir, 'state.sqlite'), sealer: createSealer(Buffer.alloc(32, 7)) });
  const bare = new DatabaseSync(join(dir, 'bare.sqlite'));
  try {
    const entries = batch > 1 ? ENTRIES.batched : ENTRIES.single;
    const happened = Array.from({ length: batch }, (_, up) => ({
      event: { at: new Date(up).toISOString(), kind: 'login-succeeded', detail: { role: 'owner' } } as const,
      when: { up, source: 'host' } as const,
    }));
    bare.exec(`${FLUSHED} CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL)`);
    const insert = bare.prepare('INSERT INTO entry (body) VALUES (?)');
    const body = Buffer.alloc(JSON.stringify(store.appendEvents(happened)[0]).length, 7);
    const value = perSecond(entries, batch, () => void store.appendEvents(happened));
    const yardstickValue = perSecond(entries, batch, () => {
      bare.exec('BEGIN IMMEDIATE');
      for (let each = 0; each < batch; each += 1) insert.run(body);
      bare.exec('COMMIT');
    });
    const how = batch > 1 ? `${batch} at a time` : 'one at a time';
    return {
      what: `appends to the log, ${how}`,
      value,
      unit: 'entries/s',
      yardstick: `SQLite alone, ${body.length} bytes each`,
      yardstickValue,
    };
  } finally {
    store.close();
    bare.close();
    rmSync(dir, { recursive: true, force: true });
  }
};

const perSecond = (entries: number, batch: number, work: () => void): number => {
  const began = performance.now();
  for (let done = 0; done < entries; done += batch) work();
  return (entries * 1000) / (performance.now() - began);
};
