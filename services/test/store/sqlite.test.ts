import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { sql } from 'kysely';
import { asFault, ServicesFault } from '../../src/faults.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore, storeOn } from '../../src/store/open.ts';
import { openIngest } from '../../src/telemetry/ingest.ts';
import { storeContract } from './contract.ts';

const clock = { now: () => 1_000_000 };
const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'store-'));
  folders.push(made);
  return made;
};

storeContract('SQLite', async () => {
  const dir = await folder();
  const store = await openStore(dir, clock);
  return { store, end: store.close };
});

describe('data folder', () => {
  after(() => Promise.all(folders.map((dir) => rm(dir, { recursive: true, force: true }))));
  const fault = (code: string) => (error: unknown) =>
    error instanceof ServicesFault && error.code === code && !error.message.includes('\n');

  it('refuses-a-second-owner-and-lets-the-next-one-in', async () => {
    const dir = await folder();
    const store = await openStore(dir, clock);
    await assert.rejects(openStore(dir, clock), fault('data-owned'));
    await store.close();
    await (await openStore(dir, clock)).close();
  });

  it('refuses-a-folder-of-a-later-version-and-leaves-it-as-it-is', async () => {
    const dir = await folder();
    const store = await openStore(dir, clock);
    await sql`insert into schema_version (version, applied_at) values (99, 1)`.execute(store.db);
    await store.close();
    await assert.rejects(openStore(dir, clock), fault('data-version'));
    await assert.rejects(openStore(dir, clock), /version 99/);
  });

  it('refuses-a-file-that-is-no-store', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'services.sqlite'), 'somebody’s notes, long enough to have a header'.repeat(40));
    await assert.rejects(openStore(dir, clock), fault('data-foreign'));
  });

  it('refuses-a-folder-that-is-a-file', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'file'), '');
    await assert.rejects(openStore(join(dir, 'file', 'below'), clock), fault('data-unwritable'));
  });

  it('keeps-what-was-acknowledged-when-the-disk-is-full', async () => {
    const dir = await folder();
    const file = openSqlite(join(dir, 'full.sqlite'));
    const store = await storeOn(file, clock);
    await store.db
      .insertInto('devices')
      .values({
        device_id: 'aaaaaaaa01',
        product_id: 'hub',
        serial: 'S1',
        mac: '',
        batch: '',
        fingerprint: '',
        made_at: 1,
        epoch: 0,
        enrolled_at: 1,
        revoked_at: null,
      })
      .execute();
    const ingest = openIngest(store, clock);
    const { size } = await stat(join(dir, 'full.sqlite'));
    file.limitPages(Math.ceil(size / 4096) + 12);
    let acknowledged = 0;
    let refused: unknown;
    for (let seq = 0; seq < 5000 && !refused; seq++) {
      try {
        const fields = { mode: 'x'.repeat(60), other: 'y'.repeat(60) };
        await ingest.telemetry('aaaaaaaa01', { seq, fields }, seq);
        acknowledged++;
      } catch (error) {
        refused = error;
      }
    }
    assert.ok(fault('disk-full')(refused), String(refused));
    assert.ok(acknowledged > 0);
    await store.close();
    const again = await storeOn(openSqlite(join(dir, 'full.sqlite')), clock);
    const { n } = await again.db
      .selectFrom('telemetry')
      .select(({ fn }) => fn.countAll().as('n'))
      .executeTakeFirstOrThrow();
    assert.equal(Number(n), acknowledged * 2);
    await again.close();
  });

  it('names-what-the-operating-system-said', () => {
    const said = (code: string) => asFault(Object.assign(new Error(code), { code }), '/data') as ServicesFault;
    assert.equal(said('ENOSPC').code, 'disk-full');
    assert.equal(said('EADDRINUSE').code, 'port-occupied');
    assert.equal(said('EACCES').code, 'data-unwritable');
    const other = new TypeError('ours');
    assert.equal(asFault(other, '/data'), other);
  });
});
