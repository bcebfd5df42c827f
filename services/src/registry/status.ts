import type { Query } from '../store/open.ts';

/** The fleet in three numbers, for whoever runs the services. */
export async function statusOf(
  query: Query,
): Promise<{ readonly devices: number; readonly connected: number; readonly telemetryMessages: number }> {
  const { devices } = await query
    .selectFrom('devices')
    .select(({ fn }) => fn.countAll<number>().as('devices'))
    .executeTakeFirstOrThrow();
  const { connected } = await query
    .selectFrom('device_state')
    .select(({ fn }) => fn.countAll<number>().as('connected'))
    .where('connected', '=', 1)
    .executeTakeFirstOrThrow();
  const { telemetryMessages } = await query
    .selectFrom('device_state')
    .select(({ fn }) => fn.sum<number | string | null>('messages').as('telemetryMessages'))
    .executeTakeFirstOrThrow();
  return { devices, connected, telemetryMessages: Number(telemetryMessages ?? 0) };
}
