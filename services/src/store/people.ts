import { type Kysely, sql } from 'kysely';

/** Tables of people's own page. What leads from an account to its data is in the vault, never here. */

export interface AccountSessionTable {
  /** SHA-256 of the token, base64url; the token itself is with the browser alone */
  readonly token_hash: string;
  /** public part of the code */
  readonly account: string;
  readonly csrf: string;
  readonly created_at: number;
  readonly used_at: number;
}

/** Whoever follows an erasure when keys and links are gone: the code opens what became of it, and nothing else. */
export interface AccountFollowerTable {
  readonly account: string;
  /** SHA-256 of the code, base64url */
  readonly verifier: string;
  readonly since: number;
}

/** One row per request of a person about their data. */
export interface PersonRequestTable {
  readonly id: string;
  readonly kind: string;
  readonly law: string;
  readonly received_at: number;
  /** the first moment at which it is late */
  readonly due_at: number;
  readonly closed_at: number | null;
  /** JSON of `PersonRequest` */
  readonly state: string;
}

export async function accountPages(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('account_sessions')
    .addColumn('token_hash', 'text', (c) => c.primaryKey().notNull())
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('csrf', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('account_followers')
    .addColumn('account', 'text', (c) => c.primaryKey().notNull())
    .addColumn('verifier', 'text', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('person_requests')
    .addColumn('id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('law', 'text', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('due_at', 'bigint', (c) => c.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('state', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('person_requests_due').on('person_requests').columns(['closed_at', 'due_at']).execute();
  await sql`create index audit_by_subject on audit (subject, id)`.execute(db);
}
