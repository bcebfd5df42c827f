import type { Services } from '@hearthward/services';

/** What a manufacturer has about one device, table by table. */
const TABLES = ['telemetry', 'events', 'device_logs', 'certificates', 'device_state'] as const;

/**
 * The manufacturer's account of a device as it is now; calling the result puts it back. A unit on the bench is a copy of one
 * that was set up once: services that remember what an earlier copy did since (its new certificate, its messages, its
 * history) take the next one for a clone, and hold it.
 */
export const accountOf = async ({ store, privacy }: Services, deviceId: string): Promise<() => Promise<void>> => {
  const device = await store.db
    .selectFrom('devices')
    .selectAll()
    .where('device_id', '=', deviceId)
    .executeTakeFirstOrThrow();
  const rows = await Promise.all(
    TABLES.map((table) => store.db.selectFrom(table).selectAll().where('device_id', '=', deviceId).execute()),
  );
  return async () => {
    // what an earlier copy of the unit told of its people, under the pseudonyms that this one has too
    const people = privacy.vault.subjectsFrom(deviceId);
    await privacy.data.remove(people);
    await privacy.consents.forget(people);
    await store.transaction(async (tx) => {
      await tx.updateTable('devices').set(device).where('device_id', '=', deviceId).execute();
      for (const [index, table] of TABLES.entries()) {
        await tx.deleteFrom(table).where('device_id', '=', deviceId).execute();
        for (const row of rows[index] ?? []) await tx.insertInto(table).values(row).execute();
      }
    });
  };
};

/** The newest confirmation of what was erased at the wish of this device, as its person has it; empty while there is none. */
export const confirmationOf = async ({ privacy }: Services, deviceId: string): Promise<string> => {
  const answer = await privacy.command({ type: 'erasures', all: true });
  if (answer.type !== 'erasures') throw new Error('the services do not say what was erased');
  const own = answer.erasures.filter(({ askedBy }) => askedBy.who === 'device' && askedBy.deviceId === deviceId);
  const [newest] = own.toSorted((a, b) => b.askedAt - a.askedAt);
  const confirmation = newest?.confirmations.at(-1);
  return confirmation === undefined ? '' : JSON.stringify(confirmation);
};
