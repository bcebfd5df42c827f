import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { NO_POSTGRES, type PostgresServer, sharedPostgres } from '@hearthward/testbed/postgres';
import { ServicesFault } from '../../src/faults.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { makeKeys, selfSigned } from '../bench.ts';
import { addDevice } from '../privacy/kept-bench.ts';
import { storeContract } from './contract.ts';

const clock = { now: () => 1_000_000 };

describe('store on a real PostgreSQL', { skip: NO_POSTGRES, timeout: 120_000 }, () => {
  let server: PostgresServer;
  const folders: string[] = [];
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'store-'));
    folders.push(made);
    return made;
  };
  before(async () => void (server = await sharedPostgres()));
  after(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });
  const fault = (code: string) => (error: unknown) =>
    error instanceof ServicesFault && error.code === code && !error.message.includes('\n');
  const count = async (store: Store) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from devices`.execute(store.db);
    return rows[0]?.n;
  };

  storeContract('PostgreSQL', async () => {
    const store = await openStore(folder(), clock, server.database());
    return { store, end: store.close };
  });

  it('refuses-a-second-owner-and-lets-the-next-one-in', async () => {
    const [dir, address] = [folder(), server.database()];
    const store = await openStore(dir, clock, address);
    await assert.rejects(openStore(dir, clock, address), fault('data-owned'));
    await store.close();
    await (await openStore(dir, clock, address)).close();
  });

  const pgOf = (address: string) => new URL(address).pathname.slice(1);
  const endConnections = (address: string) =>
    server.run(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = '${pgOf(address)}' and application_name = 'hearthward'`);

  it('tells-in-one-line-what-is-wrong-and-repeats-no-password', async () => {
    const address = server.database();
    const closed = address.replace(/:\d+\//, ':1/');
    const nobody = address.replace('//', '//nobody');
    for (const [wrong, code] of [
      [closed, 'store-unreachable'],
      [nobody, 'store-refused'],
      [`${address}x`, 'store-refused'],
      [server.database({ rights: 'none' }), 'store-rights'],
      [address.replace('@', ':Canary7@'), 'usage'],
      [`${address}?sslmode=disable`, 'usage'],
      ['postgres://someone@database.invalid/d', 'store-unreachable'],
      ['mysql://a@b/c', 'usage'],
    ] as const)
      await assert.rejects(openStore(folder(), clock, wrong), (error: Error) => {
        assert.ok(fault(code)(error), `${wrong}: ${error.message}`);
        return !error.message.includes('Canary7');
      });
  });

  it('takes-the-password-from-a-file-and-says-it-nowhere', async () => {
    server.run(`create role guarded; create role asked login password 'Canary8' in role guarded;
      create database asked owner asked`);
    const address = `postgres://asked@127.0.0.1:${server.port}/asked`;
    const file = join(folder(), 'pgpass');
    const open = async (password: string) => {
      writeFileSync(file, `127.0.0.1:*:asked:asked:${password}\n`, { mode: 0o600 });
      return openStore(folder(), clock, address);
    };
    const before = process.env['PGPASSFILE'];
    process.env['PGPASSFILE'] = file;
    try {
      await assert.rejects(
        open('Canary9'),
        (error: Error) => fault('store-refused')(error) && !/Canary/.test(error.message),
      );
      await (await open('Canary8')).close();
      chmodSync(file, 0o640);
      await assert.rejects(openStore(folder(), clock, address), fault('store-refused'));
      rmSync(file);
      await assert.rejects(openStore(folder(), clock, address), fault('store-refused'));
    } finally {
      if (before === undefined) delete process.env['PGPASSFILE'];
      else process.env['PGPASSFILE'] = before;
    }
  });

  it('speaks-to-a-server-that-proves-what-it-is-and-to-no-other', async () => {
    const address = server.database();
    const store = await openStore(folder(), clock, `${address}?sslrootcert=${server.rootCert}`);
    const { rows } = await sql<{
      version: string;
    }>`select version from pg_stat_ssl where pid = pg_backend_pid()`.execute(store.db);
    assert.deepEqual(rows, [{ version: 'TLSv1.3' }]);
    await store.close();
    const other = join(folder(), 'other.pem');
    writeFileSync(other, await selfSigned(await makeKeys()));
    await assert.rejects(openStore(folder(), clock, `${address}?sslrootcert=${other}`), fault('store-untrusted'));
  });

  it('refuses-the-database-of-another-folder-and-a-folder-whose-store-is-elsewhere', async () => {
    const [dir, address] = [folder(), server.database()];
    await (await openStore(dir, clock, address)).close();
    await assert.rejects(openStore(folder(), clock, address), fault('store-elsewhere'));
    await assert.rejects(openStore(dir, clock, server.database()), fault('store-elsewhere'));
    await assert.rejects(openStore(dir, clock), fault('store-elsewhere'));
    const onFile = folder();
    await (await openStore(onFile, clock)).close();
    await assert.rejects(openStore(onFile, clock, server.database()), fault('store-elsewhere'));
    await (await openStore(dir, clock, address)).close();
  });

  it('refuses-a-store-of-a-later-version', async () => {
    const [dir, address] = [folder(), server.database()];
    const store = await openStore(dir, clock, address);
    await sql`insert into schema_version (version, applied_at) values (99, 1)`.execute(store.db);
    await store.close();
    await assert.rejects(openStore(dir, clock, address), fault('data-version'));
  });

  it('does-not-report-a-transaction-as-done-whose-connection-was-cut-and-goes-on-with-the-next', async () => {
    const address = server.database();
    const store = await openStore(folder(), clock, address);
    await addDevice(store, 'aaaaaaaa01');
    const cut = store.transaction(async (tx) => {
      await addDevice({ ...store, db: tx }, 'aaaaaaaa02');
      endConnections(address);
      await addDevice({ ...store, db: tx }, 'aaaaaaaa03');
    });
    await assert.rejects(cut, fault('store-lost'));
    assert.equal(await count(store), 1);
    await addDevice(store, 'aaaaaaaa04');
    endConnections(address);
    // a question changes nothing, and is asked again
    assert.equal(await count(store), 2);
    endConnections(address);
    await store.transaction((tx) => tx.deleteFrom('device_state').execute());
    await store.close();
  });

  it('writes-nothing-more-once-another-process-had-the-store', async () => {
    const [dir, address] = [folder(), server.database()];
    const first = await openStore(dir, clock, address);
    endConnections(address);
    const second = await openStore(dir, clock, address);
    await second.close();
    await assert.rejects(addDevice(first, 'aaaaaaaa01'), fault('data-owned'));
    await first.close();
  });

  it('keeps-what-was-acknowledged-when-the-server-is-killed-and-waits-for-it-to-come-back', async () => {
    const store = await openStore(folder(), clock, server.database());
    await addDevice(store, 'aaaaaaaa01');
    await server.cut();
    const waiting = addDevice(store, 'aaaaaaaa02');
    await server.begin();
    await waiting;
    assert.equal(await count(store), 2);
    await store.close();
  });

  it('takes-a-text-with-a-nul-which-the-server-knows-none-of', async () => {
    const store = await openStore(folder(), clock, server.database());
    await addDevice(store, 'a\0b');
    assert.equal((await store.db.selectFrom('devices').select('serial').executeTakeFirst())?.serial, 'a\uFFFDb');
    await store.close();
  });
});
