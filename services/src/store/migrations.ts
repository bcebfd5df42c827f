import { type Kysely, sql } from 'kysely';
import { erasures } from './migrations-erasures.ts';
import { accountPages } from './people.ts';

/**
 * The store's history: one entry per version, applied in order, never edited once released.
 * Written for SQLite and PostgreSQL alike.
 */
export interface Migration {
  readonly version: number;
  readonly up: (db: Kysely<never>, dialect: Dialect) => Promise<void>;
}
export type Dialect = 'sqlite' | 'postgres';

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: first },
  { version: 2, up: labelMarks },
  { version: 3, up: custody },
  { version: 4, up: commandNumbers },
  { version: 5, up: algorithms },
  { version: 6, up: endedCertificates },
  { version: 7, up: keyAlgorithms },
  { version: 8, up: rollouts },
  { version: 9, up: deviceLogs },
  { version: 10, up: consents },
  { version: 11, up: erasures },
  { version: 12, up: partitions },
  { version: 13, up: accountPages },
];

/** Commands to a device are numbered, so that none is taken twice. */
async function commandNumbers({ schema }: Kysely<never>): Promise<void> {
  await schema
    .alterTable('devices')
    .addColumn('command_seq', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
}

export const STORE_VERSION = Math.max(...MIGRATIONS.map(({ version }) => version));

async function first(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('devices')
    .addColumn('device_id', 'text', (c) => c.primaryKey())
    .addColumn('product_id', 'text', (c) => c.notNull())
    .addColumn('serial', 'text', (c) => c.notNull().unique())
    .addColumn('mac', 'text', (c) => c.notNull())
    .addColumn('batch', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('made_at', 'bigint', (c) => c.notNull())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('enrolled_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute();
  await schema
    .createTable('certificates')
    .addColumn('serial', 'text', (c) => c.primaryKey())
    .addColumn('device_id', 'text', (c) => c.notNull().references('devices.device_id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('not_before', 'bigint', (c) => c.notNull())
    .addColumn('not_after', 'bigint', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .execute();
  // EN 303 645 5.4-2, G045 AU-1-10: the store itself holds that a device has one live certificate of a kind
  await sql`create unique index one_live_certificate on certificates (device_id, kind) where status = 'live'`.execute(
    db,
  );
  await schema
    .createTable('device_state')
    .addColumn('device_id', 'text', (c) => c.primaryKey().references('devices.device_id'))
    .addColumn('connected', 'integer', (c) => c.notNull())
    .addColumn('last_seen', 'bigint')
    .execute();
  await schema
    .createTable('telemetry')
    .addColumn('device_id', 'text', (c) => c.notNull().references('devices.device_id'))
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('field', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('number', 'double precision')
    .addColumn('text', 'text')
    .addPrimaryKeyConstraint('telemetry_once', ['device_id', 'epoch', 'seq', 'field'])
    .execute();
  await schema.createIndex('telemetry_by_time').on('telemetry').columns(['device_id', 'field', 'at']).execute();
  await schema
    .createTable('events')
    .addColumn('id', dialect === 'sqlite' ? 'integer' : 'bigserial', (c) =>
      dialect === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey(),
    )
    .addColumn('device_id', 'text', (c) => c.notNull().references('devices.device_id'))
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('seq', 'bigint')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .addUniqueConstraint('event_once', ['device_id', 'epoch', 'source', 'seq'])
    .execute();
  await schema
    .createTable('operators')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('password', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('operator_sessions')
    .addColumn('token_hash', 'text', (c) => c.primaryKey())
    .addColumn('operator', 'text', (c) => c.notNull().references('operators.name'))
    .addColumn('csrf', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('throttles')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('last_failure', 'bigint', (c) => c.notNull())
    .addColumn('until', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('audit')
    .addColumn('id', dialect === 'sqlite' ? 'integer' : 'bigserial', (c) =>
      dialect === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey(),
    )
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute();
}

/** Without row numbers, whose order would tell which device a mark belongs to. */
async function labelMarks(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const table = db.schema.createTable('label_marks').addColumn('mark', 'text', (c) => c.primaryKey().notNull());
  await (dialect === 'sqlite' ? table.modifyEnd(sql`without rowid`) : table).execute();
}

/** Generations of authorities, lists of ended certificates, devices that are held. */
async function custody(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .alterTable('certificates')
    .addColumn('issuer', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await schema.alterTable('certificates').addColumn('ended_at', 'bigint').execute();
  await schema.alterTable('certificates').addColumn('reason', 'text').execute();
  await sql`update certificates set issuer = kind || '.1'`.execute(db);
  await sql`update certificates set ended_at = not_before where status <> 'live'`.execute(db);
  for (const column of ['held_at', 'cleared_at'] as const)
    await schema.alterTable('devices').addColumn(column, 'bigint').execute();
  await schema.alterTable('devices').addColumn('held_because', 'text').execute();
  await schema
    .createTable('lists')
    .addColumn('issuer', 'text', (c) => c.primaryKey())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('der', 'text', (c) => c.notNull())
    .addColumn('this_update', 'bigint', (c) => c.notNull())
    .addColumn('next_update', 'bigint', (c) => c.notNull())
    .execute();
}

/** What an operator chose among the registry's algorithms. */
async function algorithms(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('algorithms')
    .addColumn('algorithm', 'text', (c) => c.primaryKey().notNull())
    .addColumn('is_preferred', 'integer', (c) => c.notNull())
    .addColumn('refused_from', 'bigint')
    .execute();
}

/** Lists of ended certificates are asked for by anybody: finding what is on one must not cost a look at every certificate. */
async function endedCertificates(db: Kysely<never>): Promise<void> {
  await sql`create index ended_certificates on certificates (issuer, status, ended_at) where status <> 'live'`.execute(
    db,
  );
}

/** Which algorithm a certificate's key is of, so that it is known how many devices still use one. */
async function keyAlgorithms(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('certificates')
    .addColumn('algorithm', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
}

/** Releases on their way through the fleet, and each device's last word on one. */
async function rollouts({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('rollouts')
    .addColumn('product_id', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('number', 'bigint', (c) => c.notNull())
    .addColumn('image', 'text', (c) => c.notNull())
    .addColumn('salt', 'text', (c) => c.notNull())
    .addColumn('members', 'text', (c) => c.notNull())
    .addColumn('plan', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('begun_by', 'text', (c) => c.notNull())
    .addColumn('begun_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('rollout_once', ['product_id', 'version'])
    .execute();
  await schema
    .createTable('rollout_devices')
    .addColumn('product_id', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('device_id', 'text', (c) => c.notNull().references('devices.device_id'))
    .addColumn('word', 'text', (c) => c.notNull())
    .addColumn('because', 'text')
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('heard_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('one_word', ['product_id', 'version', 'device_id'])
    .execute();
}

/** What is known of each device's chain of reports, and where in it an event has its place. */
async function deviceLogs({ schema }: Kysely<never>): Promise<void> {
  for (const column of ['chain', 'n'] as const) await schema.alterTable('events').addColumn(column, 'bigint').execute();
  await schema.alterTable('events').addColumn('link', 'text').execute();
  await schema.createIndex('event_places').on('events').columns(['device_id', 'chain', 'n']).execute();
  await schema
    .createTable('device_logs')
    .addColumn('device_id', 'text', (c) => c.primaryKey().references('devices.device_id'))
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('doubts', 'text', (c) => c.notNull())
    .addColumn('doubted_at', 'bigint')
    .execute();
}

/** Records of what people decided on their data, by pseudonym. */
async function consents({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('consents')
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('item', 'text', (c) => c.notNull())
    .addColumn('n', 'bigint', (c) => c.notNull())
    .addColumn('by', 'text', (c) => c.notNull())
    .addColumn('how', 'text', (c) => c.notNull())
    .addColumn('notice', 'text', (c) => c.notNull())
    .addColumn('language', 'text', (c) => c.notNull())
    .addColumn('given', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('decided_once', ['subject', 'item', 'n'])
    .execute();
}

/** Which tables of personal telemetry there are and were, and how many messages each device has sent. */
async function partitions(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('partitions')
    .addColumn('id', dialect === 'sqlite' ? 'integer' : 'bigserial', (c) =>
      dialect === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey(),
    )
    .addColumn('product_id', 'text', (c) => c.notNull())
    .addColumn('item', 'text', (c) => c.notNull())
    .addColumn('day', 'integer', (c) => c.notNull())
    .addColumn('retention_days', 'integer', (c) => c.notNull())
    .addColumn('made_at', 'bigint', (c) => c.notNull())
    .addColumn('dropped_at', 'bigint')
    .addColumn('rows', 'bigint')
    .addColumn('because', 'text')
    .execute();
  await sql`create unique index one_live_partition on partitions (product_id, item, day) where dropped_at is null`.execute(
    db,
  );
  await schema
    .alterTable('device_state')
    .addColumn('messages', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`update device_state set messages = (select count(*) from
    (select distinct epoch, seq from telemetry where telemetry.device_id = device_state.device_id) as told)`.execute(
    db,
  );
}
