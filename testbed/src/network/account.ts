import type { Services } from '@hearthward/services';

/** What a manufacturer has about one device, table by table. */
const TABLES = ['telemetry', 'events', 'device_logs', 'certificates', 'device_state'] as const;

/**
 * The manufacturer's account of a device as it is now; calling the result puts it back. A unit on the bench is a copy of one
 * that was set up once: services that remember what an earlier copy did since (its new certificate, its messages, its
 * history) take the next one for a clone, and hold it.
 */
export const accountOf = async ({ store }: Services, deviceId: string): Promise<() => Promise<void>> => {
  const device = await store.db
    .selectFrom('devices')
    .selectAll()
    .where('device_id', '=', deviceId)
    .executeTakeFirstOrThrow();
  const rows = await Promise.all(
    TABLES.map((table) => store.db.selectFrom(table).selectAll().where('device_id', '=', deviceId).execute()),
  );
  return () =>
    store.transaction(async (tx) => {
      await tx.updateTable('devices').set(device).where('device_id', '=', deviceId).execute();
      for (const [index, table] of TABLES.entries()) {
        await tx.deleteFrom(table).where('device_id', '=', deviceId).execute();
        for (const row of rows[index] ?? []) await tx.insertInto(table).values(row).execute();
      }
    });
};

/** What the manufacturer holds of a device's people, as it would be had out: the newest `MOST` rows. */
export const heldOf = async ({ store }: Services, deviceId: string) => {
  const rows = await store.db
    .selectFrom('telemetry')
    .select(['field', 'at', 'number', 'text'])
    .where('device_id', '=', deviceId)
    .orderBy('at', 'desc')
    .limit(MOST)
    .execute();
  return rows.map(({ field, at, number, text }) => ({
    field,
    at: new Date(at).toISOString(),
    value: number ?? text ?? '',
  }));
};
const MOST = 10_000;
