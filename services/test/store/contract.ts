import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openRegistry } from '../../src/registry/devices.ts';
import type { Query, Store } from '../../src/store/open.ts';
import { openIngest } from '../../src/telemetry/ingest.ts';
import { latestOf } from '../../src/telemetry/queries.ts';

/** What every dialect of the store must do; `open` gives an empty one. */
export function storeContract(name: string, open: () => Promise<{ store: Store; end: () => Promise<void> }>): void {
  describe(`store on ${name}`, () => {
    let store: Store;
    let end: () => Promise<void>;
    before(async () => ({ store, end } = await open()));
    after(() => end());
    const clock = { now: () => 1_000_000 };

    it('keeps-all-or-nothing', async () => {
      await assert.rejects(
        store.transaction(async (tx) => {
          await addDevice(tx, 'aaaaaaaa01', 'S00001');
          throw new Error('interrupted');
        }),
        /interrupted/,
      );
      assert.equal(await openRegistry(store, clock).count({}), 0);
    });

    it('runs-transactions-one-after-another', async () => {
      const devices = Array.from({ length: 20 }, (_, index) => `bbbbbbbb${String(index).padStart(2, '0')}`);
      await Promise.all(devices.map((id, index) => store.transaction((tx) => addDevice(tx, id, `B${index}00000`))));
      assert.equal(await openRegistry(store, clock).count({}), devices.length);
    });

    it('refuses-a-second-device-with-the-same-serial', async () => {
      await addDevice(store.db, 'cccccccc01', 'S00002');
      await assert.rejects(addDevice(store.db, 'cccccccc02', 'S00002'));
    });

    it('refuses-a-second-live-certificate', async () => {
      await addDevice(store.db, 'dddddddd01', 'S00003');
      await addCertificate(store.db, 'dddddddd01', '01', 'live');
      await addCertificate(store.db, 'dddddddd01', '02', 'superseded');
      await assert.rejects(addCertificate(store.db, 'dddddddd01', '03', 'live'));
    });

    it('refuses-rows-of-unknown-devices', async () => {
      await assert.rejects(addCertificate(store.db, 'nobody0000', '04', 'live'));
    });

    it('tells-new-messages-from-seen-ones', async () => {
      await addDevice(store.db, 'eeeeeeee01', 'S00004');
      const ingest = openIngest(store, clock);
      const message = { v: 1, seq: 7, at: '', fields: { temperature: 20, mode: 'day' } } as const;
      assert.equal(await ingest.telemetry('eeeeeeee01', message, 5), 'stored');
      assert.equal(await ingest.telemetry('eeeeeeee01', message, 6), 'seen-before');
      assert.deepEqual(await latestOf(store.db, 'eeeeeeee01'), [
        { field: 'mode', at: 5, value: 'day' },
        { field: 'temperature', at: 5, value: 20 },
      ]);
    });

    it('filters-and-counts-by-one-rule', async () => {
      const registry = openRegistry(store, clock);
      await addDevice(store.db, 'ffffffff01', 'ZZ100_%', 5);
      await registry.connected('ffffffff01');
      assert.deepEqual(
        (await registry.list({ state: 'connected' }, 0, 10)).map(({ serial }) => serial),
        ['ZZ100_%'],
      );
      assert.equal((await registry.counts()).connected, 1);
      assert.equal(await registry.count({ search: 'zz100' }), 1);
      assert.equal(await registry.count({ search: '%' }), 0);
      await registry.allDisconnected();
      assert.equal((await registry.find('ffffffff01'))?.state, 'silent');
    });
  });
}

async function addDevice(db: Query, id: string, serial: string, enrolled: number | null = null): Promise<void> {
  await db
    .insertInto('devices')
    .values({
      device_id: id,
      product_id: 'hub',
      serial,
      mac: '02:00:00:00:00:01',
      batch: 'b',
      fingerprint: '',
      made_at: 1,
      epoch: 0,
      enrolled_at: enrolled,
      revoked_at: null,
      held_at: null,
      held_because: null,
      cleared_at: null,
    })
    .execute();
  await db.insertInto('device_state').values({ device_id: id, connected: 0, last_seen: null }).execute();
}

async function addCertificate(db: Query, id: string, serial: string, status: 'live' | 'superseded'): Promise<void> {
  await db
    .insertInto('certificates')
    .values({
      serial,
      device_id: id,
      kind: 'operational',
      status,
      not_before: 0,
      not_after: 1,
      fingerprint: '',
      issuer: 'operational.1',
      ended_at: null,
      reason: null,
    })
    .execute();
}
