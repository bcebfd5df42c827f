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
  const messages = query.selectFrom('telemetry').select(['device_id', 'epoch', 'seq']).distinct().as('messages');
  const { telemetryMessages } = await query
    .selectFrom(messages)
    .select(({ fn }) => fn.countAll<number>().as('telemetryMessages'))
    .executeTakeFirstOrThrow();
  return { devices, connected, telemetryMessages };
}
