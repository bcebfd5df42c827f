import { type Expression, type Selectable, sql, type SqlBool } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Query, Store } from '../store/open.ts';
import type { CertificateTable, HeldBecause } from '../store/tables.ts';

/** Which devices there are, and how they are. */
export type DeviceStateName = 'made' | 'enrolled' | 'connected' | 'silent';
export const DEVICE_STATES: readonly DeviceStateName[] = ['made', 'enrolled', 'connected', 'silent'];

export interface Device {
  readonly deviceId: string;
  readonly productId: string;
  readonly serial: string;
  readonly epoch: number;
  readonly state: DeviceStateName;
  readonly madeAt: number;
  readonly enrolledAt?: number;
  readonly lastSeen?: number;
  readonly revokedAt?: number;
  readonly held?: { readonly at: number; readonly because: HeldBecause };
  /** since when something speaks against its log that nobody has looked at */
  readonly doubtedAt?: number;
}
export interface FleetFilter {
  readonly state?: DeviceStateName;
  /** only devices whose log is in doubt */
  readonly doubted?: boolean;
  /** start of a serial number or of a device id */
  readonly search?: string;
}

export interface Registry {
  readonly find: (deviceId: string) => Promise<Device | undefined>;
  readonly list: (filter: FleetFilter, offset: number, limit: number) => Promise<readonly Device[]>;
  readonly count: (filter: FleetFilter) => Promise<number>;
  readonly counts: () => Promise<Record<DeviceStateName | 'doubted', number>>;
  readonly liveCertificate: (deviceId: string) => Promise<Selectable<CertificateTable> | undefined>;
  readonly connected: (deviceId: string) => Promise<void>;
  readonly disconnected: (deviceId: string) => Promise<void>;
  /** after a crash nobody is connected, whatever the store says */
  readonly allDisconnected: () => Promise<void>;
  /** every certificate that it had, newest first */
  readonly certificates: (deviceId: string) => Promise<readonly Selectable<CertificateTable>[]>;
}

export function openRegistry({ db }: Store, clock: Clock): Registry {
  return {
    async find(deviceId) {
      const row = await devices(db).where('devices.device_id', '=', deviceId).executeTakeFirst();
      return row && deviceOf(row);
    },
    async list(filter, offset, limit) {
      const rows = await devices(db)
        .where(...matching(filter))
        .orderBy('devices.serial')
        .offset(offset)
        .limit(limit)
        .execute();
      return rows.map(deviceOf);
    },
    async count(filter) {
      const row = await joined(db)
        .select(({ fn }) => fn.countAll<number | string>().as('n'))
        .where(...matching(filter))
        .executeTakeFirst();
      return Number(row?.n ?? 0);
    },
    async counts() {
      const rows = await joined(db)
        .select(({ fn }) => [STATE.as('state'), fn.countAll<number | string>().as('n')])
        .groupBy(STATE)
        .execute();
      const doubted = await db
        .selectFrom('device_logs')
        .select(({ fn }) => fn.countAll<number | string>().as('n'))
        .where('doubted_at', 'is not', null)
        .executeTakeFirst();
      const none = { made: 0, enrolled: 0, connected: 0, silent: 0, doubted: Number(doubted?.n ?? 0) };
      return rows.reduce((all, { state, n }) => ({ ...all, [state]: Number(n) }), none);
    },
    liveCertificate: (deviceId) =>
      db
        .selectFrom('certificates')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('kind', '=', 'operational')
        .where('status', '=', 'live')
        .executeTakeFirst(),
    certificates: (deviceId) =>
      db
        .selectFrom('certificates')
        .selectAll()
        .where('device_id', '=', deviceId)
        .orderBy('not_before', 'desc')
        .limit(CERTIFICATES_SHOWN)
        .execute(),
    connected: (deviceId) => setConnected(db, deviceId, 1, clock.now()),
    disconnected: (deviceId) => setConnected(db, deviceId, 0, clock.now()),
    async allDisconnected() {
      await db.updateTable('device_state').set({ connected: 0 }).where('connected', '=', 1).execute();
    },
  };
}

const CERTIFICATES_SHOWN = 50;

/** One rule for a device's state, in the store's words, so that filters, counts and rows cannot disagree. */
const STATE = sql<DeviceStateName>`case
  when devices.enrolled_at is null then 'made'
  when device_state.connected = 1 then 'connected'
  when device_state.last_seen is null then 'enrolled'
  else 'silent' end`;

const joined = (db: Query) =>
  db
    .selectFrom('devices')
    .innerJoin('device_state', 'device_state.device_id', 'devices.device_id')
    .leftJoin('device_logs', 'device_logs.device_id', 'devices.device_id');

const devices = (db: Query) =>
  joined(db).select([
    'devices.device_id',
    'devices.product_id',
    'devices.serial',
    'devices.epoch',
    'devices.made_at',
    'devices.enrolled_at',
    'devices.revoked_at',
    'devices.held_at',
    'devices.held_because',
    'device_state.last_seen',
    'device_logs.doubted_at',
    STATE.as('state'),
  ]);

type DeviceRow = Awaited<ReturnType<ReturnType<typeof devices>['execute']>>[number];

const deviceOf = (row: DeviceRow): Device => ({
  deviceId: row.device_id,
  productId: row.product_id,
  serial: row.serial,
  epoch: row.epoch,
  state: row.state,
  madeAt: row.made_at,
  ...(row.enrolled_at === null ? {} : { enrolledAt: row.enrolled_at }),
  ...(row.last_seen === null ? {} : { lastSeen: row.last_seen }),
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  ...(row.held_at === null || row.held_because === null
    ? {}
    : { held: { at: row.held_at, because: row.held_because } }),
  ...(row.doubted_at === null ? {} : { doubtedAt: Number(row.doubted_at) }),
});

/** One condition for every query; the search is data, its wildcards are only ours. */
function matching({ state, search, doubted }: FleetFilter): [Expression<SqlBool>] {
  const conditions = [sql<SqlBool>`1 = 1`];
  if (doubted) conditions.push(sql<SqlBool>`device_logs.doubted_at is not null`);
  if (state) conditions.push(sql<SqlBool>`${STATE} = ${state}`);
  if (search) {
    const start = `${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    conditions.push(
      sql<SqlBool>`(upper(devices.serial) like ${start.toUpperCase()} escape '\\' or devices.device_id like ${start.toLowerCase()} escape '\\')`,
    );
  }
  return [sql<SqlBool>`(${sql.join(conditions, sql` and `)})`];
}

async function setConnected(db: Query, deviceId: string, connected: 0 | 1, now: number): Promise<void> {
  await db.updateTable('device_state').set({ connected, last_seen: now }).where('device_id', '=', deviceId).execute();
}
